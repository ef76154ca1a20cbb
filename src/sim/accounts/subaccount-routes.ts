// Accounts that another account opened, and credit that moves between accounts.
import { ApiError } from '../api/api-error.ts';
import { booleanOf, numberOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Account } from './account.ts';
import type { AccountDeps } from './account-deps.ts';
import { userView } from './user-view.ts';

export function subaccountRoutes({ service, billing }: AccountDeps): readonly Route[] {
  const { accounts, truthLog } = service;
  const rowOf = (account: Account, nowMs: number) => ({
    ...userView(account, billing, nowMs),
    api_key: account.keys.find(({ isRevoked }) => !isRevoked)?.key ?? null,
  });
  return [
    {
      method: 'POST',
      path: '/api/v0/users',
      scope: 'user_write',
      intervalSec: 3,
      summary:
        'Opens a subaccount with `email`, `username`, `password` and `host_only`; it starts without credit.',
      handle: ({ caller, body, nowMs }: Call) => {
        const [email, username] = [textOf(body, 'email')?.trim(), textOf(body, 'username')?.trim()];
        if (!email?.includes('@')) throw new ApiError(400, 'missing_input', 'An email address is required.');
        if (!username) throw new ApiError(400, 'missing_input', 'A username is required.');
        if (!textOf(body, 'password')) throw new ApiError(400, 'missing_input', 'A password is required.');
        if (accounts.byEmail(email)) {
          throw new ApiError(400, 'invalid_args', `The email address ${email} is taken.`);
        }
        if (accounts.all().some((each) => each.username === username)) {
          throw new ApiError(400, 'invalid_args', `The username ${username} is taken.`);
        }
        const role = booleanOf(body, 'host_only') ? 'host' : 'renter';
        const account = accounts.add({ role, email, username, parentId: caller.account.id }, nowMs);
        truthLog.note(nowMs, 'account', account.id, 'opened', { parent_id: caller.account.id, role });
        return jsonReply({ success: true, ...rowOf(account, nowMs) });
      },
    },
    {
      method: 'GET',
      path: '/api/v0/subaccounts',
      scope: 'user_read',
      intervalSec: 2.1,
      summary: 'Subaccounts of the account, with their keys.',
      handle: ({ caller, nowMs }: Call) => {
        const own = accounts.all().filter(({ parentId }) => parentId === caller.account.id);
        return jsonReply({ users: own.map((account) => rowOf(account, nowMs)) });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/commands/transfer_credit',
      scope: 'billing_write',
      intervalSec: 2.5,
      summary: 'Moves `amount` dollars of credit to the account that `recipient` names by email or id.',
      handle: ({ caller, body, nowMs }: Call) => {
        const sender = caller.account;
        const from = textOf(body, 'sender') ?? 'me';
        if (from !== 'me' && from !== String(sender.id) && from !== sender.email) {
          throw new ApiError(403, 'not_authorized', `This key may not send the credit of ${from}.`);
        }
        const amount = numberOf(body, 'amount');
        if (amount === undefined || amount <= 0) {
          throw new ApiError(400, 'invalid_args', 'The amount must be a number of dollars above 0.');
        }
        const named = textOf(body, 'recipient') ?? '';
        const recipient = accounts.byEmail(named) ?? accounts.byId(Number(named));
        if (!recipient || recipient === sender) {
          throw new ApiError(400, 'invalid_recipient', `There is no account ${named} to send credit to.`);
        }
        const creditUsd = billing.creditUsd(sender, nowMs);
        if (creditUsd < amount) {
          throw new ApiError(
            400,
            'insufficient_balance',
            `The account has ${creditUsd.toFixed(2)} dollars of credit, not ${amount}.`,
          );
        }
        billing.pay(sender, -amount, 'transfer', nowMs, `Credit transferred to ${recipient.email}`);
        billing.pay(recipient, amount, 'transfer', nowMs, `Credit transferred from ${sender.email}`);
        return jsonReply({ success: true });
      },
    },
  ];
}
