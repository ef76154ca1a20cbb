// Many keys' intervals with their hashes in flat arrays: a month has over a million, and as objects they would take
// the collector's whole memory. Those of one key become objects when they are asked for.
import { EMPTY_HASH, type Hash } from '../journal/row-hash.ts';
import type { Interval } from './poll-intervals.ts';

export interface HashedInterval extends Interval {
  readonly hash: Hash;
}

export interface IntervalTable {
  /** Keeps a key's intervals; each key once. */
  set(key: number, intervals: readonly (Interval & { readonly hash?: Hash })[]): void;
  /** Empty for a key that was not set. */
  get(key: number): readonly HashedInterval[];
  has(key: number): boolean;
  keys(): Iterable<number>;
}

/** Numbers of one interval: from, to, and the hash's two lanes. */
const WIDTH = 4;

const NONE: readonly never[] = [];

export function makeIntervalTable(): IntervalTable {
  let data = new Int32Array(1024 * WIDTH);
  let used = 0;
  const places = new Map<number, { readonly start: number; readonly end: number }>();
  return {
    set: (key, intervals) => {
      const end = used + intervals.length * WIDTH;
      if (end > data.length) {
        const larger = new Int32Array(Math.max(end, data.length * 2));
        larger.set(data);
        data = larger;
      }
      places.set(key, { start: used, end });
      for (const { from, to, hash = EMPTY_HASH } of intervals) {
        data[used] = from;
        data[used + 1] = to;
        data[used + 2] = hash.a;
        data[used + 3] = hash.b;
        used += WIDTH;
      }
    },
    get: (key) => {
      const place = places.get(key);
      if (!place) return NONE;
      const intervals: HashedInterval[] = [];
      for (let i = place.start; i < place.end; i += WIDTH) {
        const hash = { a: data[i + 2] as number, b: data[i + 3] as number };
        intervals.push({ from: data[i] as number, to: data[i + 1] as number, hash });
      }
      return intervals;
    },
    has: (key) => places.has(key),
    keys: () => places.keys(),
  };
}
