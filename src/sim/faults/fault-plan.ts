// How often faults come: a probability for each, if wanted only on some routes and for some time.
import { FAULT_TABLE, REQUEST_FAULTS, type RequestFaultName } from './fault-table.ts';
import { WORLD_FAULT_SUMMARIES, WORLD_FAULTS, type WorldFaultName } from './world-fault-table.ts';

/** Faults of requests, then faults of things. */
export const FAULTS = [...REQUEST_FAULTS, ...WORLD_FAULTS] as const;
export type FaultName = RequestFaultName | WorldFaultName;

/** One sentence on what it does. */
export function faultSummary(name: FaultName): string {
  return name in FAULT_TABLE
    ? FAULT_TABLE[name as RequestFaultName].summary
    : WORLD_FAULT_SUMMARIES[name as WorldFaultName];
}

export interface FaultRule {
  /** Of each request that the fault fits, or of each thing that it could strike. */
  readonly probability: number;
  /** Matched against `METHOD /path/`; every route when left out. Faults of things have none. */
  readonly route?: RegExp;
  /** Since the simulation began; the whole time when left out. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** A bare number is a probability on every route at any time. */
export type FaultPlan = Readonly<Partial<Record<FaultName, number | FaultRule>>>;

export type CheckedPlan = ReadonlyMap<FaultName, FaultRule>;

/** Throws RangeError for a name or a probability that is none. */
export function checkPlan(plan: FaultPlan): CheckedPlan {
  const rules = new Map<FaultName, FaultRule>();
  for (const [name, entry] of Object.entries(plan)) {
    checkFaultName(name);
    const rule: FaultRule = typeof entry === 'object' && entry !== null ? entry : { probability: entry };
    const { probability, route } = rule;
    if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
      throw new RangeError(`The probability of ${name} is ${String(probability)}; it must be from 0 to 1`);
    }
    rules.set(name, { ...rule, ...(route && { route: stateless(route) }) });
  }
  return rules;
}

export function checkFaultName(name: string): asserts name is FaultName {
  if (!(FAULTS as readonly string[]).includes(name)) {
    throw new RangeError(`"${name}" is not a fault; there are ${FAULTS.join(', ')}`);
  }
}

/** The rule's probability at this time on this route; a thing has no route. */
export function probabilityOf(rule: FaultRule | undefined, atMs: number, route = ''): number {
  if (!rule) return 0;
  const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = rule;
  return atMs >= fromMs && atMs < untilMs && (!rule.route || rule.route.test(route)) ? rule.probability : 0;
}

/** A global or sticky expression remembers where it stopped; this one does not. */
export function stateless(route: RegExp): RegExp {
  return new RegExp(route.source, route.flags.replaceAll(/[gy]/g, ''));
}
