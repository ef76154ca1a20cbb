// Routes of the account itself.
import { jsonReply } from '../api/replies.ts';
import type { Route } from '../api/route.ts';
import type { Account } from './account.ts';

export function accountRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v0/users/current',
      scope: 'user_read',
      summary: 'The account that the key belongs to, with its credit.',
      handle: ({ caller }) => jsonReply(currentUser(caller.account)),
    },
  ];
}

/** The fields that clients read, without the key itself. */
function currentUser(account: Account): Readonly<Record<string, unknown>> {
  return {
    id: account.id,
    key_id: account.keys[0]?.id,
    username: account.username,
    fullname: null,
    email: account.email,
    email_verified: true,
    user: account.username,
    sid: String(account.id),
    ssh_key: account.sshKeys[0]?.publicKey ?? null,
    balance: 0,
    credit: 100,
    balance_threshold: 0,
    balance_threshold_enabled: false,
    billing_creditonly: true,
    can_pay: true,
    has_billing: true,
    has_payout: false,
    got_signup_credit: false,
    password_resettable: true,
    paypal_email: null,
    last4: null,
    rights: 'owner',
  };
}
