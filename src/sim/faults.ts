// Faults by name: which request gets which, drawn by probability from the request's number on its route, or
// ordered by hand; and how often each fired.
import { type Dice, DRAW, hashText } from './dice.ts';
import { FAULTS, type FaultName, type FaultPlan } from './types.ts';

/** Faults of rows: only a search can have them. */
const SEARCH_FAULTS: ReadonlySet<FaultName> = new Set([
  'empty-listing',
  'capped-listing',
  'vanished-field',
  'clock-skew',
]);

/** After these the caller has no usable answer, or not the whole one. */
const SPOILING_FAULTS: ReadonlySet<FaultName> = new Set(
  FAULTS.filter((name) => !['slow', 'vanished-field', 'clock-skew'].includes(name)),
);

export interface FiredFault {
  readonly name: FaultName;
  /** Uniform in (0, 1): how slow, which field, where the text is cut. */
  readonly unit: number;
  readonly isSpoiling: boolean;
}

export interface Faults {
  /** The fault of this request, counted; undefined for most. */
  next(route: string, isSearch: boolean): FiredFault | undefined;
  fail(fault: FaultName, options?: { readonly times?: number; readonly route?: RegExp }): void;
  setPlan(plan: FaultPlan): void;
  counts(): Readonly<Record<FaultName, number>>;
}

/** Throws RangeError for a name or a probability that is none. */
export function createFaults(dice: Dice, initialPlan: FaultPlan): Faults {
  let plan = checkPlan(initialPlan);
  const counts = Object.fromEntries(FAULTS.map((name) => [name, 0])) as Record<FaultName, number>;
  const requests = new Map<string, number>();
  const orders: { fault: FaultName; left: number; route: RegExp | undefined }[] = [];

  const fire = (name: FaultName, unit: number): FiredFault => {
    counts[name] += 1;
    return { name, unit, isSpoiling: SPOILING_FAULTS.has(name) };
  };

  return {
    next(route, isSearch) {
      const number = requests.get(route) ?? 0;
      requests.set(route, number + 1);
      const routeKey = hashText(route, 0x811c9dc5);
      const unit = dice.unit(DRAW.fault, routeKey, number, -1);
      const fits = (name: FaultName) => isSearch || !SEARCH_FAULTS.has(name);
      const order = orders.find(({ fault, route: wanted }) => fits(fault) && (!wanted || wanted.test(route)));
      if (order) {
        order.left -= 1;
        if (order.left <= 0) orders.splice(orders.indexOf(order), 1);
        return fire(order.fault, unit);
      }
      // One fault a request; each has a draw of its own, so that switching one on leaves the others as they were.
      const index = FAULTS.findIndex(
        (name, at) => fits(name) && dice.unit(DRAW.fault, routeKey, number, at) < (plan[name] ?? 0),
      );
      return index < 0 ? undefined : fire(FAULTS[index] as FaultName, unit);
    },
    fail(fault, { times = 1, route } = {}) {
      checkName(fault);
      // A global or sticky expression remembers where it stopped; a fresh one does not.
      const stateless = route && new RegExp(route.source, route.flags.replaceAll(/[gy]/g, ''));
      if (times > 0) orders.push({ fault, left: times, route: stateless });
    },
    setPlan(next) {
      plan = checkPlan(next);
    },
    counts: () => ({ ...counts }),
  };
}

function checkName(name: string): void {
  if (!(FAULTS as readonly string[]).includes(name)) {
    throw new RangeError(`"${name}" is not a fault; there are ${FAULTS.join(', ')}`);
  }
}

function checkPlan(plan: FaultPlan): FaultPlan {
  for (const [name, probability] of Object.entries(plan)) {
    checkName(name);
    if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
      throw new RangeError(`The probability of ${name} is ${String(probability)}; it must be from 0 to 1`);
    }
  }
  return plan;
}
