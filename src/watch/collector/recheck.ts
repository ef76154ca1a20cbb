// Offers that a sweep lacks although the last ones had them: some changed state or price between two
// searches and so slipped past both. Asking for their ids tells those from the ones that are really gone.
import type { Ask } from './answer.ts';
import type { Listing, MarketType, SearchState } from './slice.ts';

/** More lacking offers than this share are no movement but something wrong, which ids do not explain. */
const EXPLICABLE_SHARE = 0.25;
/** Ids in one request: some 2 kB of body. */
const MOST_IDS = 200;
/** Share of a sweep's searches that a recheck may add, and its least. */
const MOST_SHARE = 0.1;
const LEAST_BATCHES = 2;

export interface RecheckInput {
  readonly type: MarketType;
  readonly searches: readonly SearchState[];
  readonly lacking: readonly Listing[];
  /** Offers that the last sweep saw. */
  readonly usual: number;
  /** Rows that fit under the cap; undefined without one. */
  readonly target: number | undefined;
  /** Searches that the sweep has made so far. */
  readonly searchCount: number;
}

/** The searches worth making; the offers that do not fit in are left to the next sweep, oldest id first served. */
export function planRecheck(input: RecheckInput): readonly Ask[] {
  const { type, searches, lacking, usual, target, searchCount } = input;
  if (lacking.length === 0 || lacking.length > Math.max(MOST_IDS, EXPLICABLE_SHARE * usual)) return [];
  const size = Math.min(MOST_IDS, target ?? MOST_IDS);
  const ids = lacking.map(({ offerId }) => offerId).sort((a, b) => a - b);
  const most = Math.max(LEAST_BATCHES, Math.ceil(MOST_SHARE * searchCount));
  const asks: Ask[] = [];
  for (let from = 0; from < ids.length && asks.length < most; from += size) {
    const offerIds = ids.slice(from, from + size);
    for (const search of searches) asks.push({ slice: { type, search }, offerIds });
  }
  return asks;
}
