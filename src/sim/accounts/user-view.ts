// An account as the service shows it to its owner, with its money, and without its keys.
import type { Billing } from '../billing/billing.ts';
import type { Account } from './account.ts';

export const BILL_ADDRESS_FIELDS = [
  'billaddress_name',
  'billaddress_line1',
  'billaddress_line2',
  'billaddress_addr1',
  'billaddress_addr2',
  'billaddress_city',
  'billaddress_zip',
  'billaddress_country',
  'billaddress_taxinfo',
] as const;

export function userView(
  account: Account,
  billing: Billing,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const { settings, card } = account;
  const isHost = account.role === 'host';
  return {
    id: account.id,
    key_id: account.keys.find(({ isRevoked }) => !isRevoked)?.id,
    username: account.username,
    fullname: settings.fullname,
    email: account.email,
    email_verified: true,
    user: account.username,
    sid: String(account.id),
    ssh_key: account.sshKeys[0]?.publicKey ?? null,
    balance: billing.balanceUsd(account, nowMs),
    credit: billing.creditUsd(account, nowMs),
    total_spend: -billing.spentUsd(account, nowMs),
    balance_threshold: settings.balanceThresholdUsd,
    balance_threshold_enabled: settings.isBalanceThresholdOn,
    autobill_threshold: settings.autobillThresholdUsd,
    autobill_amount: settings.autobillAmountUsd,
    billing_creditonly: true,
    can_pay: true,
    has_billing: true,
    has_payout: isHost,
    host_only: isHost,
    got_signup_credit: false,
    password_resettable: true,
    paypal_email: null,
    phone_number: settings.phoneNumber,
    last4: card?.last4 ?? null,
    rights: 'owner',
    created_at: account.createdMs / 1_000,
    ...Object.fromEntries(BILL_ADDRESS_FIELDS.map((name) => [name, settings.billAddress.get(name) ?? null])),
  };
}
