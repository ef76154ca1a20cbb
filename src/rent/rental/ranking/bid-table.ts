// The bid as a decision: what each sensible bid on one ask leads to, beside its fixed price.
import { assert } from '../../../base/std/index.ts';
import type { Offer } from '../../../net/vast/index.ts';
import { bidSteps } from './bid-steps.ts';
import { createEstimator } from './candidate.ts';
import { completeNeed } from './complete-need.ts';
import type { Estimate } from './estimate.ts';
import type { FactsLookup } from './host-facts.ts';
import type { Need } from './need.ts';
import { speedPriors } from './speed.ts';

export interface BidTableOptions {
  /** Of an on-demand search. */
  readonly offer: Offer;
  /** Its rental types do not matter here. */
  readonly need: Need;
  readonly facts?: FactsLookup;
  readonly nowMs: number;
  /** The other offers, from which the speed of its class is told; default this one alone. */
  readonly peers?: readonly Offer[];
}

export interface BidRow {
  /** For the whole instance, GPUs alone. */
  readonly bidPerHour: number;
  /** At least once before the end. */
  readonly pInterrupted: number;
  /** Infinite where the work is not expected to end. */
  readonly expectedFinishS: number;
  readonly expectedUsd: number;
}

export interface BidTable {
  /** Ascending bids, from the lowest that wins to the fixed price or the price limit. */
  readonly rows: readonly BidRow[];
  /** The row that costs least in expectation, of equal ones the lowest bid; null where no bid ends the work. */
  readonly best: BidRow | null;
  /** The same ask at its fixed price, with the price as the bid; null where it has none. */
  readonly onDemand: BidRow | null;
  /** Which of the two is cheaper in expectation. */
  readonly advice: 'bid' | 'on-demand' | 'neither';
}

/**
 * Throws NeedError for an impossible need. An ask without bids, or whose speed nobody knows, has an empty table.
 * Chances are from the assumed hazard of bids (see `hazardPerHour`) until our own history says otherwise.
 */
export function bidTable({ offer, need, facts, nowMs, peers = [offer] }: BidTableOptions): BidTable {
  assert(Number.isFinite(nowMs), `A table of bids needs the time, and ${nowMs} is none`);
  const wanted = completeNeed(need, [offer.gpuName]);
  const estimator = createEstimator({
    need: wanted,
    facts: facts ?? (() => undefined),
    nowMs,
    priors: speedPriors(peers),
  });
  const rows: BidRow[] = [];
  const prepared = estimator.prepare(offer);
  for (const bid of prepared === undefined ? [] : bidSteps(offer, wanted)) {
    const row = rowOf(prepared && estimator.atBid(prepared, bid));
    // Two steps may round to one bid.
    if (row !== null && row.bidPerHour !== rows.at(-1)?.bidPerHour) rows.push(row);
  }
  const onDemand = rowOf(prepared && estimator.onDemand(prepared));
  const best = rows.reduce<BidRow | null>(
    (cheapest, row) =>
      Number.isFinite(row.expectedUsd) && (cheapest === null || row.expectedUsd < cheapest.expectedUsd)
        ? row
        : cheapest,
    null,
  );
  return { rows, best, onDemand, advice: adviceOf(best, onDemand) };
}

function rowOf(estimate: Estimate | undefined): BidRow | null {
  if (estimate === undefined) return null;
  return {
    bidPerHour: estimate.gpuPricePerHour,
    pInterrupted: estimate.interruptionChance,
    expectedFinishS: estimate.expectedS,
    expectedUsd: estimate.expectedUsd,
  };
}

function adviceOf(best: BidRow | null, onDemand: BidRow | null): BidTable['advice'] {
  const fixed = onDemand === null ? Number.POSITIVE_INFINITY : onDemand.expectedUsd;
  if (best === null) return Number.isFinite(fixed) ? 'on-demand' : 'neither';
  return best.expectedUsd < fixed ? 'bid' : 'on-demand';
}
