// How long a listing runs: until a day, or rolling, always so long from today.
import { DAY_MS } from '../../base/std/index.ts';
import { ApiError } from '../api/api-error.ts';
import { numberOf } from '../api/read-body.ts';

export type ListingTerm =
  | { readonly kind: 'fixed'; readonly endMs: number }
  /** Moved on every day, so that it always has this long to go. */
  | { readonly kind: 'rolling'; readonly lengthMs: number }
  | { readonly kind: 'open' };

const UNIT_DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 };

/** A listing without an end is shown with this one: a search compares times, and recorded rows all have one. */
const OPEN_MS = 3_650 * DAY_MS;

/** What the body says; undefined when it says nothing. Throws ApiError for a past end, a bad length, or both at once. */
export function termOf(body: Readonly<Record<string, unknown>>, nowMs: number): ListingTerm | undefined {
  const endSec = numberOf(body, 'end_date');
  const duration = body.duration ?? undefined;
  if (endSec !== undefined && duration !== undefined)
    throw refused('end_date and duration exclude each other');
  if (endSec !== undefined) {
    if (endSec * 1_000 <= nowMs) throw refused(`end_date ${endSec} is past`);
    return { kind: 'fixed', endMs: Math.round(endSec * 1_000) };
  }
  return duration === undefined ? undefined : { kind: 'rolling', lengthMs: lengthOf(duration) };
}

function lengthOf(duration: unknown): number {
  const text = typeof duration === 'number' || typeof duration === 'string' ? String(duration).trim() : '';
  const words = /^(\d+(?:\.\d+)?)\s*(day|week|month|year)s?$/i.exec(text);
  const ms = words
    ? Number(words[1]) * (UNIT_DAYS[(words[2] as string).toLowerCase()] as number) * DAY_MS
    : text === ''
      ? Number.NaN
      : Number(text) * 1_000;
  if (!(ms > 0 && ms <= OPEN_MS * 3))
    throw refused(`duration ${JSON.stringify(duration)} is not "n days", "n weeks", "n months" or seconds`);
  return ms;
}

export function endOfTerm(term: ListingTerm, nowMs: number): number {
  switch (term.kind) {
    case 'fixed':
      return term.endMs;
    case 'rolling':
      return nowMs + term.lengthMs;
    case 'open':
      return nowMs + OPEN_MS;
  }
}

function refused(why: string): ApiError {
  return new ApiError(400, 'invalid_args', `error 400/3467: Invalid args: ${why}`);
}
