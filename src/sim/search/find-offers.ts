// A search whose answer is for the service itself: which offers to try to rent, the best first.
import { ApiError } from '../api/api-error.ts';
import type { Dice } from '../dice.ts';
import type { Market } from '../market/market.ts';
import { runSearch } from './run-search.ts';
import { SearchError } from './search-error.ts';
import { parseSearch, type SearchDefaults } from './search-query.ts';

export interface FindDeps {
  readonly market: Market;
  readonly dice: Dice;
  readonly defaults: SearchDefaults;
}

/** Ids of the offers that a search body finds. Throws ApiError 400 for one that is none. */
export function findOffers({ market, dice, defaults }: FindDeps, body: unknown, nowMs: number): number[] {
  try {
    const query = parseSearch(body, { extraColumns: market.extraColumns }, defaults);
    const found = runSearch(market.rows(query.view), query, { dice, nowMs, cap: Number.POSITIVE_INFINITY });
    return found.map(({ row }) => row.id);
  } catch (error) {
    if (error instanceof SearchError) throw new ApiError(400, 'invalid_query', error.message);
    throw error;
  }
}
