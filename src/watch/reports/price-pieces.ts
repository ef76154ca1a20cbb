// States, groups and prices laid over each other, gathered by key, and the quantiles of each key's prices. Prices,
// price bands and daily figures are made from them.
import { eachSight, type SightSources } from './each-sight.ts';
import { firstEndingAfter } from './line-spans.ts';
import { quantilesOf, totalWeight, weightedRank, weightedSum } from './quantiles.ts';
import { FIRST_UNSEEN } from './state-classes.ts';
import type { PriceSpans } from './warm-market.ts';

/** `rank` is the price's, -1 where it is not known; polls [f, e). */
export type VisitPriced = (
  line: number,
  group: number,
  state: number,
  rank: number,
  f: number,
  e: number,
) => void;

/** Seen sights, cut where the price changes. */
export function eachPricedSight(
  sources: SightSources,
  { spans }: Pick<PriceSpans, 'spans'>,
  visit: VisitPriced,
): void {
  const { starts, f: priceF, e: priceE, value: rank } = spans;
  let lineBefore = -1;
  let place = 0;
  eachSight(sources, (line, group, state, f, e) => {
    if (line !== lineBefore) {
      lineBefore = line;
      place = firstEndingAfter(priceE, starts[line] ?? 0, starts[line + 1] ?? 0, f);
    }
    if (state >= FIRST_UNSEEN) return;
    const last = starts[line + 1] ?? 0;
    while (place < last && (priceE[place] as number) <= f) place += 1;
    if (place >= last || (priceF[place] as number) >= e) {
      visit(line, group, state, -1, f, e);
      return;
    }
    for (let at = place; at < last && (priceF[at] as number) < e; at += 1) {
      visit(
        line,
        group,
        state,
        rank[at] as number,
        Math.max(f, priceF[at] as number),
        Math.min(e, priceE[at] as number),
      );
    }
  });
}

/** A piece of `weight` polls for a key below `keys`; `rank` is -1 where the price is not known. */
export type AddPiece = (key: number, rank: number, weight: number) => void;

export interface KeyedPrices {
  /** Observations of each key without a price. */
  readonly unpriced: Float64Array;
  /** Those with one. */
  readonly priced: Float64Array;
  /** Sum of price times weight, of keys that are wanted. */
  readonly sums: Float64Array;
  /** `quantiles.length` of each key, NaN without a price. */
  readonly quantiles: Float64Array;
}

/**
 * Gathers by key what `walk` gives, which is called twice: to count, then to place. `wants` says of which keys
 * quantiles are asked for.
 */
export function priceQuantiles(
  options: {
    readonly keys: number;
    readonly prices: Float64Array;
    readonly quantiles: readonly number[];
    readonly wants: (key: number) => boolean;
  },
  walk: (add: AddPiece) => void,
): KeyedPrices {
  const { keys, prices, quantiles, wants } = options;
  const [unpriced, priced, sums] = [new Float64Array(keys), new Float64Array(keys), new Float64Array(keys)];
  const ends = new Int32Array(keys + 1);
  walk((key, rank, weight) => {
    if (rank < 0) unpriced[key] = (unpriced[key] as number) + weight;
    else ends[key + 1] = (ends[key + 1] as number) + 1;
  });
  for (let key = 0; key < keys; key += 1) ends[key + 1] = (ends[key + 1] as number) + (ends[key] as number);
  const pieces = new Float64Array(ends[keys] as number);
  // From here on the element of a key is where its next piece goes, and at last where its pieces end.
  walk((key, rank, weight) => {
    if (rank < 0) return;
    const at = ends[key] as number;
    pieces[at] = weightedRank(rank, weight);
    ends[key] = at + 1;
  });
  const found = new Float64Array(keys * quantiles.length).fill(Number.NaN);
  let from = 0;
  for (let key = 0; key < keys; key += 1) {
    const to = ends[key] as number;
    if (to === from) continue;
    const range = { pieces, from, to, prices };
    const total = totalWeight(range);
    priced[key] = total;
    if (wants(key)) {
      quantilesOf({ ...range, total }, quantiles, found, key * quantiles.length);
      sums[key] = weightedSum(range);
    }
    from = to;
  }
  return { unpriced, priced, sums, quantiles: found };
}
