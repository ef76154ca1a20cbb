// How often may be polled, and when the next poll begins.
import { formatDuration } from '../../base/std/index.ts';
import type { Origin } from '../history/index.ts';

/** The original's `VW_POLL_INTERVAL_SEC=360`. */
export const DEFAULT_INTERVAL_MS = 360_000;

/** Six searches at ten a minute take 36 s, and others want to search as well. */
export const SHORTEST_LIVE_INTERVAL_MS = 60_000;

export class IntervalTooShortError extends Error {
  override name = 'IntervalTooShortError';
  readonly intervalMs: number;

  constructor(intervalMs: number, message: string) {
    super(message);
    this.intervalMs = intervalMs;
  }
}

export interface IntervalQuestion {
  readonly intervalMs: number;
  readonly origin: Origin;
}

/** Throws IntervalTooShortError for an interval that is not positive, or that the live service cannot bear. */
export function checkInterval({ intervalMs, origin }: IntervalQuestion): void {
  if (!Number.isFinite(intervalMs) || intervalMs <= 0) {
    throw new IntervalTooShortError(intervalMs, `An interval of ${intervalMs} ms is not possible; try 360 s`);
  }
  if (origin.kind !== 'live' || intervalMs >= SHORTEST_LIVE_INTERVAL_MS) return;
  throw new IntervalTooShortError(
    intervalMs,
    `An interval of ${formatDuration(intervalMs)} is too short for ${origin.url}: it allows 10 searches a minute ` +
      'for all programs at this address, and a poll takes 6 or more; use at least 60 s',
  );
}

export interface ScheduleQuestion {
  /** When the last poll was due, on the clock that never goes back. */
  readonly lastDueMs: number;
  readonly intervalMs: number;
  readonly nowMs: number;
}

/** When the next poll is due: an interval after the last one was, or now when that has passed already. */
export function nextDueMs({ lastDueMs, intervalMs, nowMs }: ScheduleQuestion): number {
  return Math.max(lastDueMs + intervalMs, nowMs);
}
