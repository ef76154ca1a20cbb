// When a recorded row or answer was taken: the column has many names and the time several forms.

/** Names under which recordings keep it, the likelier first. */
export const TIME_COLUMNS = [
  'ts',
  'ts_utc',
  'timestamp',
  'captured_at',
  'fetched_at',
  'scraped_at',
  'polled_at',
  'collected_at',
  'time',
] as const;

/** Seconds after 2001 are below this, milliseconds after 1973 above it. */
const LARGEST_SECONDS = 1e11;

/**
 * Epoch milliseconds of `2026-07-18T09:35:12Z`, `2026-07-18 09:35:12` (UTC where no zone is given),
 * `2026-07-18T09:35:12.5+02:00`, epoch seconds or milliseconds; undefined for anything else.
 */
export function parseRecordedTime(value: unknown): number | undefined {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value <= 0) return undefined;
    return Math.round(value < LARGEST_SECONDS ? value * 1_000 : value);
  }
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return parseRecordedTime(Number(text));
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i.exec(
      text,
    );
  if (!match) return undefined;
  const [, day, time = '00:00:00', zone = 'Z'] = match;
  const offset = /^(Z|UTC)$/i.test(zone) ? 'Z' : zone.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2');
  const parsed = Date.parse(`${day}T${time}${offset}`);
  return Number.isFinite(parsed) ? parsed : undefined;
}

export function timeOf(row: Readonly<Record<string, unknown>>): number | undefined {
  for (const name of TIME_COLUMNS) {
    const time = parseRecordedTime(row[name]);
    if (time !== undefined) return time;
  }
  return undefined;
}
