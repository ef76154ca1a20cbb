// Times and credits of the polls of a window, as running sums: what a span is worth in milliseconds is the
// difference of two elements.

import type { ReportWindow } from './report-window.ts';
import { queryColumns, queryDoubles, type ReportSource } from './source.ts';
import { kept } from './warm-market.ts';

/** Every array is one element longer than the window; the last element closes it at `untilMs`. */
export interface PollTimes {
  readonly firstPoll: number;
  readonly times: Float64Array;
  /** Credit of all polls before this one. */
  readonly credits: Float64Array;
  /** What of the time before this poll was in no credit. */
  readonly gaps: Float64Array;
}

/** Every poll of the store, by columns. Polls are numbered without a gap. */
export interface StorePolls {
  readonly length: number;
  readonly firstPoll: number;
  readonly times: Float64Array;
  readonly intervals: Float64Array;
  readonly nextTimes: Float64Array;
  readonly credits: Float64Array;
  /** 1 or 0. */
  readonly isComplete: Float64Array;
  /** Numbers of the collection filters. */
  readonly filters: Float64Array;
}

export function storePolls(source: ReportSource): Promise<StorePolls> {
  const sql = `SELECT poll::DOUBLE, ts_ms::DOUBLE, interval_ms::DOUBLE, next_ms::DOUBLE, credit_ms::DOUBLE,
    complete::DOUBLE, dense_rank() OVER (ORDER BY filter)::DOUBLE FROM polls ORDER BY poll`;
  const names = ['polls', 'times', 'intervals', 'nextTimes', 'credits', 'isComplete', 'filters'] as const;
  return kept(source, sql, async () => {
    const { polls, ...columns } = await queryDoubles(source, sql, names);
    return { length: polls.length, firstPoll: polls[0] ?? 1, ...columns };
  });
}

/** `2026-01-01T00:00:00Z`, as the store writes it, of every poll. */
export function pollTexts(source: ReportSource): Promise<readonly string[]> {
  const sql = 'SELECT ts FROM polls ORDER BY poll';
  return kept(source, sql, async () => (await queryColumns(source, sql)).cells.ts as readonly string[]);
}

export async function pollTimes(source: ReportSource, window: ReportWindow): Promise<PollTimes> {
  const all = await storePolls(source);
  const { firstPoll, lastPoll, untilMs } = window;
  const begin = firstPoll - all.firstPoll;
  const length = lastPoll - firstPoll + 1;
  const times = new Float64Array(length + 1);
  const credits = new Float64Array(length + 1);
  const gaps = new Float64Array(length + 1);
  for (let at = 0; at < length; at += 1) {
    const ms = all.times[begin + at] as number;
    const latestMs = at === length - 1 ? untilMs : Number.POSITIVE_INFINITY;
    const credit = Math.min(all.credits[begin + at] as number, latestMs - ms);
    times[at] = ms;
    credits[at + 1] = (credits[at] as number) + credit;
    gaps[at + 1] =
      (gaps[at] as number) + Math.min(all.nextTimes[begin + at] as number, latestMs) - ms - credit;
  }
  times[length] = untilMs;
  return { firstPoll, times, credits, gaps };
}
