// All faults together: those of requests and those of things, ordered, planned and counted by name.
import type { Dice } from '../dice.ts';
import { checkFaultName, checkPlan, type FaultName, type FaultPlan } from './fault-plan.ts';
import { createRequestFaults, type RequestFaults } from './request-faults.ts';
import { WORLD_FAULTS, type WorldFaultName } from './world-fault-table.ts';
import { createWorldFaults, type WorldFaults } from './world-faults.ts';

export interface FaultOrder {
  /** How often; default once. */
  readonly times?: number;
  /** Of faults of requests: matched against `METHOD /path/`. */
  readonly route?: RegExp;
  /** Of faults of things: which one; left out, the next that it can strike. */
  readonly id?: number;
}

export interface Faults {
  readonly requests: RequestFaults;
  readonly world: WorldFaults;
  /** Throws RangeError for a name that is none. */
  fail(fault: FaultName, order?: FaultOrder): void;
  /** In place of the plan before; throws RangeError for a name or a probability that is none. */
  setPlan(plan: FaultPlan): void;
  counts(): Readonly<Record<FaultName, number>>;
}

export interface FaultsOptions {
  readonly dice: Dice;
  readonly plan: FaultPlan;
  /** How long the simulation has run. */
  readonly atMs: () => number;
}

/** Throws RangeError for a plan that makes no sense. */
export function createFaults({ dice, plan, atMs }: FaultsOptions): Faults {
  const requests = createRequestFaults(dice);
  const world = createWorldFaults(dice, atMs);
  const setPlan = (next: FaultPlan) => {
    const checked = checkPlan(next);
    requests.setPlan(checked);
    world.setPlan(checked);
  };
  setPlan(plan);
  return {
    requests,
    world,
    setPlan,
    fail(fault, { times, route, id } = {}) {
      checkFaultName(fault);
      const often = times === undefined ? {} : { times };
      if (isOfThings(fault)) world.order(fault, { ...often, ...(id !== undefined && { id }) });
      else requests.fail(fault, { ...often, ...(route && { route }) });
    },
    counts: () => ({ ...requests.counts(), ...world.counts() }),
  };
}

function isOfThings(fault: FaultName): fault is WorldFaultName {
  return (WORLD_FAULTS as readonly string[]).includes(fault);
}
