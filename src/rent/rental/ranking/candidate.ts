// One offer in every way in which it may be rented, with its estimate: what the constraints judge.
import type { Offer } from '../../../net/vast/index.ts';
import { bidSteps, mostUsefulBid } from './bid-steps.ts';
import type { CompleteNeed } from './complete-need.ts';
import { diskPricePerHour, type Estimate, estimate, type Prepared, prepare, type Rate } from './estimate.ts';
import { type FactsLookup, joinFacts } from './host-facts.ts';
import type { RentalType } from './need.ts';
import { referenceDlperf, type SpeedPriors, speedOf } from './speed.ts';

/** What it costs an hour, told without an estimate. */
export interface Quote {
  readonly offer: Offer;
  readonly type: RentalType;
  /** Dollars for GPUs and disk while running, at the fixed price or the lowest bid; null where none is said. */
  readonly pricePerHour: number | null;
}

export interface Candidate extends Quote {
  /** Undefined where nobody knows the price or the speed. */
  readonly estimate: Estimate | undefined;
}

export interface Estimator {
  /** What is the same for all ways of renting the offer; undefined where nobody knows its speed. */
  readonly prepare: (offer: Offer) => Prepared | undefined;
  /** At the fixed price; undefined where there is none. */
  readonly onDemand: (prepared: Prepared) => Estimate | undefined;
  /** At one bid, at least the lowest that wins; undefined where there is none. */
  readonly atBid: (prepared: Prepared, bidPerHour: number) => Estimate | undefined;
  /** At the bid that keeps the deadline and costs least in expectation, of the few that a ranking tries. */
  readonly atBestBid: (prepared: Prepared) => Estimate | undefined;
  /** The same of all bids that a table shows: for the few offers that come first. */
  readonly atFinestBid: (prepared: Prepared) => Estimate | undefined;
}

/** Bids that a ranking tries, by the lowest that wins. Few, as they are tried for every offer of the market. */
const BID_RATIOS = [1, 1.15, 1.4, 1.8] as const;
/** A box is not cheaper to finish on a safer bid, it is only taken away less often. */
const BOX_BID_RATIO = 1.15;
/** The service takes bids from $0.001 on; ours have a tenth of that as their step, and are never below the lowest. */
const BID_STEPS_PER_USD = 10_000;

export function createEstimator({ need, facts, nowMs, priors }: EstimatorOptions): Estimator {
  const isWork = need.purpose.kind === 'work';
  const isBox = need.purpose.kind === 'box';
  const reference = referenceDlperf(need.purpose, priors);
  const atBid: Estimator['atBid'] = (prepared, bidPerHour) => {
    const lowest = prepared.offer.minBidPerHour;
    return lowest === null ? undefined : estimate(prepared, bidRate(lowest, bidPerHour));
  };
  return {
    prepare: (offer) => {
      const known = joinFacts(facts(offer.machineId, offer.hostId));
      const speed = isWork ? speedOf(offer, { priors, facts: known, referenceDlperf: reference }) : undefined;
      if (isWork && speed === undefined) return undefined;
      return prepare({ offer, need, facts: known, speed, nowMs });
    },
    onDemand: (prepared) => {
      const price = prepared.offer.gpuPricePerHour;
      if (price === null) return undefined;
      return estimate(prepared, { type: 'on-demand', gpuPricePerHour: price, bidRatio: null });
    },
    atBid,
    atBestBid: (prepared) => {
      const lowest = prepared.offer.minBidPerHour;
      if (lowest === null) return undefined;
      const most = Math.max(lowest, mostUsefulBid(prepared.offer, need));
      if (isBox) return atBid(prepared, Math.min(most, lowest * BOX_BID_RATIO));
      let best: Estimate | undefined;
      for (const ratio of BID_RATIOS) {
        const bid = lowest * ratio;
        if (bid > most) break;
        const tried = atBid(prepared, bid) as Estimate;
        // Dearer bids save ever fewer interruptions: behind the first that does not pay no other does.
        if (best !== undefined && !isBetter(tried, best, need) && Number.isFinite(best.expectedUsd)) break;
        best = tried;
      }
      return best;
    },
    atFinestBid: (prepared) =>
      bidSteps(prepared.offer, need).reduce<Estimate | undefined>((best, bid) => {
        const tried = atBid(prepared, bid) as Estimate;
        return best === undefined || isBetter(tried, best, need) ? tried : best;
      }, undefined),
  };
}

function isBetter(a: Estimate, b: Estimate, { minFinishChance }: CompleteNeed): boolean {
  // A dearer bid never makes it later: while the cheaper one is too late, it is the chance that counts.
  const isLate = b.finishChance < minFinishChance;
  return isLate ? a.finishChance > b.finishChance : a.expectedUsd < b.expectedUsd;
}

export function quote(offer: Offer, type: RentalType, need: CompleteNeed): Quote {
  const gpuPrice = type === 'on-demand' ? offer.gpuPricePerHour : offer.minBidPerHour;
  return { offer, type, pricePerHour: gpuPrice === null ? null : gpuPrice + diskPricePerHour(offer, need) };
}

export interface EstimatorOptions {
  readonly need: CompleteNeed;
  readonly facts: FactsLookup;
  readonly nowMs: number;
  readonly priors: SpeedPriors;
}

function bidRate(lowest: number, bidPerHour: number): Rate {
  // Down to the step, so that no limit is passed; the lowest bid itself stays as it is.
  const bid = Math.max(lowest, Math.floor(bidPerHour * BID_STEPS_PER_USD) / BID_STEPS_PER_USD);
  return { type: 'interruptible', gpuPricePerHour: bid, bidRatio: lowest > 0 ? bid / lowest : 1 };
}
