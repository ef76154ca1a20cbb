// States, groups and prices laid over each other, gathered by key, and the quantiles of each key's prices. Prices,
// price bands and daily figures are made from them.
import { freeArray } from './free-array.ts';
import { firstEndingAfter, type LineSpans } from './line-spans.ts';
import { quantilesOf, rankOf, totalWeight, weightedRank, weightedSum, weightOf } from './quantiles.ts';
import { FIRST_UNSEEN } from './state-classes.ts';
import { eachStretch, type SightSources, type Stretch } from './stretches.ts';
import type { PriceSpans } from './warm-market.ts';

/** A stretch's seen states, cut where the price changes: element i of `length` covers polls [f[i], e[i]). */
export interface PricedPieces {
  length: number;
  readonly f: Int32Array;
  readonly e: Int32Array;
  readonly state: Uint8Array;
  /** The price's, -1 where it is not known. */
  readonly rank: Int32Array;
}

/** The visitor is given the same object each time; what `isWanted` refuses costs nearly nothing. */
export function eachPricedStretch(
  sources: SightSources,
  { spans }: Pick<PriceSpans, 'spans'>,
  visit: (stretch: Readonly<Stretch>, pieces: PricedPieces) => void,
  isWanted: (stretch: Readonly<Stretch>) => boolean = () => true,
): void {
  const most = mostSpans(sources.states.starts) + mostSpans(spans.starts);
  const pieces = {
    length: 0,
    f: new Int32Array(most),
    e: new Int32Array(most),
    state: new Uint8Array(most),
    rank: new Int32Array(most),
  };
  eachStretch(sources, (stretch) => {
    if (!isWanted(stretch)) return;
    layPricesOver(stretch, sources.states, spans, pieces);
    visit(stretch, pieces);
  });
}

/** The most spans that a line has. */
function mostSpans(starts: Int32Array): number {
  let most = 0;
  for (let line = 0; line + 1 < starts.length; line += 1)
    most = Math.max(most, (starts[line + 1] as number) - (starts[line] as number));
  return most;
}

function layPricesOver(
  { line, from, to, first, end }: Readonly<Stretch>,
  { f, e, value }: LineSpans<Uint8Array>,
  { starts, f: priceF, e: priceE, value: rank }: LineSpans<Int32Array>,
  pieces: PricedPieces,
): void {
  const last = starts[line + 1] ?? 0;
  let place = firstEndingAfter(priceE, starts[line] ?? 0, last, first);
  let length = 0;
  for (let state = from; state < to; state += 1) {
    const code = value[state] as number;
    if (code >= FIRST_UNSEEN) continue;
    const begin = Math.max(f[state] as number, first);
    const until = Math.min(e[state] as number, end);
    while (place < last && (priceE[place] as number) <= begin) place += 1;
    let at = place;
    const isPriced = at < last && (priceF[at] as number) < until;
    do {
      pieces.f[length] = isPriced ? Math.max(begin, priceF[at] as number) : begin;
      pieces.e[length] = isPriced ? Math.min(until, priceE[at] as number) : until;
      pieces.state[length] = code;
      pieces.rank[length] = isPriced ? (rank[at] as number) : -1;
      length += 1;
      at += 1;
    } while (isPriced && at < last && (priceF[at] as number) < until);
  }
  pieces.length = length;
}

/** A piece of `weight` polls for a key below `keys`; `rank` is -1 where the price is not known. */
export type AddPiece = (key: number, rank: number, weight: number) => void;

/** Keys from `from` to before `to`. */
export interface KeyRange {
  readonly from: number;
  readonly to: number;
}

export interface KeyedPrices {
  /** Observations of each key without a price. */
  readonly unpriced: Float64Array;
  /** Those with one. */
  readonly priced: Float64Array;
  /** Price times weight, added up by key; empty unless asked for. */
  readonly sums: Float64Array;
  /** `quantiles.length` of each key, NaN without a price. */
  readonly quantiles: Float64Array;
  /** What the figures were made with. */
  readonly space: PieceSpace;
  /** Gives the pieces' memory back. */
  readonly free: () => void;
}

interface PieceSpace {
  readonly ends: Int32Array;
  readonly pieces: Float64Array<ArrayBuffer>;
}

export interface PieceList {
  readonly add: AddPiece;
  /** Gives all pieces, and forgets none. */
  readonly walk: (add: AddPiece) => void;
  readonly clear: () => void;
  /** Gives its memory back; it can be used no more. */
  readonly free: () => void;
}

/** Keeps pieces, for where walking over spans twice takes longer; 12 bytes each. */
export function listPieces(): PieceList {
  let length = 0;
  let keys = new Int32Array(1_024);
  let pieces = new Float64Array(keys.length);
  const grow = () => {
    const [keysBefore, piecesBefore] = [keys, pieces];
    keys = new Int32Array(length * 2);
    keys.set(keysBefore);
    pieces = new Float64Array(length * 2);
    pieces.set(piecesBefore);
    freeArray(keysBefore);
    freeArray(piecesBefore);
  };
  return {
    add: (key, rank, weight) => {
      if (length === keys.length) grow();
      keys[length] = key;
      pieces[length] = weightedRank(rank, weight);
      length += 1;
    },
    walk: (add) => {
      for (let at = 0; at < length; at += 1) {
        const rank = rankOf(pieces, at);
        add(keys[at] as number, rank, weightOf(pieces, at));
      }
    },
    clear: () => {
      length = 0;
    },
    free: () => {
      freeArray(keys);
      freeArray(pieces);
    },
  };
}

/**
 * Gathers by key what `walk` gives, which is called to count, and then to place: as often as there are `atOnce` pieces,
 * each time for a range of keys, to which it must keep. `wants` says of which keys quantiles are asked for.
 */
export function priceQuantiles(
  options: {
    readonly keys: number;
    readonly prices: Float64Array;
    readonly quantiles: readonly number[];
    readonly wants: (key: number) => boolean;
    readonly withSums?: boolean;
    /** Pieces, of 8 bytes, in memory at once, if no key alone has more; default all. */
    readonly atOnce?: number;
    /** An earlier answer for as many keys, whose memory this one takes. */
    readonly reuse?: KeyedPrices | undefined;
  },
  walk: (add: AddPiece, range: KeyRange) => void,
): KeyedPrices {
  const { keys, prices, quantiles, wants, withSums = false, atOnce = Number.POSITIVE_INFINITY } = options;
  const { reuse } = options;
  const unpriced = reuse?.unpriced.fill(0) ?? new Float64Array(keys);
  const priced = reuse?.priced.fill(0) ?? new Float64Array(keys);
  const ends = reuse?.space.ends.fill(0) ?? new Int32Array(keys + 1);
  walk(
    (key, rank, weight) => {
      if (rank < 0) unpriced[key] = (unpriced[key] as number) + weight;
      else ends[key + 1] = (ends[key + 1] as number) + 1;
    },
    { from: 0, to: keys },
  );
  for (let key = 0; key < keys; key += 1) ends[key + 1] = (ends[key + 1] as number) + (ends[key] as number);
  const ranges = rangesOf(ends, keys, atOnce);
  const room = ranges.reduce((most, { from, to }) => Math.max(most, piecesIn(ends, from, to)), 0);
  const isLarge = reuse !== undefined && reuse.space.pieces.length >= room;
  if (!isLarge) reuse?.free();
  const pieces = isLarge ? reuse.space.pieces : new Float64Array(room);
  const found = (reuse?.quantiles ?? new Float64Array(keys * quantiles.length)).fill(Number.NaN);
  const sums = new Float64Array(withSums ? keys : 0);
  for (const range of ranges) {
    const first = ends[range.from] as number;
    // From here on the element of a key is where its next piece goes, and at last where its pieces end.
    walk((key, rank, weight) => {
      if (rank < 0) return;
      const at = ends[key] as number;
      pieces[at - first] = weightedRank(rank, weight);
      ends[key] = at + 1;
    }, range);
    let from = 0;
    for (let key = range.from; key < range.to; key += 1) {
      const to = (ends[key] as number) - first;
      if (to === from) continue;
      const total = totalWeight(pieces, from, to);
      priced[key] = total;
      if (wants(key))
        quantilesOf({ pieces, from, to, prices, total }, quantiles, found, key * quantiles.length);
      if (withSums) sums[key] = weightedSum({ pieces, from, to, prices });
      from = to;
    }
  }
  const free = () => freeArray(pieces);
  return { unpriced, priced, sums, quantiles: found, space: { ends, pieces }, free };
}

/** `starts` says where the pieces of each key begin, and at last where they end. */
function rangesOf(starts: Int32Array, keys: number, atOnce: number): readonly KeyRange[] {
  const ranges: KeyRange[] = [];
  let from = 0;
  for (let key = 1; key <= keys; key += 1) {
    if (key < keys && piecesIn(starts, from, key + 1) <= atOnce) continue;
    ranges.push({ from, to: key });
    from = key;
  }
  return ranges;
}

function piecesIn(starts: Int32Array, from: number, to: number): number {
  return (starts[to] as number) - (starts[from] as number);
}
