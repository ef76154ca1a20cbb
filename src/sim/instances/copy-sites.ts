// Ends of a copy that lie in the simulated world: an instance or a volume, with its line, its prices, its place.
import type { Machine } from '../market/world.ts';
import type { Volume } from '../volumes/volumes.ts';
import type { CopyPlace } from './carrier.ts';
import { change, type Fleet } from './fleet.ts';
import { type Instance, isThere } from './instance.ts';
import { bill } from './traffic.ts';

export interface CopySite {
  readonly place: CopyPlace;
  readonly machine: Machine;
  /** Most that it may hold. */
  readonly sizeGb: number;
  readonly upMbps: number;
  readonly downMbps: number;
  readonly diskMbPerSecond: number;
  /** Makes what is inside of it, if it is not there yet. */
  prepare(): void;
  /** When it went away; undefined while it is there. */
  goneMs(nowMs: number): number | undefined;
  bill(kind: 'bwu' | 'bwd', gb: number, atMs: number): void;
  note(what: string, data: Readonly<Record<string, unknown>>, atMs: number): void;
}

export function instanceSite(fleet: Fleet, instance: Instance): CopySite {
  const { id, machine, diskGb, hardware, terms } = instance;
  return {
    place: { kind: 'instance', id },
    machine,
    sizeGb: diskGb,
    upMbps: hardware.inet_up,
    downMbps: hardware.inet_down,
    diskMbPerSecond: hardware.disk_bw,
    prepare: () => fleet.insides.prepare(instance),
    goneMs: (nowMs) => (isThere(instance) ? undefined : (instance.destroyedMs ?? nowMs)),
    bill(kind, gb, atMs) {
      const price = kind === 'bwu' ? terms.uploadPricePerGb : terms.downloadPricePerGb;
      bill(fleet, instance, kind, gb, price, atMs);
    },
    note: (what, data, atMs) => change(fleet, instance, atMs, what, {}, data),
  };
}

const GB_PER_TB = 1_024;

/** Its traffic costs what its machine asks just now: a volume has no terms for it. */
export function volumeSite({ volumes, billing, service }: Fleet, volume: Volume): CopySite {
  const { id, machine, sizeGb, account } = volume;
  const { surroundings } = machine;
  return {
    place: { kind: 'volume', id, sizeGb },
    machine,
    sizeGb,
    upMbps: surroundings.inetUpMbps,
    downMbps: surroundings.inetDownMbps,
    diskMbPerSecond: surroundings.diskMbPerSecond,
    prepare: () => {},
    goneMs: (nowMs) => (volumes?.has(volume) ? undefined : nowMs),
    bill(kind, gb, atMs) {
      if (!(gb > 0)) return;
      const perTb = kind === 'bwu' ? surroundings.uploadPricePerTb : surroundings.downloadPricePerTb;
      const of = { account, instanceId: id, machineId: machine.machineId, contract: 'volume' } as const;
      billing.addTraffic(of, kind, gb, perTb / GB_PER_TB, atMs);
    },
    note: (what, data, atMs) => service.truthLog.note(atMs, 'volume', id, what, data),
  };
}
