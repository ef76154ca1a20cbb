// What holds as of the newest poll, in memory: every line that is not gone, with what lines share.
import { type Dictionary, makeDictionary } from './dictionaries.ts';
import type { PollRow } from './journal-reader.ts';
import { type LineTable, makeLineTable } from './line-table.ts';
import type { Machine } from './open-line.ts';
import { EMPTY_HASH, type Hash, type HashValue } from './row-hash.ts';
import { makeTypeCodes, type TypeCodes } from './type-codes.ts';

export interface OpenState {
  readonly lines: LineTable;
  readonly machines: Map<number, Machine>;
  readonly attrs: Dictionary;
  readonly terms: Dictionary;
  readonly hardware: Dictionary;
  readonly types: TypeCodes;
  last: PollRow | undefined;
  /** Sum of the hashes of the rows of the newest poll. */
  pollHash: Hash;
  /** Counts calls of append, also those that fail; never twice the same. */
  attempt: number;
}

export interface StoredDictionaries {
  readonly attrs: ReadonlyMap<number, readonly HashValue[]>;
  readonly terms: ReadonlyMap<number, readonly HashValue[]>;
  readonly hardware: ReadonlyMap<number, readonly HashValue[]>;
  readonly types: readonly { readonly code: number; readonly type: string | null }[];
}

export function makeOpenState(stored: StoredDictionaries, last: PollRow | undefined): OpenState {
  return {
    lines: makeLineTable(),
    machines: new Map(),
    attrs: makeDictionary('attr', stored.attrs),
    terms: makeDictionary('terms', stored.terms),
    hardware: makeDictionary('hardware', stored.hardware),
    types: makeTypeCodes(stored.types),
    last,
    pollHash: EMPTY_HASH,
    attempt: 0,
  };
}
