// What an adoption comes to before anybody is asked: how long its budget lasts, and what is left for its traffic. Pure.

import { formatUsd, HOUR_MS, type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import { ENDING_POLICY } from '../ending/index.ts';
import { termsFrom } from '../records/index.ts';
import { statusOf } from '../watcher/index.ts';
import { CannotHandleError } from './context.ts';

export interface AdoptTerms {
  /** Dollars that it may cost from now on until it is gone. */
  readonly budgetUsd: number;
  /** Stops when its GPUs have done nothing for so long; undefined never. */
  readonly idleMs: number | undefined;
  /** Undefined: as long as the budget lasts. */
  readonly untilMs: number | undefined;
}

export interface AdoptPlan {
  readonly name: string;
  readonly untilMs: number;
  readonly budget: MicroUsd;
  /** Of the budget, what GPUs and disk take at most; the rest is for its traffic. */
  readonly lease: MicroUsd;
  readonly pricePerHour: number;
  readonly diskPricePerHour: number;
}

/** From our decision to its being seen gone, at most. */
const DESTROY_LATENCY_MS = 15 * 60_000;
const SHORTEST_LEASE_MS = 10 * 60_000;
const LONGEST_NAME = 180;
/** Of the time that a budget would last, so much is left to the traffic where nobody says when it is to end. */
const TRAFFIC_SHARE = 0.1;

/** Pure. Throws CannotHandleError for what cannot be adopted, or not with this money. */
export function planAdoption(instance: Instance, asked: AdoptTerms, nowMs: number): AdoptPlan {
  const { id, pricePerHour } = instance;
  const status = statusOf(instance);
  if (status !== 'running') {
    throw new CannotHandleError(
      `Instance ${id} is ${status}: only a running one can be entered, and given the switch that stops it; start it first: vd start ${id}`,
    );
  }
  const { diskPricePerHour } = termsFrom(instance);
  if (pricePerHour === null || pricePerHour <= 0) {
    throw new CannotHandleError(
      `The service does not say what instance ${id} costs, so no budget can be held for it`,
    );
  }
  const fixedUsd =
    pricePerHour * (DESTROY_LATENCY_MS / HOUR_MS) +
    diskPricePerHour * (ENDING_POLICY.storageTailMs / HOUR_MS);
  const affordableMs = ((asked.budgetUsd - fixedUsd) / pricePerHour) * HOUR_MS;
  const contractMs = instance.endsAtMs === null ? Number.POSITIVE_INFINITY : instance.endsAtMs - nowMs;
  const hasTraffic = (instance.uploadPricePerGb ?? 0) + (instance.downloadPricePerGb ?? 0) > 0;
  const defaultMs = hasTraffic ? affordableMs * (1 - TRAFFIC_SHARE) : affordableMs;
  const wantedMs = asked.untilMs === undefined ? defaultMs : asked.untilMs - nowMs;
  const leaseMs = Math.min(wantedMs, contractMs);
  if (leaseMs < SHORTEST_LEASE_MS || leaseMs > affordableMs + 1) {
    const needMs = Math.max(leaseMs, SHORTEST_LEASE_MS);
    const need = fixedUsd + pricePerHour * (needMs / HOUR_MS);
    throw new CannotHandleError(
      contractMs < SHORTEST_LEASE_MS
        ? `The contract of instance ${id} ends in less than 10 minutes`
        : `$${asked.budgetUsd} does not do for instance ${id} at ${formatUsd(pricePerHour)}/h: with its destroy and a day of its disk it takes ${formatUsd(Math.ceil(need * 100) / 100)}; raise --budget, or shorten --until`,
    );
  }
  const foreign = (instance.label ?? '').trim();
  return {
    name: foreign === '' ? `adopted-${id}` : foreign.slice(0, LONGEST_NAME),
    untilMs: Math.trunc(nowMs + leaseMs),
    budget: microUsd(asked.budgetUsd),
    lease: microUsd(fixedUsd + pricePerHour * (leaseMs / HOUR_MS)),
    pricePerHour,
    diskPricePerHour,
  };
}
