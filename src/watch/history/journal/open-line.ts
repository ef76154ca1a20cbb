// One open line: an offer of one type with the last values of its facets, and the machine that it is on.
import { FIRST_UNSEEN } from './codes.ts';
import { type Entry, entryHash } from './dictionaries.ts';
import { addHash, addMoving, EMPTY_HASH, type Hash, type HashValue, hashFacet } from './row-hash.ts';
import { NO_EXCEPTION } from './schema.ts';

/** Reliability as the offers of one machine have it. */
export interface Machine {
  readonly id: number;
  reliability: number | null;
  /** Whether it has ever been written; until then its reliability means nothing. */
  isKnown: boolean;
}

/** One line. Replaced as a whole when anything about it changes, so that a poll that fails changes nothing. */
export interface OpenLine {
  readonly line: number;
  /** State code; MISSING while it was not in the newest poll. */
  readonly s: number;
  /** Polls in a row that should have shown it and did not. */
  readonly misses: number;
  readonly price: number | null;
  readonly attr: Entry;
  /** The same object as long as the values stay; so with `capacity`. */
  readonly quote: readonly HashValue[];
  readonly terms: Entry;
  readonly hardware: Entry;
  readonly capacity: readonly HashValue[];
  readonly machine: Machine;
  /** Its own reliability where it differs from its machine's, else `NO_EXCEPTION`. */
  readonly exception: number | null;
  /** Of what changes seldom: all but state, price and reliability. */
  readonly steadyHash: Hash;
  /** Equal to `hashRow` of the row while it is seen, and then part of the poll's hash. */
  readonly hash: Hash;
}

/** What holds of a line; its hashes follow from it. */
export type LineValues = Omit<OpenLine, 'hash' | 'steadyHash' | 'exception'> & { exception: number | null };

/**
 * The one place that makes lines, so that all have the same shape for the engine. `reliability` is the row's;
 * `before` spares hashing what stays.
 */
export function makeOpenLine(values: LineValues, reliability: number | null, before?: OpenLine): OpenLine {
  const { line, s, misses, price, attr, quote, terms, hardware, capacity, machine, exception } = values;
  const steadyHash = before && isSteady(before, values) ? before.steadyHash : hashSteady(values);
  const hash = s < FIRST_UNSEEN ? addMoving(steadyHash, line, { s, price, reliability }) : EMPTY_HASH;
  return {
    line,
    s,
    misses,
    price,
    attr,
    quote,
    terms,
    hardware,
    capacity,
    machine,
    exception,
    steadyHash,
    hash,
  };
}

/** Whether all but state, price and reliability is the same; values that stay are taken over as the same objects. */
export function isSteady(before: LineValues, after: LineValues): boolean {
  return (
    before.attr === after.attr &&
    before.quote === after.quote &&
    before.terms === after.terms &&
    before.hardware === after.hardware &&
    before.capacity === after.capacity
  );
}

function hashSteady({ line, attr, quote, terms, hardware, capacity }: LineValues): Hash {
  let sum = addHash(entryHash(attr, line), hashFacet('quote', line, quote));
  sum = addHash(sum, entryHash(terms, line));
  sum = addHash(sum, entryHash(hardware, line));
  return addHash(sum, hashFacet('capacity', line, capacity));
}

/** The reliability that the line shows, given its machine's. */
export function shownReliability(exception: number | null, machine: number | null): number | null {
  return exception === NO_EXCEPTION ? machine : exception;
}
