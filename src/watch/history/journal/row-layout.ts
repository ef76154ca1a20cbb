// How a row is laid out in memory so that "is this still what it was?", asked ten thousand times a poll, reads two
// short runs: its numbers side by side in one big array, and the numbers of its texts in another. Polls come in this
// layout and open lines are kept in it.
import { type Column, FACETS, type FacetName } from './schema.ts';

/** Stands for null among numbers; kept values are finite. */
export const NULL_NUMBER = Number.NEGATIVE_INFINITY;
/** The number of the text null. */
export const NULL_WORD = 0;

/** Numbers a row: offer or line, state, price, reliability, and the 26 of the packed facets, at a cache line's end. */
export const ROW_NUMBERS = 32;
/** Texts a row: the type and the 5 of the packed facets. */
export const ROW_TEXTS = 8;

/** Before it stands the offer's id; a line's place is empty. */
export const STATE_AT = 1;
export const PRICE_AT = 2;
export const RELIABILITY_AT = 3;
/** What changes seldom begins here, among numbers and among texts. */
export const STEADY_NUMBERS_AT = 4;
export const TYPE_AT = 0;
export const STEADY_TEXTS_AT = 1;

/** Facets in the order of their numbers and texts. */
export const PACKED_FACETS = [
  'attr',
  'quote',
  'terms',
  'hardware',
  'capacity',
] as const satisfies readonly FacetName[];
export type PackedFacet = (typeof PACKED_FACETS)[number];

export interface ColumnPlace {
  readonly column: Column;
  /** Among the texts of a row, or among its numbers. */
  readonly isText: boolean;
  readonly at: number;
}

/** Where the columns of each facet stand in a row, in the facet's order. */
export const PLACES: Readonly<Record<PackedFacet, readonly ColumnPlace[]>> = makePlaces();

const ALL_PLACES = PACKED_FACETS.flatMap((name) => PLACES[name]);
/** One behind the last number, and text, that a row uses. */
export const NUMBERS_END = STEADY_NUMBERS_AT + ALL_PLACES.filter(({ isText }) => !isText).length;
export const TEXTS_END = STEADY_TEXTS_AT + ALL_PLACES.filter(({ isText }) => isText).length;

function makePlaces(): Record<PackedFacet, readonly ColumnPlace[]> {
  let number = STEADY_NUMBERS_AT;
  let text = STEADY_TEXTS_AT;
  const places = PACKED_FACETS.map((name) => [
    name,
    FACETS[name].columns.map((column): ColumnPlace => {
      const isText = column.type === 'VARCHAR';
      return { column, isText, at: isText ? text++ : number++ };
    }),
  ]);
  return Object.fromEntries(places) as Record<PackedFacet, readonly ColumnPlace[]>;
}

/** Where the machine's number stands. */
export const MACHINE_AT = PLACES.attr.find(({ column }) => column.field === 'machineId')?.at ?? 0;
