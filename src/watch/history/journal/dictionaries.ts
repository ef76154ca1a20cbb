// Combinations of values that many lines share, or that return, are stored once and numbered. What a poll adds
// becomes part of the dictionary only when the poll is committed.
import { bindToLine, type Hash, type HashValue, hashValues } from './row-hash.ts';
import type { FacetName } from './schema.ts';

/** One combination. The same object stands for it as long as it is known, so identity means equality. */
export interface Entry {
  readonly id: number;
  readonly values: readonly HashValue[];
  /** Of the values alone, see row-hash. */
  readonly hash: Hash;
}

export interface Dictionary {
  /** The entry with these values, new or known. */
  intern(values: readonly HashValue[]): Entry;
  get(id: number): Entry | undefined;
  /** Entries that are not in the database yet. */
  pending(): readonly Entry[];
  keepPending(): void;
  dropPending(): void;
}

export function makeDictionary(
  facet: FacetName,
  rows: ReadonlyMap<number, readonly HashValue[]>,
): Dictionary {
  const byKey = new Map<string, Entry>();
  const byId = new Map<number, Entry>();
  let pending: Entry[] = [];
  let nextId = 1;
  const add = (id: number, values: readonly HashValue[]): Entry => {
    const entry = { id, values, hash: hashValues(facet, values) };
    byKey.set(keyOf(values), entry);
    byId.set(id, entry);
    nextId = Math.max(nextId, id + 1);
    return entry;
  };
  for (const [id, values] of rows) add(id, values);
  return {
    intern: (values) => {
      const known = byKey.get(keyOf(values));
      if (known) return known;
      const entry = add(nextId, values);
      pending.push(entry);
      return entry;
    },
    get: (id) => byId.get(id),
    pending: () => pending,
    keepPending: () => {
      pending = [];
    },
    dropPending: () => {
      for (const entry of pending) {
        byKey.delete(keyOf(entry.values));
        byId.delete(entry.id);
      }
      nextId -= pending.length;
      pending = [];
    },
  };
}

/** Values are finite numbers, texts and nulls, so their JSON tells them apart. */
function keyOf(values: readonly HashValue[]): string {
  return JSON.stringify(values);
}

/** Hash of an entry on a line. */
export function entryHash(entry: Entry, line: number): Hash {
  return bindToLine(entry.hash, line);
}
