// Amounts as people read them, and money laid over time: the ledger books in quarters of an hour.
import { assert, type MicroUsd } from '../std/index.ts';
import { windowStart } from './windows.ts';

/**
 * Every time zone's midnight falls on a quarter of an hour, so sums of these are exact for every day and month,
 * and a rental that runs all year makes 35,000 rows and not a million.
 */
export const BUCKET_MS = 15 * 60_000;

/** The row of sums that holds all time: read for every cap without a window, it saves adding up years. */
export const EVER_BUCKET = -1;

export function bucketOf(atMs: number): number {
  return Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
}

/** `$4.20`, `$0.018734`: at least cents and never rounded, since "$4.20 of $4.20" explains no denial. */
export function exactUsd(amount: MicroUsd): string {
  const digits = String(Math.abs(amount)).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${amount < 0 ? '-' : ''}$${digits.slice(0, -6)}.${fraction}`;
}

/** `11.71`: dollars rounded up to a cent, as one types them into a command. */
export function dollarsUp(amount: MicroUsd): string {
  return (Math.ceil(amount / 10_000) / 100).toFixed(2);
}

/** Throws on what is no amount: a broken figure must not pass for a cheap one. */
export function assertAmount(amount: number, what: string): asserts amount is MicroUsd {
  assert(
    Number.isSafeInteger(amount) && amount >= 0,
    `${what} is ${amount}; it has to be a whole number of micro-dollars, 0 or more`,
  );
}

export interface Booking {
  readonly bucket: number;
  readonly amount: MicroUsd;
}

/** After a longer silence the money of the days before goes to the first of these. */
const DAYS_MAX = 400;

/**
 * Lays money that was spent evenly from `fromMs` to `toMs` on the days that it belongs to, each day's at its end:
 * after a night without a controller, yesterday's money is yesterday's. The parts sum to `amount`.
 */
export function spreadOverDays({
  amount,
  fromMs,
  toMs,
  timeZone,
}: {
  readonly amount: MicroUsd;
  readonly fromMs: number;
  readonly toMs: number;
  readonly timeZone: string;
}): Booking[] {
  if (amount === 0) return [];
  if (fromMs >= toMs) return [{ bucket: bucketOf(toMs), amount }];
  const bookings: Booking[] = [];
  let left: number = amount;
  // Times are in [fromMs, toMs): what was spent until midnight is the ended day's.
  for (let endMs = toMs; ; ) {
    const lastMs = endMs - 1;
    const dayStartMs = windowStart({ window: 'day', atMs: lastMs, timeZone });
    const isFirst = dayStartMs <= fromMs || bookings.length === DAYS_MAX - 1;
    const share = Math.floor(amount * ((endMs - dayStartMs) / (toMs - fromMs)));
    const part = isFirst ? left : Math.min(left, share);
    if (part > 0) bookings.push({ bucket: bucketOf(lastMs), amount: part as MicroUsd });
    left -= part;
    if (isFirst) return bookings;
    endMs = dayStartMs;
  }
}
