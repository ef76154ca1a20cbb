// Faults of things rather than of answers: an image that cannot be pulled, a host that dies. Each befalls a thing by
// a draw keyed by (seed, fault, thing), or because somebody ordered it; each time is counted.
import { type Dice, DRAW, hashText } from './dice.ts';

export const WORLD_FAULTS = [
  'stuck-loading',
  'fatal-pull',
  'host-death',
  'key-refused',
  'key-lost',
  'resurrect-once',
  'stuck-tunnel',
  'slow-ssh',
  'ssh-reset',
  'disk-full',
  'outbid-wave',
  'credit-exhaustion',
  'wrong-gpu',
] as const;
export type WorldFaultName = (typeof WORLD_FAULTS)[number];

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
  setPlan(plan: Readonly<Partial<Record<WorldFaultName, number>>>): void;
  counts(): Readonly<Record<WorldFaultName, number>>;
}

export function createWorldFaults(dice: Dice): WorldFaults {
  let plan: Readonly<Partial<Record<WorldFaultName, number>>> = {};
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
      } else if (dice.unit(DRAW.worldFault, key, id) >= (plan[fault] ?? 0)) return undefined;
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
