// The ranking: what meets the need, by expected cost to finish, and for everything else what kept it out.
import { assert } from '../../../base/std/index.ts';
import type { Offer } from '../../../net/vast/index.ts';
import { type Candidate, createEstimator, type Estimator } from './candidate.ts';
import { completeNeed } from './complete-need.ts';
import type { ConstraintName, MachineConstraint, PriceConstraint, TimeConstraint } from './constraint.ts';
import type { Estimate } from './estimate.ts';
import type { FactsLookup } from './host-facts.ts';
import { type Judgement, judge } from './judge.ts';
import { machineConstraints } from './machine-constraints.ts';
import type { Need } from './need.ts';
import { priceConstraints } from './price-constraints.ts';
import { speedPriors } from './speed.ts';
import { timeConstraints } from './time-constraints.ts';
import { whyLost } from './why-lost.ts';

export interface RankOptions {
  /**
   * Of an on-demand search: in an interruptible one the service gives the lowest bid as the price. Asks of other
   * sizes may be among them; they tell what relaxing would give. Of rows with the same id the last counts.
   */
  readonly offers: readonly Offer[];
  readonly need: Need;
  /** Default nothing known. */
  readonly facts?: FactsLookup;
  readonly nowMs: number;
  /** How many are returned; default 25, as many as a rental tries in turn. */
  readonly limit?: number;
}

export interface RankedOffer {
  readonly offer: Offer;
  readonly estimate: Estimate;
}

export interface RunnerUp extends RankedOffer {
  readonly extraUsd: number;
  readonly why: readonly string[];
}

export interface Excluded {
  readonly constraint: ConstraintName;
  /** Of the offers, for example `cost more than $0.40 an hour`. */
  readonly sentence: string;
  /**
   * Offers that fail it, whatever else they fail. Times are estimated only where at most one condition on machine and
   * price fails: for `speed-known`, `finishes`, `contract-end` and `deadline` these are the offers among those.
   */
  readonly alone: number;
  /** Offers that fail nothing else: so many more would be had without it. */
  readonly onlyByThis: number;
  /** The cheapest of those; null where there is none. */
  readonly cheapest: { readonly pricePerHour: number; readonly expectedUsd: number } | null;
  /** What to ask instead to get some of those; null where there is none. */
  readonly relax: string | null;
}

export interface Ranking {
  /** Cheapest first, at most `limit`; the first is the one to rent. */
  readonly ranked: readonly RankedOffer[];
  /** The best offers of the three machines behind that of the first, and why. */
  readonly runnersUp: readonly RunnerUp[];
  /** Offers that meet the need. */
  readonly eligible: number;
  /** Constraints that keep some out, the one whose relaxing gives most first. */
  readonly excluded: readonly Excluded[];
  /** Offers looked at. */
  readonly considered: number;
}

const USUAL_LIMIT = 25;
const RUNNERS_UP = 3;
/** So many are looked at more closely, however few are returned. */
const FINE = 8;

/** Pure and without chance: the order of `offers` does not matter. Throws NeedError. */
export function rankOffers({ offers: rows, need, facts, nowMs, limit = USUAL_LIMIT }: RankOptions): Ranking {
  assert(Number.isFinite(nowMs), `A ranking needs the time, and ${nowMs} is none`);
  // Pages and searches overlap, and an offer must not be its own runner-up.
  const offers = [...new Map(rows.map((offer) => [offer.id, offer])).values()];
  const wanted = completeNeed(need, gpuNamesOf(offers));
  const priors = speedPriors(offers);
  const estimator = createEstimator({ need: wanted, facts: facts ?? knowsNothing, nowMs, priors });
  const machine = machineConstraints(wanted);
  const price = priceConstraints(wanted);
  const time = timeConstraints(wanted, nowMs);
  const constraints = [...machine, ...price, ...time];
  const eligible: RankedOffer[] = [];
  const tallies = constraints.map(() => ({ alone: 0, opened: [] as Candidate[] }));
  const tally = ({ failed, openedBy }: Judgement) => {
    // From the lowest bit that is set to the highest.
    for (let bits = failed; bits !== 0; bits &= bits - 1) {
      (tallies[placeOf(bits & -bits)] as (typeof tallies)[number]).alone += 1;
    }
    for (const { bit, candidate } of openedBy) tallies[placeOf(bit)]?.opened.push(candidate);
  };
  for (const offer of offers) {
    const judgement = judge(offer, { need: wanted, estimator, machine, price, time });
    tally(judgement);
    if (judgement.best !== undefined) eligible.push({ offer, estimate: judgement.best });
  }

  eligible.sort(compareRanked);
  const ranked = eligible
    .slice(0, Math.max(limit, FINE))
    .map((one) => (wanted.purpose.kind === 'box' ? one : atFinestBid(one, estimator, time)))
    .sort(compareRanked);
  return {
    ranked: ranked.slice(0, Math.max(0, limit)),
    runnersUp: runnersUp(ranked),
    eligible: eligible.length,
    excluded: constraints
      .map((constraint, place) => describe(constraint, tallies[place] as (typeof tallies)[number]))
      .filter(({ alone, onlyByThis }) => alone > 0 || onlyByThis > 0)
      .sort((a, b) => b.onlyByThis - a.onlyByThis || b.alone - a.alone),
    considered: offers.length,
  };
}

/** Of every offer of the market a ranking tries few bids; of the best ones all that a table of bids shows. */
function atFinestBid(one: RankedOffer, estimator: Estimator, time: readonly TimeConstraint[]): RankedOffer {
  const { offer, estimate } = one;
  if (estimate.type === 'on-demand') return one;
  const prepared = estimator.prepare(offer);
  const finest = prepared && estimator.atFinestBid(prepared);
  if (finest === undefined) return one;
  // Another bid takes another time. Else it is the one that the table of bids calls best, whichever is cheaper by a cent.
  const candidate = { offer, type: finest.type, pricePerHour: finest.pricePerHour, estimate: finest };
  return time.every(({ accepts }) => accepts(candidate)) ? { offer, estimate: finest } : one;
}

/** A machine has as many asks as GPUs, often at one price: the next machine says more than the same one again. */
function runnersUp(ranked: readonly RankedOffer[]): readonly RunnerUp[] {
  const [winner, ...others] = ranked;
  if (winner === undefined) return [];
  const ofMachines = new Map<number, RankedOffer>();
  for (const other of others) {
    const { machineId } = other.offer;
    if (machineId !== winner.offer.machineId && !ofMachines.has(machineId)) ofMachines.set(machineId, other);
  }
  return [...ofMachines.values()].slice(0, RUNNERS_UP).map((other) => ({
    ...other,
    extraUsd: other.estimate.expectedUsd - winner.estimate.expectedUsd,
    why: whyLost(winner, other),
  }));
}

const knowsNothing: FactsLookup = () => undefined;

function placeOf(bit: number): number {
  return 31 - Math.clz32(bit);
}

function describe(
  { name, sentence, relax }: MachineConstraint | PriceConstraint | TimeConstraint,
  { alone, opened }: { readonly alone: number; readonly opened: readonly Candidate[] },
): Excluded {
  let cheapest: Excluded['cheapest'] = null;
  for (const { estimate } of opened) {
    if (estimate === undefined) continue;
    const { pricePerHour, expectedUsd } = estimate;
    if (cheapest === null || expectedUsd < cheapest.expectedUsd) cheapest = { pricePerHour, expectedUsd };
  }
  return {
    constraint: name,
    sentence,
    alone,
    onlyByThis: opened.length,
    cheapest,
    relax: opened.length > 0 ? relax(opened) : null,
  };
}

/** By micro-dollars, so that rounding of sums decides nothing; then by safety, then by numbers that are unique. */
function compareRanked(a: RankedOffer, b: RankedOffer): number {
  return (
    microsOf(a) - microsOf(b) ||
    a.estimate.interruptionsPerHour - b.estimate.interruptionsPerHour ||
    (b.offer.reliability ?? 0) - (a.offer.reliability ?? 0) ||
    a.offer.machineId - b.offer.machineId ||
    a.offer.id - b.offer.id
  );
}

function microsOf({ estimate }: RankedOffer): number {
  return Math.round(estimate.expectedUsd * 1e6);
}

function gpuNamesOf(offers: readonly Offer[]): readonly string[] {
  const names = new Set<string>();
  for (const { gpuName } of offers) names.add(gpuName);
  return [...names];
}
