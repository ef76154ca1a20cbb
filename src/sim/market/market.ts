// What a search can be run on: the simulated market and recorded answers look the same from here.
import type { RentalTruth, SlotTruth } from '../types.ts';

export const PRICE_TYPES = ['on-demand', 'bid', 'reserved'] as const;
export type PriceType = (typeof PRICE_TYPES)[number];

export interface MarketView {
  readonly type: PriceType;
  /** GB whose price is part of `dph_total`. */
  readonly allocatedGb: number;
}

/** One row of an answer; its text is kept until something about it changes. */
export interface MarketRow {
  readonly id: number;
  /** Fields that depend on the machine only. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** Fields that change with price, state and view; looked up before the fixed ones. */
  readonly live: Readonly<Record<string, unknown>>;
  /** JSON of all of these without the last brace, in ASCII. The bytes are written over when the row changes. */
  readonly head: Uint8Array;
  /** Ranking value before chance; undefined when the row brings its own score and remaining time. */
  readonly baseScore: number | undefined;
  readonly endDateSec: number;
  /** Rows with the same key are folded into one unless the search asks for all; undefined folds nothing. */
  readonly bundleKey: string | undefined;
}

export interface Market {
  /** Brings it to this time; times in the past change nothing. */
  advance(nowMs: number): void;
  /** When something happens next; Infinity when nothing will. */
  nextAtMs(): number;
  /** All rows, whatever their state, by id or in recorded order. */
  rows(view: MarketView): readonly MarketRow[];
  gpuNames(): readonly string[];
  /** Columns that rows have beyond the known ones. */
  readonly extraColumns: ReadonlyMap<string, 'number' | 'text' | 'boolean'>;
  /**
   * Told of every search before it runs; returns headers for its answer. A spoiled answer is one that a fault
   * will keep from arriving whole, so that its repetition is no new search.
   */
  noteSearch(searchKey: string, isSpoiled: boolean): Readonly<Record<string, string>>;
}

export interface MarketTruth {
  slots(): readonly SlotTruth[];
  rentals(fromMs: number, toMs: number): readonly RentalTruth[];
  listedOfferIds(): readonly number[];
}

/** JSON in ASCII, as the service writes it: then a byte is a character, and answers can be put together fast. */
export function asciiJson(value: unknown): string {
  return escapeToAscii(JSON.stringify(value));
}

function escapeToAscii(json: string): string {
  return json.replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
