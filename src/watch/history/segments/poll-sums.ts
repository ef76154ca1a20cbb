// Sums of row hashes for every poll of a range, where a value that holds over many polls is added at its first one
// and taken back behind its last.
import { formatHash, type Hash } from '../journal/row-hash.ts';

export interface PollSums {
  /** Counts a row in polls `from` to before `to`. */
  addRows(from: number, to: number): void;
  /** Adds a hash to polls `from` to before `to`. */
  addHash(hash: Hash, from: number, to: number): void;
  /** Rows and hash of every poll, once everything has been added. */
  totals(): readonly { readonly poll: number; readonly n: number; readonly hash: string }[];
}

export function makePollSums(firstPoll: number, lastPoll: number): PollSums {
  const size = Math.max(0, lastPoll - firstPoll + 1) + 1;
  // Addition modulo 2^32 is all that the hash asks for, and integer arrays do it by themselves.
  const a = new Int32Array(size);
  const b = new Int32Array(size);
  const n = new Int32Array(size);
  const add = (lane: Int32Array, value: number, from: number, to: number) => {
    lane[from - firstPoll] = ((lane[from - firstPoll] as number) + value) | 0;
    lane[to - firstPoll] = ((lane[to - firstPoll] as number) - value) | 0;
  };
  return {
    addRows: (from, to) => add(n, 1, from, to),
    addHash: (hash, from, to) => {
      add(a, hash.a, from, to);
      add(b, hash.b, from, to);
    },
    totals: () => {
      const totals = [];
      let sumA = 0;
      let sumB = 0;
      let rows = 0;
      for (let i = 0; i < size - 1; i += 1) {
        sumA = (sumA + (a[i] as number)) | 0;
        sumB = (sumB + (b[i] as number)) | 0;
        rows += n[i] as number;
        totals.push({ poll: firstPoll + i, n: rows, hash: formatHash({ a: sumA >>> 0, b: sumB >>> 0 }) });
      }
      return totals;
    },
  };
}
