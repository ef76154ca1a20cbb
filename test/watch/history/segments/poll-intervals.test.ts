// Intervals of polls against sets of polls.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Interval,
  intersectIntervals,
  joinAdjacent,
  subtractIntervals,
  totalPolls,
} from '../../../../src/watch/history/segments/poll-intervals.ts';

/** Ascending, without overlap, sometimes touching. */
const intervals = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 })), { maxLength: 6 })
  .map((steps) => {
    let at = 1;
    return steps.map(([skip, length]): Interval => {
      const from = at + skip;
      at = from + length;
      return { from, to: at };
    });
  });

function pollsOf(list: readonly Interval[]): number[] {
  return list.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
}

it('intersects and subtracts as sets do', () => {
  fc.assert(
    fc.property(intervals, intervals, (xs, ys) => {
      const other = new Set(pollsOf(ys));
      expect(pollsOf(intersectIntervals(xs, ys))).toEqual(pollsOf(xs).filter((poll) => other.has(poll)));
      expect(pollsOf(subtractIntervals(xs, ys))).toEqual(pollsOf(xs).filter((poll) => !other.has(poll)));
    }),
  );
});

it('joins what touches and keeps every poll', () => {
  fc.assert(
    fc.property(intervals, (xs) => {
      const joined = joinAdjacent(xs);
      expect(pollsOf(joined)).toEqual(pollsOf(xs));
      expect(totalPolls(joined)).toBe(totalPolls(xs));
      expect(joined.every(({ from }, index) => index === 0 || from > (joined[index - 1]?.to ?? 0))).toBe(
        true,
      );
    }),
  );
});
