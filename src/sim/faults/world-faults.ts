// Faults of things rather than of answers: an image that cannot be pulled, a host that dies. Each befalls a thing by
// a draw keyed by (seed, fault, thing), or because somebody ordered it; each time is counted.
import { type Dice, DRAW, hashText } from '../dice.ts';
import { type CheckedPlan, probabilityOf } from './fault-plan.ts';
import { WORLD_FAULTS, type WorldFaultName } from './world-fault-table.ts';

export interface Misfortune {
  /** Uniform in (0, 1): which message, after how long. */
  readonly unit: number;
}

export interface WorldFaults {
  /** Asked once where it could strike a thing (an instance's id, mostly); counts when it does. */
  befalls(fault: WorldFaultName, id: number): Misfortune | undefined;
  /** Strikes what exists already, when it is ordered; without an id, whatever the listener draws. */
  onOrder(fault: WorldFaultName, strike: (id: number | undefined) => void): void;
  /** Makes it befall the next `times` things that ask, or strikes at once where somebody listens. */
  order(fault: WorldFaultName, options?: { readonly times?: number; readonly id?: number }): void;
  setPlan(plan: CheckedPlan): void;
  counts(): Readonly<Record<WorldFaultName, number>>;
}

/** `atMs`: how long the simulation has run. */
export function createWorldFaults(dice: Dice, atMs: () => number): WorldFaults {
  let plan: CheckedPlan = new Map();
  const counts = Object.fromEntries(WORLD_FAULTS.map((name) => [name, 0])) as Record<WorldFaultName, number>;
  const orders: { readonly fault: WorldFaultName; readonly id: number | undefined; left: number }[] = [];
  const strikers = new Map<WorldFaultName, (id: number | undefined) => void>();

  return {
    befalls(fault, id) {
      const key = hashText(fault, 0x811c9dc5);
      const unit = dice.unit(DRAW.worldFault, key, id, 1);
      const order = orders.find((each) => each.fault === fault && (each.id === undefined || each.id === id));
      if (order) {
        order.left -= 1;
        if (order.left <= 0) orders.splice(orders.indexOf(order), 1);
      } else if (dice.unit(DRAW.worldFault, key, id) >= probabilityOf(plan.get(fault), atMs()))
        return undefined;
      counts[fault] += 1;
      return { unit };
    },
    onOrder(fault, strike) {
      strikers.set(fault, strike);
    },
    order(fault, { times = 1, id } = {}) {
      const strike = strikers.get(fault);
      if (!strike) {
        if (times > 0) orders.push({ fault, id, left: times });
        return;
      }
      for (let time = 0; time < times; time += 1) {
        counts[fault] += 1;
        strike(id);
      }
    },
    setPlan(next) {
      plan = next;
    },
    counts: () => ({ ...counts }),
  };
}
