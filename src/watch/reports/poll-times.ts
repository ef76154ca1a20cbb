// Times and credits of the polls of a window, as running sums: what a span is worth in milliseconds is the
// difference of two elements.

import type { ReportWindow } from './report-window.ts';
import { queryColumns, type ReportSource } from './source.ts';
import { kept } from './warm-market.ts';

/** Every array is one element longer than the window; the last element closes it at `untilMs`. */
export interface PollTimes {
  readonly firstPoll: number;
  readonly times: Float64Array;
  /** Credit of all polls before this one. */
  readonly credits: Float64Array;
  /** What of the time before this poll was in no credit. */
  readonly gaps: Float64Array;
  /** `2026-01-01T00:00:00Z`, as the store writes it. */
  readonly texts: readonly string[];
}

/** Every poll of the store, by columns. */
export interface StorePolls {
  readonly length: number;
  readonly polls: readonly number[];
  readonly times: readonly number[];
  readonly texts: readonly string[];
  readonly intervals: readonly number[];
  readonly nextTimes: readonly number[];
  readonly credits: readonly number[];
  readonly isComplete: readonly boolean[];
  readonly filters: readonly string[];
}

export function storePolls(source: ReportSource): Promise<StorePolls> {
  const sql = `SELECT poll, ts_ms::DOUBLE AS times, ts AS texts, interval_ms::DOUBLE AS intervals,
    next_ms::DOUBLE AS next_times, credit_ms::DOUBLE AS credits, complete, filter FROM polls ORDER BY poll`;
  return kept(source, sql, async () => {
    const { length, cells } = await queryColumns(source, sql);
    return {
      length,
      polls: cells.poll as readonly number[],
      times: cells.times as readonly number[],
      texts: cells.texts as readonly string[],
      intervals: cells.intervals as readonly number[],
      nextTimes: cells.next_times as readonly number[],
      credits: cells.credits as readonly number[],
      isComplete: cells.complete as readonly boolean[],
      filters: cells.filter as readonly string[],
    };
  });
}

export async function pollTimes(source: ReportSource, window: ReportWindow): Promise<PollTimes> {
  const all = await storePolls(source);
  const { firstPoll, lastPoll, untilMs } = window;
  // Polls are numbered without a gap.
  const begin = firstPoll - (all.polls[0] as number);
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
  return { firstPoll, times, credits, gaps, texts: all.texts.slice(begin, begin + length) };
}
