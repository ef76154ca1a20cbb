// The end that a log itself expects, in the forms that frameworks without a format of their own here print it.
import { clockSeconds } from './numbers.ts';

const NAMED =
  /\b(?:eta|time[ _]?(?:left|remaining)|remaining(?:[ _]time)?|est(?:imated)?[ _.]*(?:time )?remaining)["']?\s*[:=]?\s*["']?((?:\d+ ?days?,? ?)?[\d:.]+(?: ?(?:[dhms]|days?|hours?|hrs?|min(?:ute)?s?|sec(?:ond)?s?)\b)*(?: ?[\d.]+ ?(?:[hms]|hours?|hrs?|min(?:ute)?s?|sec(?:ond)?s?)\b)*)/i;
/** Most lines have none: one quick look. */
const HINT = /\beta\b|\bremaining|time[ _]?left/i;
const PARTS = /([\d.]+) ?(d|h|m|s)[a-z]*/gi;
const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds of `eta: 1 day, 2:03:04`, `ETA 1h 02m`, `time left: 95s`; undefined where none is told. A number alone has no unit. */
export function printedEta(line: string): number | undefined {
  if (!HINT.test(line)) return undefined;
  const text = NAMED.exec(line)?.[1]?.trim();
  return text === undefined ? undefined : durationSeconds(text);
}

/** As `printedEta`, of the words behind its name. */
export function durationSeconds(text: string): number | undefined {
  const clock = clockSeconds(text);
  if (clock !== undefined) return clock;
  let total: number | undefined;
  for (const [, amount, unit] of text.matchAll(PARTS)) {
    const seconds = Number(amount) * (UNITS[(unit as string).toLowerCase()] as number);
    if (!Number.isFinite(seconds)) return undefined;
    total = (total ?? 0) + seconds;
  }
  return total;
}
