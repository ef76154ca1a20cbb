// Figures as short as a column is narrow; what is not known is a dash, never a nought.

export const UNKNOWN = '-';

/** `$0.412`, `$12.30`, `$4.1k`: at most seven cells. */
export function money(dollars: number | null): string {
  if (dollars === null || !Number.isFinite(dollars)) return UNKNOWN;
  const size = Math.abs(dollars);
  const sign = dollars < 0 ? '-' : '';
  if (size >= 1e6) return `${sign}$${(size / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${sign}$${(size / 1e3).toFixed(1)}k`;
  if (size >= 1000) return `${sign}$${size.toFixed(0)}`;
  const places = size >= 1 || size === 0 ? 2 : 3;
  return `${sign}$${size.toFixed(places)}`;
}

export function percent(value: number | null): string {
  return value === null || !Number.isFinite(value) ? UNKNOWN : `${Math.round(value)}%`;
}

/** `2.314`, `0.0512`, `1.2e-5`, `1,204`, `NaN`: at most seven cells. */
export function quantity(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Inf' : '-Inf';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-3 || size >= 1e9) return value.toExponential(1).replace('e+', 'e');
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  if (size >= 1000) return value.toFixed(0);
  if (Number.isInteger(value)) return String(value);
  return size >= 100
    ? value.toFixed(1)
    : size >= 10
      ? value.toFixed(2)
      : size >= 1
        ? value.toFixed(3)
        : value.toFixed(4);
}

/** `45s`, `12m`, `3h12m`, `2d4h`: at most six cells. */
export function timeSpan(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNKNOWN;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${String(minutes % 60).padStart(2, '0')}m`;
  const days = Math.floor(hours / 24);
  return days < 100 ? `${days}d${hours % 24}h` : `${days}d`;
}

/** `12:03:41` in the zone that the screen names. */
export function clockTime(atMs: number, zone: string): string {
  return timeFormat(zone).format(atMs);
}

/** `Tue 24 Nov, 14:20` in the zone. */
export function dayTime(atMs: number, zone: string): string {
  return dayFormat(zone).format(atMs);
}

const A_WEEK_MS = 7 * 86_400_000;

/** `Tue 14:20` within a week, else `24 Nov`: an hour in half a year is no news. */
export function soonTime(atMs: number, nowMs: number, zone: string): string {
  const [day = '', rest = ''] = dayTime(atMs, zone).split(/,? (.*)/);
  const [date = '', time = ''] = rest.split(', ');
  return Math.abs(atMs - nowMs) < A_WEEK_MS ? `${day} ${time}` : date;
}

const timeFormats = new Map<string, Intl.DateTimeFormat>();
const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than drawing a screen. There are as many as zones are named: one. */
function timeFormat(zone: string): Intl.DateTimeFormat {
  let format = timeFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium', hourCycle: 'h23' });
    timeFormats.set(zone, format);
  }
  return format;
}

function dayFormat(zone: string): Intl.DateTimeFormat {
  let format = dayFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    dayFormats.set(zone, format);
  }
  return format;
}

/** `1x RTX 4090`; short: `1x4090`. */
export function gpuText(
  name: string | null,
  count: number | null,
  form: 'whole' | 'short' = 'whole',
): string {
  if (name === null) return UNKNOWN;
  const known = count === null ? '?' : String(count);
  return form === 'whole'
    ? `${known}x ${name}`
    : `${known}x ${name.replace(/^(RTX|GTX|Tesla|Quadro)[ _]/, '')}`;
}

/** `1 run`, `2 runs`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
