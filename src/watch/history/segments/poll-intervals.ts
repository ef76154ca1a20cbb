// Ranges of polls, kept as ascending lists without overlap: what the proof of a store computes with.

/** Polls from `from` to before `to`. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export function totalPolls(intervals: readonly Interval[]): number {
  let total = 0;
  for (const { from, to } of intervals) total += to - from;
  return total;
}

/** One interval for each run of intervals that touch. */
export function joinAdjacent(intervals: readonly Interval[]): Interval[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of intervals) {
    const last = joined.at(-1);
    if (last && last.to === from) last.to = to;
    else joined.push({ from, to });
  }
  return joined;
}

export function intersectIntervals(xs: readonly Interval[], ys: readonly Interval[]): Interval[] {
  const common: Interval[] = [];
  let i = 0;
  let j = 0;
  while (i < xs.length && j < ys.length) {
    const x = xs[i] as Interval;
    const y = ys[j] as Interval;
    const from = Math.max(x.from, y.from);
    const to = Math.min(x.to, y.to);
    if (from < to) common.push({ from, to });
    if (x.to <= y.to) i += 1;
    else j += 1;
  }
  return common;
}

/** What of `xs` is in none of `ys`. */
export function subtractIntervals(xs: readonly Interval[], ys: readonly Interval[]): readonly Interval[] {
  if (ys.length === 0) return xs;
  const rest: Interval[] = [];
  for (const x of xs) {
    let { from } = x;
    for (let j = firstReaching(ys, from); j < ys.length; j += 1) {
      const y = ys[j] as Interval;
      if (y.from >= x.to) break;
      if (y.from > from) rest.push({ from, to: y.from });
      from = y.to;
    }
    if (from < x.to) rest.push({ from, to: x.to });
  }
  return rest;
}

/** Index of the first interval that ends after `poll`. */
export function firstReaching(intervals: readonly Interval[], poll: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle] as Interval).to <= poll) low = middle + 1;
    else high = middle;
  }
  return low;
}
