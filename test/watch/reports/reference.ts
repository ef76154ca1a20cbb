// What reports must say, computed from raw rows alone: the original's SQL semantics for `carry`, and a walk over
// the polls for `unknown`. Nothing here knows of spans.
import type { RawOffer, RawPoll } from './raw-market.ts';
import { lineOf } from './raw-market.ts';

const MS_PER_HOUR = 3_600_000;

export interface CreditOptions {
  readonly gaps: 'unknown' | 'carry';
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly cadenceMs: number;
}

/** One observation with the hours it is worth, and those after it that nobody watched. */
export interface CreditedRow {
  readonly line: number;
  readonly offer: RawOffer;
  readonly hours: number;
  readonly unseenHours: number;
}

export function creditRows(
  polls: readonly RawPoll[],
  { gaps, sinceMs, untilMs, cadenceMs }: CreditOptions,
): CreditedRow[] {
  const window = polls.filter(({ tsMs }) => tsMs >= sinceMs && tsMs <= untilMs);
  const rows: CreditedRow[] = [];
  for (const line of new Set(window.flatMap(({ offers }) => offers.map(lineOf)))) {
    const sights = window.flatMap((poll, at) => {
      const offer = poll.offers.find((candidate) => lineOf(candidate) === line);
      return offer ? [{ at, tsMs: poll.tsMs, offer }] : [];
    });
    for (const [place, sight] of sights.entries()) {
      const next = sights[place + 1];
      const pollCredit = creditOf(polls, sight.tsMs, untilMs);
      if (gaps === 'carry') {
        const credit = (next?.tsMs ?? Math.min(sight.tsMs + cadenceMs, untilMs)) - sight.tsMs;
        rows.push({
          line,
          offer: sight.offer,
          hours: credit / MS_PER_HOUR,
          unseenHours: (credit - pollCredit) / MS_PER_HOUR,
        });
      } else {
        rows.push({
          line,
          offer: sight.offer,
          hours: pollCredit / MS_PER_HOUR,
          unseenHours: unseenAfter(polls, sight.tsMs, line, untilMs) / MS_PER_HOUR - pollCredit / MS_PER_HOUR,
        });
      }
    }
  }
  return rows;
}

function creditOf(polls: readonly RawPoll[], tsMs: number, untilMs: number): number {
  const at = polls.findIndex((poll) => poll.tsMs === tsMs);
  const poll = polls[at] as RawPoll;
  const nextMs = polls[at + 1]?.tsMs ?? tsMs + poll.intervalMs;
  return Math.min(nextMs - tsMs, 1.5 * poll.intervalMs, untilMs - tsMs);
}

/** From a sight to the next poll, and on over one poll that missed the line: a second miss in a row ends it. */
function unseenAfter(polls: readonly RawPoll[], tsMs: number, line: number, untilMs: number): number {
  const at = polls.findIndex((poll) => poll.tsMs === tsMs);
  const endOf = (index: number) => {
    const poll = polls[index] as RawPoll;
    return Math.min(polls[index + 1]?.tsMs ?? poll.tsMs + poll.intervalMs, untilMs);
  };
  const next = polls[at + 1];
  const missed =
    next !== undefined && next.tsMs <= untilMs && !next.offers.some((offer) => lineOf(offer) === line);
  return (missed ? endOf(at + 1) : endOf(at)) - tsMs;
}

/** QUANTILE_CONT: linear between the two nearest ranks. */
export function quantileOf(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
