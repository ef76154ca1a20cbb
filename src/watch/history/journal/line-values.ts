// The values of a poll's row, facet by facet, as they are kept.
import type { PackedRows } from './packed-rows.ts';
import type { HashValue } from './row-hash.ts';
import {
  type ColumnPlace,
  NULL_NUMBER,
  type PackedFacet,
  PLACES,
  ROW_NUMBERS,
  ROW_TEXTS,
} from './row-layout.ts';

/** Largest whole number of an INTEGER column, which is 32 bits wide once sealed. */
const LARGEST_INTEGER = 2 ** 31 - 1;

/** Why a value cannot be kept; the caller adds the offer. */
export class UnfitValue extends Error {
  override name = 'UnfitValue';
}

/** Says of which offer an UnfitValue is; any other error stays as it is. */
export function aboutOffer(error: unknown, offerId: number | undefined): unknown {
  if (!(error instanceof UnfitValue)) return error;
  return new UnfitValue(`offer ${offerId}: ${error.message}`, { cause: error });
}

/** A facet's values in the order of its columns. Throws UnfitValue for one that its column does not hold. */
export function readValues(facet: PackedFacet, rows: PackedRows, row: number): HashValue[] {
  return PLACES[facet].map((place) => readValue(place, rows, row));
}

function readValue({ column, isText, at }: ColumnPlace, rows: PackedRows, row: number): HashValue {
  if (isText) return rows.words[rows.texts[row * ROW_TEXTS + at] as number] ?? null;
  const value = orNull(rows.numbers[row * ROW_NUMBERS + at] as number);
  if (value === null || column.type === 'DOUBLE') return value;
  const largest = column.type === 'INTEGER' ? LARGEST_INTEGER : Number.MAX_SAFE_INTEGER;
  if (Number.isInteger(value) && Math.abs(value) <= largest) return value;
  throw new UnfitValue(`${column.name} is ${value}, which is no whole number up to ${largest}`);
}

/** A packed number as it is kept. */
export function orNull(number: number): number | null {
  return number === NULL_NUMBER ? null : number;
}

/** Whether two lists of kept values hold the same. */
export function sameValues(x: readonly HashValue[], y: readonly HashValue[]): boolean {
  for (let i = 0; i < x.length; i += 1) if (x[i] !== y[i]) return false;
  return true;
}
