// Whether credit and budget cover what has to be set aside.
import { formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import type { Check } from './check.ts';

export interface Cover {
  /** The most that the first machine can cost until it is surely gone. */
  readonly reservation: MicroUsd;
}

/** `credit` undefined where the account was not asked, or did not say. */
export function checkCredit({
  reservation,
  credit,
}: Cover & { readonly credit: MicroUsd | undefined }): Check {
  const needed = formatUsd(usd(reservation));
  if (credit === undefined) {
    return {
      name: 'credit',
      verdict: 'unknown',
      sentence: `the credit is not known; ${needed} have to be set aside`,
    };
  }
  const has = formatUsd(usd(credit));
  if (credit < reservation) {
    const sentence = `the credit of ${has} does not cover the ${needed} to be set aside: instances are stopped when it is used up; add ${formatUsd(usd((reservation - credit) as MicroUsd))}, or ask for less`;
    return { name: 'credit', verdict: 'fault', sentence };
  }
  return {
    name: 'credit',
    verdict: 'ok',
    sentence: `the credit of ${has} covers the ${needed} to be set aside`,
  };
}

/** `spent`: by earlier attempts and by the others of the group. */
export function checkBudget({
  reservation,
  budget,
  spent,
}: Cover & { readonly budget: MicroUsd | undefined; readonly spent: MicroUsd }): Check {
  const needed = formatUsd(usd(reservation));
  if (budget === undefined) {
    const sentence = `there is no budget: ${needed} are set aside for the first machine, and more for each further one; write budget: ${Math.max(1, Math.ceil(usd(reservation)))}`;
    return { name: 'budget', verdict: 'warning', sentence };
  }
  const left = (budget - spent) as MicroUsd;
  const of =
    spent > 0
      ? `${formatUsd(usd(left))} left of the budget of ${formatUsd(usd(budget))}`
      : `the budget of ${formatUsd(usd(budget))}`;
  if (left < reservation) {
    const sentence = `${of} does not cover the ${needed} that have to be set aside; write budget: ${Math.ceil(usd((reservation + spent) as MicroUsd) * 100) / 100}, or a shorter max_duration`;
    return { name: 'budget', verdict: 'fault', sentence };
  }
  return { name: 'budget', verdict: 'ok', sentence: `${of} covers the ${needed} to be set aside` };
}
