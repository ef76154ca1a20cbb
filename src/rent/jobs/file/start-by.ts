// By when a job that waits for a cheap hour begins.
import { parseTime } from '../../../base/std/index.ts';
import type { StartBy } from './job.ts';

const DAY_MINUTES = 24 * 60;
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

/**
 * Epoch milliseconds of the next such moment at or after `nowMs`: a time of day is that of a clock which is
 * `utcOffsetMinutes` ahead of UTC (default 0). A moment in the past is `nowMs`: begin now.
 */
export function startByMs(
  startBy: StartBy,
  { nowMs, utcOffsetMinutes = 0 }: { readonly nowMs: number; readonly utcOffsetMinutes?: number },
): number {
  if (startBy.kind === 'moment') return Math.max(startBy.atMs, nowMs);
  const utcMinutes = (((startBy.minutes - utcOffsetMinutes) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS + utcMinutes * 60_000;
  return today >= nowMs ? today : today + DAY_MS;
}
