// Numbers, durations and times as training logs write them.

/** `1.5e-05`, `85,775`, `nan`, `-inf`, `Infinity`; undefined of anything else. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const value = Number(trimmed);
  if (!Number.isNaN(value)) return value;
  if (/^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(trimmed)) return Number(trimmed.replaceAll(',', ''));
  return oddNumber(trimmed.toLowerCase());
}

function oddNumber(lower: string): number | undefined {
  switch (lower) {
    case 'nan':
    case '-nan':
    case '+nan':
      return Number.NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
      return Number.POSITIVE_INFINITY;
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

const CLOCK = /^\s*(?:(\d+)(?:-|\s*days?,\s*))?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/;

/** Seconds of `03:45`, `1:02:03`, `2-01:02:03` and `1 day, 2:03:04`; undefined of anything else, `?` included. */
export function clockSeconds(text: string): number | undefined {
  const plain = plainClockSeconds(text);
  if (plain !== undefined) return plain;
  const match = CLOCK.exec(text);
  if (!match) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** Digits and one or two colons, without a pattern: each state of a bar has two of them. */
function plainClockSeconds(text: string): number | undefined {
  let total = 0;
  let part = 0;
  let colons = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      part = part * 10 + code - 48;
      digits += 1;
    } else if (code === 58 && digits > 0) {
      total = (total + part) * 60;
      part = 0;
      digits = 0;
      colons += 1;
    } else return undefined;
  }
  return digits > 0 && (colons === 1 || colons === 2) ? total + part : undefined;
}

const TIME_AT_START =
  /^[^\d\n]{0,12}(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?/;

/** The time a line begins with, `[2021-05-25 06:30:55,345]` too; without a zone it is taken as UTC. */
export function timeAtStart(line: string): number | undefined {
  // The year's first digit stands near the start of a line that begins with a time: most lines are told by that.
  let at = 0;
  while (at < 12) {
    const code = line.charCodeAt(at);
    if (code === 50 || code === 49) break;
    if (code >= 48 && code <= 57) return undefined;
    at += 1;
  }
  // Four digits of the year and what parts it from the month.
  const separator = line.charCodeAt(at + 4);
  if (at === 12 || (separator !== 45 && separator !== 47)) return undefined;
  const match = TIME_AT_START.exec(line);
  if (!match) return undefined;
  const [, year, month, day, hours, minutes, seconds, fraction = '', zone = 'Z'] = match;
  const zoneAsIso = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const millis = `${fraction}000`.slice(0, 3);
  const timeMs = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${millis}${zoneAsIso}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
