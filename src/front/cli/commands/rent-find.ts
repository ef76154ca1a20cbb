// The search for a box, with the bid, the budget and the price that the person agreed to applied to every answer.
import { DeniedError } from '../../../base/ledger/index.ts';
import { formatUsd, microUsd, usd } from '../../../base/std/index.ts';
import {
  type Candidate,
  type FactsLookup,
  findAgain,
  findCandidates,
  NoCapacityError,
  type Ranking,
  type Rental,
} from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { withBid } from './rent-plan.ts';
import type { RentWish } from './rent-wish.ts';

/** Without --max-price the machine may cost so much more than the one that was shown. */
export const PRICE_SLACK = 1.25;

export interface Tried {
  readonly failed: readonly Rental[];
  /** Infinite until somebody has agreed to a price. */
  readonly mostPerHour: () => number;
  /** Dollars that failed tries have cost. */
  readonly spentUsd: number;
}

/** Searches with the person's bid and budget applied. */
export function finderFor(
  { clock }: Pick<Context, 'clock'>,
  { client, facts }: { readonly client: Renting['client']; readonly facts: FactsLookup },
  wish: RentWish,
  { failed, spentUsd, mostPerHour }: Tried,
) {
  const options = {
    client,
    clock,
    need: { ...wish.need, excludedMachines: failed.flatMap(({ machineId }) => machineId ?? []) },
    lease: wish.lease,
    facts,
  };
  let dearest: Candidate | undefined;
  const own = (candidate: Candidate): Candidate | undefined => {
    const { bidPerHour, budgetUsd } = wish;
    // Below the lowest bid that wins now it would wait and never start.
    const atBid = bidPerHour === undefined ? candidate : withBid(candidate, bidPerHour);
    const isWithin = budgetUsd === undefined || atBid.worstCost + microUsd(spentUsd) <= microUsd(budgetUsd);
    if (!isWithin && (dearest === undefined || atBid.worstCost < dearest.worstCost)) dearest = atBid;
    const isAgreed = atBid.terms.pricePerHour <= mostPerHour();
    return isWithin && isAgreed ? atBid : undefined;
  };
  return {
    dearest: () => dearest,
    /** Of those that were found before the price was agreed to. */
    agreed: (candidates: readonly Candidate[]) =>
      candidates.filter(({ terms }) => terms.pricePerHour <= mostPerHour()),
    all: async (signal: AbortSignal) => {
      const found = await findCandidates(options, signal);
      const ranking = winnable(found.ranking, wish.bidPerHour);
      const ids = new Set(ranking.ranked.map(({ offer }) => Number(offer.id)));
      const candidates = found.candidates
        .filter(({ terms }) => ids.has(terms.offerId))
        .flatMap((candidate) => own(candidate) ?? []);
      return { ranking, candidates };
    },
    again: async (candidate: Candidate, signal?: AbortSignal) => {
      const found = await findAgain(options, candidate, signal);
      return found && own(found);
    },
  };
}

/** Of the offers those that the bid wins now. */
function winnable(ranking: Ranking, bidPerHour: number | undefined): Ranking {
  if (bidPerHour === undefined) return ranking;
  const wins = ({ offer }: Ranking['ranked'][number]) => (offer.minBidPerHour ?? 0) <= bidPerHour;
  return { ...ranking, ranked: ranking.ranked.filter(wins), runnersUp: ranking.runnersUp.filter(wins) };
}

/** Offers there are, and none within what the person allows. */
export function nothingLeft(
  { budgetUsd, bidPerHour }: RentWish,
  {
    dearest: cheapest,
    spentUsd,
    mostPerHour,
  }: {
    readonly dearest: Candidate | undefined;
    readonly spentUsd: number;
    readonly mostPerHour: number;
  },
): Error {
  if (cheapest === undefined || budgetUsd === undefined) {
    const why =
      bidPerHour === undefined
        ? `no other offer costs at most ${formatUsd(mostPerHour)}/h; --max-price allows more`
        : `no offer takes a bid of ${formatUsd(bidPerHour)}/h; raise --bid, or leave it out to see what wins`;
    return new NoCapacityError(`No available instances found matching criteria: ${why}`);
  }
  const spent = spentUsd > 0 ? `, and ${formatUsd(spentUsd)} were spent on tries that failed` : '';
  return new DeniedError({
    limit: 'budget',
    reason: `The cheapest offer sets ${formatUsd(usd(cheapest.worstCost))} aside, more than --budget ${formatUsd(budgetUsd)}${spent}; raise it, ask for less time, or promise less traffic with --traffic GB`,
  });
}
