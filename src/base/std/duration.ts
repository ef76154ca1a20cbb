// Durations and points in time as people type them: `90s`, `6m`, `7d`, `yesterday`, ISO 8601.

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** Milliseconds of `1h30m`, `7d`, `90s`, `250ms`; throws RangeError with an example otherwise. */
export function parseDuration(text: string): number {
  const trimmed = text.trim().toLowerCase();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g)];
  const length = parts.reduce((sum, part) => sum + part[0].length, 0);
  if (parts.length === 0 || length !== trimmed.replaceAll(/\s+(?=\d)/g, '').length) {
    throw new RangeError(`"${text}" is not a duration; write it like 90s, 6m, 1h30m or 7d`);
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (UNIT_MS[part[2] as string] as number), 0);
}

/** The two largest units: `3d 4h`, `12m 5s`, `420ms`. */
export function formatDuration(ms: number): string {
  if (Number.isNaN(ms)) return 'unknown';
  if (!Number.isFinite(ms)) return ms < 0 ? '-∞' : '∞';
  if (Math.abs(Math.round(ms)) < 1_000) return `${Math.round(ms)}ms`;
  let left = Math.round(Math.abs(ms) / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return (ms < 0 ? '-' : '') + (parts.join(' ') || '0s');
}

/**
 * Epoch milliseconds of a point in time: `now`, `today`, `yesterday` (00:00 UTC), `7d` or `7d ago`, `14:32`
 * (today, UTC), an ISO date or date-time (UTC where no zone is given). Throws RangeError with examples.
 */
export function parseTime(text: string, nowMs: number): number {
  const value = text.trim().toLowerCase();
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (value === 'now') return nowMs;
  if (value === 'today') return today;
  if (value === 'yesterday') return today - DAY_MS;
  const clockTime = /^(\d{1,2}):(\d{2})$/.exec(value);
  if (clockTime && Number(clockTime[1]) < 24 && Number(clockTime[2]) < 60) {
    return today + Number(clockTime[1]) * HOUR_MS + Number(clockTime[2]) * 60_000;
  }
  if (/^\d{4}-\d{2}-\d{2}/.test(value)) {
    const parsed = parseIso(text.trim().toUpperCase());
    if (parsed !== undefined) return parsed;
  } else {
    try {
      const atMs = nowMs - parseDuration(value.replace(/\s+ago$/, ''));
      if (atMs >= 0) return atMs;
    } catch {
      // Not a duration either: the sentence below names all forms.
    }
  }
  throw new RangeError(
    `"${text}" is not a time; write it like 7d, 12h ago, yesterday, 14:32, 2026-11-20 or 2026-11-20T14:32:00Z`,
  );
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Date.parse alone takes nearly any text for a date, and the 30th of February for the 2nd of March. */
function parseIso(text: string): number | undefined {
  const [, date, time = '00:00', zone = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined) return undefined;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (!Number.isFinite(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  const parsed = Date.parse(`${date}T${time}${zone}`);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** `2026-11-20T14:32:00Z`; milliseconds only when there are some. This is how times leave the program. */
export function formatIso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
