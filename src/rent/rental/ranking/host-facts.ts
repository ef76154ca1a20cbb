// What our own history says of a machine and of its host, joined into one set of figures for an estimate.

/** Own history, of one machine or of all machines of a host. Decayed counts may be fractions. */
export interface HostFacts {
  /** Boots that were tried. */
  readonly boots: number;
  /** Those of them that never got ready. */
  readonly bootFailures: number;
  /** From the create to the first handshake; null before the first boot. */
  readonly bootSecondsMedian: number | null;
  /** Times that a running rental was taken away: outbid, offline or dead. */
  readonly interruptions: number;
  /** Hours in which ours ran there. */
  readonly hoursSeen: number;
  /** Measured download as a share of the advertised one. */
  readonly bandwidthShare: number | null;
  /** Measured speed as a share of the median of offers with the same GPU and count. */
  readonly speedShare: number | null;
}

/** What is known of the machine, and of the host over all of its machines, this one included. */
export interface KnownFacts {
  readonly machine?: HostFacts | undefined;
  readonly host?: HostFacts | undefined;
}

export type FactsLookup = (machineId: number, hostId: number | null) => KnownFacts | undefined;

/** How much one hour or one boot on another machine of the host says about this machine. */
const HOST_WEIGHT = 0.25;

const NOTHING: HostFacts = {
  boots: 0,
  bootFailures: 0,
  bootSecondsMedian: null,
  interruptions: 0,
  hoursSeen: 0,
  bandwidthShare: null,
  speedShare: null,
};

/** The machine's own history counts whole, that of its host's other machines a quarter. */
export function joinFacts(known: KnownFacts | undefined): HostFacts {
  if (known?.machine === undefined && known?.host === undefined) return NOTHING;
  const machine = known.machine ?? NOTHING;
  const host = known.host ?? machine;
  const join = (own: number, all: number) => count(own) + HOST_WEIGHT * Math.max(0, count(all) - count(own));
  return {
    boots: join(machine.boots, host.boots),
    bootFailures: join(machine.bootFailures, host.bootFailures),
    bootSecondsMedian: positive(machine.bootSecondsMedian) ?? positive(host.bootSecondsMedian),
    interruptions: join(machine.interruptions, host.interruptions),
    hoursSeen: join(machine.hoursSeen, host.hoursSeen),
    bandwidthShare: positive(machine.bandwidthShare) ?? positive(host.bandwidthShare),
    // Speed is the machine's: a host has fast and slow ones.
    speedShare: positive(machine.speedShare),
  };
}

/** History comes from a store that other versions have written: what is no count counts as none. */
function count(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : 0;
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 && value < Number.POSITIVE_INFINITY ? value : null;
}
