// Faults of things, as they strike instances: by the plan's chance when an instance first runs, or at once when they
// are ordered. Those of a boot are in boot.ts.
import type { Account } from '../accounts/account.ts';
import { DRAW } from '../dice.ts';
import type { WorldFaultName } from '../faults/world-fault-table.ts';
import { takeDown } from '../market/outages.ts';
import { endRental, startRental } from '../market/rentals.ts';
import { minimumBid } from '../market/world.ts';
import { CONTAINER_FAULTS, type ContainerFault } from './container.ts';
import { change, type Fleet, putBack } from './fleet.ts';
import { tellOfDisk } from './inside-watch.ts';
import { type Instance, isThere } from './instance.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after an instance first runs a fault strikes it, hours; the draw says when in between. */
const STRIKES_AFTER_HOURS: Readonly<Record<ContainerFault | 'host-death' | 'outbid-wave', [number, number]>> =
  {
    'key-refused': [0, 0],
    // Keys have been seen to be lost overnight.
    'key-lost': [9, 18],
    'stuck-tunnel': [0.2, 4],
    'slow-ssh': [0, 0],
    'ssh-reset': [0, 0],
    'disk-full': [0.5, 6],
    'host-death': [0.1, 12],
    'outbid-wave': [0.1, 2],
  };
const CREDIT_LASTS_HOURS = 6;
const COMES_BACK_AFTER_MS = [20_000, 120_000] as const;
const WAVE_LASTS_MS = [10 * MINUTE_MS, HOUR_MS] as const;

export interface Misfortunes {
  readonly booted: (instance: Instance, atMs: number) => void;
  readonly destroyed: (instance: Instance, atMs: number) => void;
  /** Asked once for each account, when it first rents. */
  readonly rented: (account: Account, atMs: number) => void;
}

export function createMisfortunes(fleet: Fleet): Misfortunes {
  const { service, world, billing, insides } = fleet;
  const { faults, agenda, truthLog, dice } = service;
  const asked = new Set<number>();
  const askedAccounts = new Set<number>();
  const cameBack = new Set<number>();

  const strikers: Readonly<Record<keyof typeof STRIKES_AFTER_HOURS, (of: Instance, atMs: number) => void>> = {
    ...(Object.fromEntries(
      CONTAINER_FAULTS.map((fault) => [fault, (of: Instance) => insides.befall(of, fault)]),
    ) as Record<ContainerFault, (of: Instance) => void>),
    'disk-full': (instance, atMs) => {
      insides.befall(instance, 'disk-full');
      tellOfDisk(fleet, instance, 'storage_full', atMs);
    },
    'host-death': ({ machine }, atMs) => takeDown(world, machine, atMs, true),
    'outbid-wave': (instance, atMs) => outbid(instance, atMs),
  };

  /** Somebody of the crowd bids just enough for these GPUs, and keeps them for a while. */
  const outbid = ({ machine, chunk, gpuIds, id, rental }: Instance, atMs: number) => {
    if (rental?.kind !== 'bid') return;
    const rentalId = fleet.nextRentalId;
    fleet.nextRentalId += 1;
    const unit = dice.unit(DRAW.instance, id, Math.floor(atMs / 1_000), 5);
    const endMs = Math.round(atMs + WAVE_LASTS_MS[0] + unit * (WAVE_LASTS_MS[1] - WAVE_LASTS_MS[0]));
    const wave = startRental(world, {
      rentalId,
      ask: { machine, chunk, gpuIds, index: 0, rows: [] },
      kind: 'bid',
      atMs,
      pricePerHour: minimumBid(machine, chunk.mask, chunk.size),
      wishedEndMs: endMs,
    });
    agenda.plan(endMs, (dueMs) => endRental(world, wave, dueMs));
  };

  const strike = (fault: keyof typeof STRIKES_AFTER_HOURS, instance: Instance, atMs: number) => {
    truthLog.note(atMs, 'fault', instance.id, fault, { machine_id: instance.machine.machineId });
    strikers[fault](instance, atMs);
  };

  /** The one that was named, or the newest that runs. */
  const chosen = (id: number | undefined): readonly Instance[] => {
    const running = [...fleet.all.values()].filter((instance) => isThere(instance) && instance.rental);
    if (id !== undefined) return running.filter((instance) => instance.id === id);
    return running.slice(-1);
  };

  for (const fault of Object.keys(strikers) as (keyof typeof strikers)[]) {
    faults.onOrder(fault, (id) => {
      const atMs = service.nowMs();
      // A wave is a wave: without a name it takes every bid there is.
      const isWave = fault === 'outbid-wave' && id === undefined;
      const targets = isWave
        ? [...fleet.all.values()].filter((instance) => isThere(instance) && instance.rental?.kind === 'bid')
        : chosen(id);
      for (const instance of targets) strike(fault, instance, atMs);
    });
  }

  const exhaust = (account: Account, atMs: number) => {
    truthLog.note(atMs, 'fault', account.id, 'credit-exhaustion');
    const creditUsd = billing.creditUsd(account, atMs);
    // What is shown is rounded: a millionth more makes sure that nothing is left.
    if (creditUsd > 0)
      billing.pay(account, -Math.ceil(creditUsd * 1e6 + 1) / 1e6, 'transfer', atMs, 'Credit taken back');
  };

  faults.onOrder('credit-exhaustion', (id) => {
    const account = id === undefined ? service.accounts.all()[0] : service.accounts.byId(id);
    if (account) exhaust(account, service.nowMs());
  });

  const later = (unit: number, [from, to]: readonly [number, number], atMs: number) =>
    Math.round(atMs + (from + (to - from) * unit) * HOUR_MS);

  return {
    booted(instance, atMs) {
      if (asked.has(instance.id)) return;
      asked.add(instance.id);
      for (const [fault, span] of Object.entries(STRIKES_AFTER_HOURS)) {
        const name = fault as keyof typeof STRIKES_AFTER_HOURS;
        if (name === 'outbid-wave' && instance.terms.type !== 'bid') continue;
        const misfortune = faults.befalls(name satisfies WorldFaultName, instance.id);
        if (!misfortune) continue;
        agenda.plan(later(misfortune.unit, span, atMs), (dueMs) => {
          if (isThere(instance)) strike(name, instance, dueMs);
        });
      }
    },
    destroyed(instance, atMs) {
      if (cameBack.has(instance.id)) return;
      const misfortune = faults.befalls('resurrect-once', instance.id);
      if (!misfortune) return;
      cameBack.add(instance.id);
      const [soonestMs, latestMs] = COMES_BACK_AFTER_MS;
      const backMs = Math.round(atMs + soonestMs + (latestMs - soonestMs) * misfortune.unit);
      agenda.plan(backMs, (dueMs) => {
        putBack(fleet, instance);
        change(fleet, instance, dueMs, 'resurrected', {
          destroyedMs: undefined,
          actual: instance.machine.outages > 0 ? 'offline' : 'exited',
          ...(instance.machine.outages > 0 && {
            beforeOutage: { actual: 'exited' as const, sinceMs: dueMs },
          }),
        });
      });
    },
    rented(account, atMs) {
      if (askedAccounts.has(account.id)) return;
      askedAccounts.add(account.id);
      const misfortune = faults.befalls('credit-exhaustion', account.id);
      if (!misfortune) return;
      agenda.plan(later(misfortune.unit, [0, CREDIT_LASTS_HOURS], atMs), (dueMs) => exhaust(account, dueMs));
    },
  };
}
