// Accounts that a test or a person opens beside the first one.
import type { Billing } from '../billing/billing.ts';
import type { Service } from '../service.ts';
import type { SimAccounts } from '../types.ts';
import type { Account } from './account.ts';

export interface OpenAccountDeps {
  readonly service: Service;
  readonly billing: Billing;
  readonly hostIds: ReadonlySet<number>;
  /** Hands a host account its machines. */
  readonly adopt: (account: Account, atMs: number) => void;
  /** Brings the simulation to the present. */
  readonly step: () => void;
}

export function simAccounts({ service, billing, hostIds, adopt, step }: OpenAccountDeps): SimAccounts {
  const { accounts, truthLog, nowMs } = service;
  return {
    add({ credit = 0, ...options } = {}) {
      step();
      const { email, hostId } = options;
      const role = options.role ?? (hostId === undefined ? 'renter' : 'host');
      if (email !== undefined && accounts.byEmail(email)) {
        throw new RangeError(`An account with the email ${email} exists already`);
      }
      if (hostId !== undefined && !hostIds.has(hostId)) {
        throw new RangeError(`The market has no host ${hostId}; take a host_id of its offers`);
      }
      if (hostId !== undefined && accounts.all().some((each) => each.hostId === hostId)) {
        throw new RangeError(`Another account runs the machines of host ${hostId} already`);
      }
      const account = accounts.add({ ...options, role }, nowMs());
      truthLog.note(nowMs(), 'account', account.id, 'opened', { parent_id: null, role });
      adopt(account, nowMs());
      if (credit !== 0) billing.pay(account, credit, 'deposit', nowMs(), 'Start credit');
      return { id: account.id, apiKey: (account.keys[0] as { readonly key: string }).key };
    },
    deposit(id, amountUsd) {
      step();
      const account = accounts.byId(id);
      if (!account) throw new RangeError(`There is no account ${id}`);
      billing.pay(account, amountUsd, amountUsd < 0 ? 'refund' : 'deposit', nowMs());
    },
  };
}
