// Days and months in a named time zone.
import { DAY_MS } from '../std/index.ts';
import type { CapWindow } from './types.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError with examples when the zone is unknown. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, made);
    return made;
  } catch (error) {
    throw new RangeError(
      `"${timeZone}" is not a time zone; write it like UTC, Europe/Berlin or America/New_York`,
      { cause: error },
    );
  }
}

/** What clocks in the zone show at `atMs`, as if it were UTC. */
function localMs(atMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return atMs;
  const part: Record<string, number> = {};
  for (const { type, value } of formatFor(timeZone).formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The date in the zone, as `2026-11-22`. */
export function dateIn(atMs: number, timeZone: string): string {
  return new Date(localMs(atMs, timeZone)).toISOString().slice(0, 10);
}

/**
 * Epoch milliseconds at which the day or month around `atMs` began in the zone; 0 for `all`. Where the clocks skip
 * midnight, the day begins with its first moment. Throws RangeError when the zone is unknown.
 */
export function windowStart({
  window,
  atMs,
  timeZone,
}: {
  readonly window: CapWindow;
  readonly atMs: number;
  readonly timeZone: string;
}): number {
  if (window === 'all') return 0;
  const local = new Date(localMs(atMs, timeZone));
  const midnight = Date.UTC(
    local.getUTCFullYear(),
    local.getUTCMonth(),
    window === 'day' ? local.getUTCDate() : 1,
  );
  if (timeZone === 'UTC') return midnight;
  // The day before has the offset of before a change of the clocks: where midnight comes twice, the first counts.
  const guessMs = midnight - offsetMs(atMs, timeZone);
  const earlierMs = midnight - offsetMs(guessMs - DAY_MS, timeZone);
  let startMs = Math.min(guessMs, earlierMs);
  // All offsets are quarters of an hour; where midnight is skipped, this ends at the first moment after it.
  while (localMs(startMs, timeZone) < midnight) startMs += 15 * 60_000;
  return startMs;
}

function offsetMs(atMs: number, timeZone: string): number {
  return localMs(atMs, timeZone) - Math.floor(atMs / 1_000) * 1_000;
}
