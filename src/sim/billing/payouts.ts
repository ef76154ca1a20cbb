// Payouts to hosts: an invoice every Friday over what is owed, when it is worth it, and the money a week later.
import type { Account } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Agenda } from '../agenda.ts';
import { ownerIdOf } from '../hosts/owner-id.ts';
import type { TruthLog } from '../truth-log.ts';
import type { Billing } from './billing.ts';
import { type Amount, amountOf, minus, NOTHING, plus, usdOf } from './exact-amount.ts';

export interface PayoutDeps {
  readonly accounts: Accounts;
  readonly agenda: Agenda;
  readonly truthLog: TruthLog;
  readonly startMs: number;
  readonly earned: (hostId: number, fromMs: number, toMs: number) => Amount;
  readonly pay: Billing['pay'];
}

export interface Payouts {
  /** Earned since the account was opened and not paid yet. */
  balance(account: Account, atMs: number): Amount;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-02 was a Friday. */
const FIRST_FRIDAY_MS = DAY_MS;
/** Less is carried over to the next week. */
const LEAST_PAYOUT_USD = 20;

export function startPayouts({ accounts, agenda, truthLog, startMs, earned, pay }: PayoutDeps): Payouts {
  const paid = new Map<number, Amount>();
  const invoiced = new Map<number, Amount>();
  const owed = (account: Account, already: ReadonlyMap<number, Amount>, atMs: number) =>
    account.role === 'host'
      ? minus(earned(ownerIdOf(account), account.createdMs, atMs), already.get(account.id) ?? NOTHING)
      : NOTHING;

  const onFriday = (atMs: number) => {
    for (const account of accounts.all()) {
      const cents = Math.floor(usdOf(owed(account, invoiced, atMs)) * 100);
      const amountUsd = cents / 100;
      if (amountUsd < LEAST_PAYOUT_USD) continue;
      const amount = amountOf(amountUsd);
      add(invoiced, account.id, amount);
      truthLog.note(atMs, 'account', account.id, 'payout_invoiced', { amount_usd: amountUsd });
      agenda.plan(atMs + WEEK_MS, (paidMs) => {
        add(paid, account.id, amount);
        pay(account, -amountUsd, 'payout', paidMs);
      });
    }
    agenda.plan(atMs + WEEK_MS, onFriday);
  };
  const weeks = Math.ceil((startMs - FIRST_FRIDAY_MS) / WEEK_MS);
  agenda.plan(FIRST_FRIDAY_MS + weeks * WEEK_MS, onFriday);

  return { balance: (account, atMs) => owed(account, paid, atMs) };
}

function add(sums: Map<number, Amount>, id: number, amount: Amount): void {
  sums.set(id, plus(sums.get(id) ?? NOTHING, amount));
}
