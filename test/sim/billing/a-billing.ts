// Billing on its own: accounts, an agenda, and no market behind it.
import type { Account } from '../../../src/sim/accounts/account.ts';
import { createAccounts, type NewAccount } from '../../../src/sim/accounts/accounts.ts';
import { createAgenda } from '../../../src/sim/agenda.ts';
import type { Billing } from '../../../src/sim/billing/billing.ts';
import { createBilling } from '../../../src/sim/billing/create-billing.ts';
import { createTruthLog, type TruthLog } from '../../../src/sim/truth-log.ts';

export interface BillingWorld {
  readonly billing: Billing;
  readonly account: Account;
  readonly truthLog: TruthLog;
  readonly open: (options?: Partial<NewAccount>) => Account;
  /** Runs what is planned until then; the time of everything that is called between must not be earlier. */
  readonly runTo: (atMs: number) => void;
}

/** A Thursday, at midnight. */
export const START = Date.UTC(2026, 0, 1);

export function aBilling({
  credit = 0,
  ...options
}: Partial<NewAccount> & { credit?: number } = {}): BillingWorld {
  const accounts = createAccounts('tests');
  const agenda = createAgenda();
  const truthLog = createTruthLog();
  const billing = createBilling({ accounts, agenda, truthLog, startMs: START, world: undefined });
  const open: BillingWorld['open'] = (more = {}) => accounts.add({ role: 'renter', ...more }, START);
  const account = open(options);
  if (credit !== 0) billing.pay(account, credit, 'deposit', START);
  return {
    billing,
    account,
    truthLog,
    open,
    runTo(atMs) {
      while (agenda.nextAtMs() <= atMs) agenda.runNext();
    },
  };
}
