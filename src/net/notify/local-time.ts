// Clock times in a named zone, with its daylight saving: quiet hours, the next morning, and times as people read them.

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** `UTC` or an IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    // RangeError is how Intl says that it does not know the name.
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  formatters.set(timeZone, made);
  return made;
}

interface LocalTime {
  readonly date: string;
  readonly minuteOfDay: number;
  readonly text: string;
  readonly zone: string;
}

function localTime(atMs: number, timeZone: string): LocalTime {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(atMs)
      .map((part) => [part.type, part.value]),
  );
  const [hour, minute] = [parts.get('hour') ?? '', parts.get('minute') ?? ''];
  return {
    date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    minuteOfDay: Number(hour) * 60 + Number(minute),
    text: `${hour}:${minute}`,
    zone: parts.get('timeZoneName') ?? timeZone,
  };
}

/** `02:14 UTC`, with the date before it when it is not the day of `nowMs`. */
export function formatLocal(
  atMs: number,
  { nowMs, timeZone }: { readonly nowMs: number; readonly timeZone: string },
): string {
  const at = localTime(atMs, timeZone);
  const day = at.date === localTime(nowMs, timeZone).date ? '' : `${at.date} `;
  return `${day}${at.text} ${at.zone}`;
}

/** The next moment after `nowMs` at which the zone's clocks show that minute of the day. */
export function nextLocalMinute(nowMs: number, minuteOfDay: number, timeZone: string): number {
  const wrap = (minutes: number) => ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const startMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const ahead = wrap(minuteOfDay - localTime(nowMs, timeZone).minuteOfDay) || DAY_MINUTES;
  const guessMs = startMs + ahead * MINUTE_MS;
  // Clocks changed in between: the guess is off by the change.
  const off =
    wrap(localTime(guessMs, timeZone).minuteOfDay - minuteOfDay + DAY_MINUTES / 2) - DAY_MINUTES / 2;
  const mendedMs = guessMs - off * MINUTE_MS;
  return mendedMs > nowMs ? mendedMs : guessMs;
}

export interface QuietHours {
  /** Minutes after midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly timeZone: string;
}

/** The end of the quiet hours that `nowMs` lies in; undefined outside them. They may pass midnight. */
export function quietUntilMs(
  nowMs: number,
  { fromMinute, toMinute, timeZone }: QuietHours,
): number | undefined {
  const { minuteOfDay } = localTime(nowMs, timeZone);
  const isQuiet =
    fromMinute < toMinute
      ? minuteOfDay >= fromMinute && minuteOfDay < toMinute
      : minuteOfDay >= fromMinute || minuteOfDay < toMinute;
  return isQuiet ? nextLocalMinute(nowMs, toMinute, timeZone) : undefined;
}
