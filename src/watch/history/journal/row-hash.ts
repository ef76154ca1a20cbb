// The hash that proves a poll whole. A row's hash is the sum of one hash a facet, each bound to its line; a poll's
// is the sum over its rows. Sums do not depend on order, and can be kept by adding what came and subtracting what
// went. Two 32-bit lanes stand for one 64-bit number, since JavaScript multiplies 32 bits fast.
import { FACET_NAMES, FACETS, type FacetName } from './schema.ts';

export type HashValue = number | string | null;

/** The lanes are signed: such numbers the engine keeps without making an object of each. */
export interface Hash {
  readonly a: number;
  readonly b: number;
}

/** Facets of a row in the order of its values; reliability counts once, whether its machine's or an exception. */
export const HASHED_FACETS = FACET_NAMES.filter((name) => name !== 'rel_x');

/** All kept columns in canonical order: what `hashRow` takes after the line. */
export const HASHED_COLUMNS: readonly string[] = HASHED_FACETS.flatMap((name) =>
  FACETS[name].columns.map((column) => column.name),
);

export const EMPTY_HASH: Hash = { a: 0, b: 0 };

const NULL_TAG = 1;
const NUMBER_TAG = 2;
const STRING_TAG = 3;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

// The lanes being computed. Module state, so that the inner loop makes no objects.
let laneA = 0;
let laneB = 0;

function feed(word: number): void {
  laneA = Math.imul(((laneA << 13) | (laneA >>> 19)) ^ word, 0x9e3779b1);
  laneB = Math.imul(((laneB << 7) | (laneB >>> 25)) ^ word, 0x85ebca77) ^ (laneB >>> 15);
}

function feedNumber(value: number): void {
  // Adding zero turns -0 into 0, which databases do not tell apart either.
  double[0] = value + 0;
  feed(words[0] as number);
  feed(words[1] as number);
}

/** 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain). */
function avalanche(lane: number): number {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function finish(): void {
  laneA = avalanche(laneA);
  laneB = avalanche(laneB ^ 0x27d4eb2f);
}

function taken(): Hash {
  finish();
  return { a: laneA, b: laneB };
}

function feedValue(value: HashValue): void {
  if (value === null) {
    feed(NULL_TAG);
  } else if (typeof value === 'number') {
    feed(NUMBER_TAG);
    feedNumber(value);
  } else {
    feed(STRING_TAG);
    feed(value.length);
    for (let i = 0; i < value.length; i += 1) feed(value.charCodeAt(i));
  }
}

function seedOf(facet: FacetName): number {
  return FACET_NAMES.indexOf(facet) + 1;
}

const STATE_SEED = seedOf('state');
const PRICE_SEED = seedOf('price');
const RELIABILITY_SEED = seedOf('rel');

/** Hash of one facet's values alone; the same for every line that has them, so it may be kept with them. */
export function hashValues(facet: FacetName, values: readonly HashValue[]): Hash {
  laneA = laneB = seedOf(facet);
  for (const value of values) feedValue(value);
  return taken();
}

/** Binds values to their line, so that two lines that swap values are noticed. */
export function bindToLine(values: Hash, line: number): Hash {
  laneA = values.a;
  laneB = values.b;
  feedNumber(line);
  return taken();
}

export interface MovingValues {
  readonly s: number;
  readonly price: number | null;
  readonly reliability: number | null;
}

/** The hashes of a line's state, price and reliability added to another: a poll does this most, so it makes one object. */
export function addMoving(sum: Hash, line: number, { s, price, reliability }: MovingValues): Hash {
  let { a, b } = sum;
  const add = (facet: number, value: number | null) => {
    laneA = laneB = facet;
    feedValue(value);
    finish();
    feedNumber(line);
    finish();
    a = (a + laneA) | 0;
    b = (b + laneB) | 0;
  };
  add(STATE_SEED, s);
  add(PRICE_SEED, price);
  add(RELIABILITY_SEED, reliability);
  return { a, b };
}

/** Hash of one facet of one line. */
export function hashFacet(facet: FacetName, line: number, values: readonly HashValue[]): Hash {
  return bindToLine(hashValues(facet, values), line);
}

/** Hash of a whole row: values as in `HASHED_COLUMNS`, the state as its code. */
export function hashRow(line: number, values: readonly HashValue[]): Hash {
  let sum = EMPTY_HASH;
  let from = 0;
  for (const name of HASHED_FACETS) {
    const to = from + FACETS[name].columns.length;
    sum = addHash(sum, hashFacet(name, line, values.slice(from, to)));
    from = to;
  }
  return sum;
}

export function addHash(x: Hash, y: Hash): Hash {
  return { a: (x.a + y.a) | 0, b: (x.b + y.b) | 0 };
}

export function subtractHash(x: Hash, y: Hash): Hash {
  return { a: (x.a - y.a) | 0, b: (x.b - y.b) | 0 };
}

/** 16 hexadecimal digits, as kept in `polls.hash`. */
export function formatHash({ a, b }: Hash): string {
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
