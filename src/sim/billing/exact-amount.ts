// Money that adds up: rates as whole picodollars an hour, time as whole milliseconds, amounts as their product. Sums
// of such amounts are the same however a stretch of time is cut.

/** Picodollars an hour, times milliseconds: 3.6e18 of them are a dollar. */
export type Amount = bigint & { readonly __unit: 'picodollar-ms-per-hour' };
/** Picodollars an hour. */
export type Rate = bigint & { readonly __unit: 'picodollar-per-hour' };

const PICO = 1e12;
const MS_PER_HOUR = 3_600_000;
const MS_PER_HOUR_EXACT = 3_600_000n;
/** A price beyond this is a mistake, and would lose digits. */
const LARGEST_USD = 1e9;

export const NOTHING = 0n as Amount;
export const NO_RATE = 0n as Rate;

/** Throws RangeError for what is no price: a number, and not below zero. */
export function rateOf(usdPerHour: number): Rate {
  if (usdPerHour < 0) throw new RangeError(`A price of ${usdPerHour} dollars an hour would pay its renter`);
  return BigInt(pico(usdPerHour)) as Rate;
}

/** Throws RangeError for what is no amount of money. */
export function amountOf(usd: number): Amount {
  return (BigInt(pico(usd)) * MS_PER_HOUR_EXACT) as Amount;
}

export function overTime(rate: Rate, ms: number): Amount {
  return (rate * BigInt(ms)) as Amount;
}

export function plus<T extends Amount | Rate>(a: T, b: T): T {
  return ((a as bigint) + (b as bigint)) as T;
}

export function minus<T extends Amount | Rate>(a: T, b: T): T {
  return ((a as bigint) - (b as bigint)) as T;
}

/** The part of it that is `share`, cut off to whole units; `share` counts to a millionth. */
export function shareOf(amount: Amount, share: number): Amount {
  return ((amount * BigInt(Math.round(share * 1e6))) / 1_000_000n) as Amount;
}

export function usdOf(amount: Amount): number {
  return Number(amount) / (PICO * MS_PER_HOUR);
}

/** After how many milliseconds so much is used up at this rate, rounded up; undefined when it never is. */
export function msUntilSpent(amount: Amount, rate: Rate): number | undefined {
  if (amount <= 0n) return 0;
  if (rate <= 0n) return undefined;
  return Number((amount + rate - 1n) / rate);
}

function pico(usd: number): number {
  if (!Number.isFinite(usd) || Math.abs(usd) > LARGEST_USD) {
    throw new RangeError(`${usd} dollars cannot be counted; an amount or price is a number below a billion`);
  }
  return Math.round(usd * PICO);
}
