// Exact quantiles of prices over spans: every price counts once for each poll in which it was seen, as if the
// raw rows were there, and the interpolation is that of QUANTILE_CONT.

/** More polls than twenty years have. */
const WEIGHT_LIMIT = 2 ** 22;

/**
 * A price's rank, below 2 ** 31, and how often it was seen, in one exact number: sorting such numbers sorts them
 * by price.
 */
export function weightedRank(rank: number, weight: number): number {
  return rank * WEIGHT_LIMIT + weight;
}

/** 0.1 → `p10`, 0.5 → `median`. */
export function quantileName(q: number): string {
  return q === 0.5 ? 'median' : `p${Math.round(q * 100)}`;
}

/** Below this many, inserting is quicker than a call of the library's sort. */
const INSERT_MOST = 24;

/**
 * Sorts `pieces` (weighted ranks) from `from` to before `to`, and writes the quantiles to `target` from `at` on.
 * There is at least one piece; `quantiles` ascend; `total` is the sum of the weights.
 */
export function quantilesOf(
  { pieces, from, to, prices, total }: WeightedPieces & { readonly total: number },
  quantiles: readonly number[],
  target: Float64Array,
  at: number,
): void {
  sortRange(pieces, from, to);
  let piece = from;
  let reached = weightOf(pieces, piece);
  for (let number = 0; number < quantiles.length; number += 1) {
    const place = (total - 1) * (quantiles[number] as number);
    const rank = Math.floor(place);
    while (reached <= rank) {
      piece += 1;
      reached += weightOf(pieces, piece);
    }
    const low = priceOf(pieces, prices, piece);
    const isInside = reached > rank + 1 || piece + 1 === to;
    const high = isInside ? low : priceOf(pieces, prices, piece + 1);
    target[at + number] = low + (high - low) * (place - rank);
  }
}

export interface WeightedPieces {
  readonly pieces: Float64Array;
  readonly from: number;
  readonly to: number;
  /** By rank. */
  readonly prices: Float64Array;
}

export function totalWeight(pieces: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at += 1) total += weightOf(pieces, at);
  return total;
}

/** Price times weight, added up. */
export function weightedSum({ pieces, from, to, prices }: WeightedPieces): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += weightOf(pieces, at) * priceOf(pieces, prices, at);
  return sum;
}

export function rankOf(pieces: Float64Array, at: number): number {
  return Math.floor((pieces[at] as number) / WEIGHT_LIMIT);
}

/** Not by `%`, which is ten times as slow for numbers of more than 32 bits. */
export function weightOf(pieces: Float64Array, at: number): number {
  return (pieces[at] as number) - rankOf(pieces, at) * WEIGHT_LIMIT;
}

function priceOf(pieces: Float64Array, prices: Float64Array, at: number): number {
  return prices[rankOf(pieces, at)] as number;
}

function sortRange(values: Float64Array, from: number, to: number): void {
  if (to - from > INSERT_MOST) {
    values.subarray(from, to).sort();
    return;
  }
  for (let end = from + 1; end < to; end += 1) {
    const value = values[end] as number;
    let at = end;
    while (at > from && (values[at - 1] as number) > value) {
      values[at] = values[at - 1] as number;
      at -= 1;
    }
    values[at] = value;
  }
}

/** QUANTILE_CONT of plain values; `sorted` ascends and has at least one. */
export function plainQuantile(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}
