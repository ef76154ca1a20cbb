// What the simulated crowd pays for a machine's GPUs: the market's rentals at their locked prices, without the time in
// which the machine was down.
import type { Machine, Rental, World } from '../market/world.ts';
import type { ChargeKind } from './billing.ts';
import { type Amount, overTime, type Rate, rateOf } from './exact-amount.ts';

/** What was paid for one machine: a stretch at a rate, or an amount at one moment. */
export interface Revenue {
  readonly machineId: number;
  readonly kind: ChargeKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rate: Rate;
  /** Of a moment; of a stretch it is rate times length. */
  readonly amount: Amount;
}

export interface CrowdRevenue {
  /** Within [fromMs, toMs), and not before the market's start. */
  stretches(machineId: number, fromMs: number, toMs: number): Revenue[];
}

interface Outage {
  readonly fromMs: number;
  toMs: number;
}

export function createCrowdRevenue(world: World): CrowdRevenue {
  const outages = new Map<number, readonly Outage[]>();
  // The market keeps its rentals in one list that only grows; here they are by machine, as far as they were read.
  const byMachine = new Map<number, Rental[]>();
  let read = 0;
  const rentalsOf = (machineId: number) => {
    for (; read < world.rentals.length; read += 1) {
      const rental = world.rentals[read] as Rental;
      if (rental.tenant || rental.isDefaultJob) continue;
      const list = byMachine.get(rental.machine.machineId);
      if (list) list.push(rental);
      else byMachine.set(rental.machine.machineId, [rental]);
    }
    return byMachine.get(machineId) ?? [];
  };

  for (const machine of world.machines) outages.set(machine.machineId, watchOutages(machine));

  return {
    stretches(machineId, fromMs, toMs) {
      const found: Revenue[] = [];
      const down = outages.get(machineId) ?? [];
      for (const { startMs, endMs = toMs, lockedPricePerHour } of rentalsOf(machineId)) {
        const rate = rateOf(lockedPricePerHour);
        let from = Math.floor(Math.max(startMs, fromMs, world.startMs));
        const to = Math.floor(Math.min(endMs, toMs));
        const add = (until: number) => {
          if (until <= from) return;
          const amount = overTime(rate, until - from);
          found.push({ machineId, kind: 'gpu', fromMs: from, toMs: until, rate, amount });
        };
        for (const outage of down) {
          if (outage.toMs <= from || outage.fromMs >= to) continue;
          add(Math.floor(outage.fromMs));
          from = Math.max(from, Math.floor(Math.min(outage.toMs, to)));
        }
        add(to);
      }
      return found;
    },
  };
}

/** A list that grows with every outage from now on. */
function watchOutages(machine: Machine): readonly Outage[] {
  const list: Outage[] = [];
  const down = (fromMs: number) => void list.push({ fromMs, toMs: Number.POSITIVE_INFINITY });
  if (machine.outages > 0) down(machine.downSinceMs);
  machine.watchers.add({
    down,
    up: (atMs) => {
      const last = list.at(-1);
      if (last) last.toMs = atMs;
    },
  });
  return list;
}
