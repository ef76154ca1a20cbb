// Money paid ahead for a reserved instance: the discount that it buys, how running hours take it up, and what is paid
// back of it.
import type { Agenda } from '../agenda.ts';
import type { Deposit } from './instance.ts';

const HOUR_MS = 3_600_000;
const HOURS_A_MONTH = 720;
/** The one published point: 0.546 months bring 3.5 %. We draw a line through it, up to the host's most. */
const RATE_PER_MONTH = 0.035 / 0.546;
/** Of the discount that was received, on top of it, when a reservation ends early. */
const EARLY_END_FEE = 0.05;

/** Months that an amount pays for, and the discount for them. */
export function prepayTerms(
  amountUsd: number,
  pricePerHour: number,
  mostDiscount: number,
): { readonly months: number; readonly discountRate: number } {
  const months = amountUsd / (pricePerHour * HOURS_A_MONTH);
  return { months, discountRate: Math.min(mostDiscount, months * RATE_PER_MONTH) };
}

/** Takes what was used since the last time, and goes on at this price; `onEmpty` when nothing is left. */
export function drain(
  agenda: Agenda,
  deposit: Deposit,
  listPricePerHour: number,
  atMs: number,
  onEmpty: (atMs: number) => void,
): void {
  settle(deposit, atMs);
  deposit.empty?.cancel();
  deposit.empty = undefined;
  deposit.usdPerHour = listPricePerHour * (1 - deposit.discountRate);
  if (deposit.usdPerHour <= 0) return;
  deposit.empty = agenda.plan(Math.ceil(atMs + (deposit.leftUsd / deposit.usdPerHour) * HOUR_MS), onEmpty);
}

/** Brings its figures up to this time. */
export function settle(deposit: Deposit, atMs: number): void {
  const usedUsd = Math.min(
    deposit.leftUsd,
    (deposit.usdPerHour * Math.max(0, atMs - deposit.countedMs)) / HOUR_MS,
  );
  deposit.leftUsd -= usedUsd;
  deposit.savedUsd += (usedUsd * deposit.discountRate) / (1 - deposit.discountRate);
  deposit.countedMs = Math.max(deposit.countedMs, atMs);
}

/**
 * What is paid back at an early end: what is left, less the discount received and a fee of 5 % on it; all of it when
 * the machine lost its verification. The published example: list price $720 a month, $576 paid, ended on day 15: $212.
 */
export function refundOf(deposit: Deposit, isDeverified: boolean): number {
  if (isDeverified) return deposit.leftUsd;
  return Math.max(0, deposit.leftUsd - deposit.savedUsd * (1 + EARLY_END_FEE));
}
