// By when a job that waits for a cheap hour begins.
import { parseTime } from '../../../base/std/index.ts';
import type { StartBy } from './job.ts';

const DAY_MS = 86_400_000;

/** Of text that the file's schema found right. */
export function readStartBy(text: string): StartBy {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hours !== undefined) return { kind: 'time-of-day', minutes: Number(hours) * 60 + Number(minutes) };
  return { kind: 'moment', atMs: parseTime(text, 0) };
}

export function formatStartBy(startBy: StartBy): string {
  if (startBy.kind === 'moment') return new Date(startBy.atMs).toISOString().replace('.000Z', 'Z');
  const [hours, minutes] = [Math.floor(startBy.minutes / 60), startBy.minutes % 60];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

/** Minutes that a clock is ahead of UTC at a moment: it is set twice a year. */
export type UtcOffset = (atMs: number) => number;

/**
 * Epoch milliseconds of the next such moment at or after `nowMs`: a time of day is read on the clock whose `utcOffset` is given
 * (default UTC). A moment in the past is `nowMs`: begin now.
 */
export function startByMs(
  startBy: StartBy,
  { nowMs, utcOffset = () => 0 }: { readonly nowMs: number; readonly utcOffset?: UtcOffset | undefined },
): number {
  if (startBy.kind === 'moment') return Math.max(startBy.atMs, nowMs);
  const offsetMs = (atMs: number) => utcOffset(atMs) * 60_000;
  const today = Math.floor((nowMs + offsetMs(nowMs)) / DAY_MS) * DAY_MS;
  const next = (day: number): number => {
    const shown = today + day * DAY_MS + startBy.minutes * 60_000;
    // By the offset of that moment, not of this one.
    const atMs = shown - offsetMs(shown - offsetMs(nowMs));
    return atMs >= nowMs ? atMs : next(day + 1);
  };
  return next(0);
}
