// The account itself: what it is, its settings, where it was used from.
import { ApiError } from '../api/api-error.ts';
import { booleanOf, numberOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Account } from './account.ts';
import type { AccountDeps } from './account-deps.ts';
import { BILL_ADDRESS_FIELDS, userView } from './user-view.ts';

const CURRENT = '/api/v0/users/current';
const MOST_USD = 1_000_000;

export function userRoutes({ service, billing }: AccountDeps): readonly Route[] {
  const change = (call: Call): Response => {
    const { account } = call.caller;
    const changed = applySettings(account, call.body);
    service.truthLog.note(call.nowMs, 'account', account.id, 'settings_changed', changed);
    billing.reviewCard(account, call.nowMs);
    return jsonReply({ success: true, ...userView(account, billing, call.nowMs) });
  };
  return [
    {
      method: 'GET',
      path: CURRENT,
      scope: 'user_read',
      summary: 'The account that the key belongs to, with its credit.',
      handle: ({ caller, nowMs }: Call) => jsonReply(userView(caller.account, billing, nowMs)),
    },
    {
      method: 'PUT',
      path: '/api/v0/users',
      scope: 'user_write',
      intervalSec: 5,
      summary: 'Changes settings: thresholds of the warning and of the card, name, phone, billing address.',
      handle: change,
    },
    {
      method: 'PUT',
      path: CURRENT,
      // As the service has it: reading the account is enough to change it here.
      scope: 'user_read',
      intervalSec: 5,
      summary: 'The same under another address.',
      handle: change,
    },
    {
      method: 'GET',
      path: '/api/v0/users/:id/ipaddrs',
      scope: 'user_read',
      intervalSec: 2.9,
      summary: 'Addresses that the account was used from; here always the loopback address.',
      handle: ({ caller, params, nowMs }: Call) => {
        requireSelf(caller.account, params.id);
        return jsonReply({ results: addressesOf(caller.account, nowMs) });
      },
    },
  ];
}

/** Throws ApiError 403 for another account's id; `me` is one's own. */
export function requireSelf(account: Account, id: string | undefined): void {
  if (id === 'me' || id === String(account.id)) return;
  throw new ApiError(403, 'not_authorized', `This key belongs to user ${account.id}, not to ${id}.`);
}

/** Reads everything before it changes anything; returns what was given. Fields that it does not know are let be. */
function applySettings(account: Account, body: Call['body']): Readonly<Record<string, unknown>> {
  const { settings } = account;
  const threshold = sumOf(body, 'balance_threshold');
  const isOn = booleanOf(body, 'balance_threshold_enabled');
  const autobill = moneyOf(body, 'autobill_threshold');
  const amount = moneyOf(body, 'autobill_amount');
  if (amount === 0) throw new ApiError(400, 'invalid_args', 'autobill_amount must be more than 0 dollars');
  const [fullname, phone] = [textOf(body, 'fullname'), textOf(body, 'phone_number')];
  const address = BILL_ADDRESS_FIELDS.filter((name) => name in body).map(
    (name) => [name, textOf(body, name) ?? null] as const,
  );
  if (threshold !== undefined) settings.balanceThresholdUsd = threshold;
  if (isOn !== undefined) settings.isBalanceThresholdOn = isOn;
  if (autobill !== undefined) settings.autobillThresholdUsd = autobill;
  if (amount !== undefined) settings.autobillAmountUsd = amount;
  if (fullname !== undefined) settings.fullname = fullname;
  if (phone !== undefined) settings.phoneNumber = phone;
  for (const [name, value] of address) settings.billAddress.set(name, value);
  const given = { threshold, is_on: isOn, autobill, amount, fullname, phone, ...Object.fromEntries(address) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Null switches it off; undefined leaves it. */
function moneyOf(body: Call['body'], name: string): number | null | undefined {
  if (body[name] === null) return null;
  const usd = sumOf(body, name);
  if (usd === undefined || usd >= 0) return usd;
  throw new ApiError(400, 'invalid_args', `${name} is ${usd}; it cannot be below 0`);
}

function sumOf(body: Call['body'], name: string): number | undefined {
  const usd = numberOf(body, name);
  if (usd === undefined || Math.abs(usd) <= MOST_USD) return usd;
  throw new ApiError(400, 'invalid_args', `${name} is ${usd} dollars; the most is ${MOST_USD}`);
}

function addressesOf({ createdMs }: Account, nowMs: number): readonly Readonly<Record<string, unknown>>[] {
  const ip = '127.0.0.1';
  return [{ ip, address: ip, first_seen: createdMs / 1_000, last_seen: nowMs / 1_000, first_location: null }];
}
