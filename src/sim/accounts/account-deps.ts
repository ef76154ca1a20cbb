// What routes of accounts that have to do with money stand on.
import type { Billing } from '../billing/billing.ts';
import type { Service } from '../service.ts';

export interface AccountDeps {
  readonly service: Service;
  readonly billing: Billing;
}
