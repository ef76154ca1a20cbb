// The account behind the key: what it has, its settings, its subaccounts, and credit that it gives away.
import { Secret } from '../../../base/std/index.ts';
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { isId, msOrNull, numberOrNull, textOrNull } from '../decode-fields.ts';
import { MalformedAnswerError } from '../errors.ts';
import { positive } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';
import type { WireCurrentUser } from '../wire/index.ts';

export interface CurrentUser {
  readonly id: number;
  readonly username: string | null;
  readonly email: string | null;
  /** Prepaid money that can be spent. */
  readonly creditUsd: number | null;
  /** Money on the host's side; 0 for those who only rent. */
  readonly balanceUsd: number | null;
}

/** What is left out stays; null switches a threshold off. */
export interface SettingsUpdate {
  /** Warns by mail when the credit is below it. */
  readonly balanceThresholdUsd?: number;
  readonly isBalanceThresholdOn?: boolean;
  /** Charges the card when the credit is below it. */
  readonly autobillThresholdUsd?: number | null;
  readonly autobillAmountUsd?: number | null;
  readonly fullName?: string;
  readonly phoneNumber?: string;
}

export interface UsedAddress {
  readonly ipAddress: string;
  readonly firstSeenMs: number | null;
  readonly lastSeenMs: number | null;
}

export interface Subaccount {
  readonly id: number;
  readonly username: string | null;
  readonly email: string | null;
  readonly creditUsd: number | null;
  readonly apiKey: Secret | null;
}

export interface SubaccountWish {
  readonly email: string;
  readonly username: string;
  readonly password: Secret;
  /** Default false. */
  readonly isHost?: boolean;
}

export interface UsersResource {
  current(options?: CallOptions): Promise<CurrentUser>;
  updateSettings(update: SettingsUpdate, options?: CallOptions): Promise<void>;
  /** Addresses that the account was used from. */
  ipAddresses(options?: CallOptions): Promise<readonly UsedAddress[]>;
  /** To an account by email or id. Sent once. Throws InsufficientCreditError. */
  transferCredit(recipient: string, amountUsd: number, options?: CallOptions): Promise<void>;
  subaccounts(options?: CallOptions): Promise<readonly Subaccount[]>;
  createSubaccount(wish: SubaccountWish, options?: CallOptions): Promise<{ readonly id: number }>;
}

export function createUsers({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): UsersResource {
  return {
    current: (options) =>
      send(
        {
          method: 'GET',
          route: '/users/current/',
          auth: 'key',
          decode: (json, answer) => {
            const user = json as WireCurrentUser | null;
            if (typeof user?.id !== 'number') {
              throw new MalformedAnswerError(
                `${answer.endpoint} answered without the id of the account; the API may have changed`,
                { ...answer, isTransient: false },
              );
            }
            return {
              id: user.id,
              username: user.username ?? null,
              email: user.email ?? null,
              creditUsd: user.credit ?? null,
              balanceUsd: user.balance ?? null,
            };
          },
        },
        options,
      ),
    updateSettings: (update, options) =>
      write(
        {
          method: 'PUT',
          route: '/users/',
          body: settingsBody(update),
          auth: 'key',
          isIdempotent: true,
          lookUp: 'look at the settings of the account',
          decode: done,
        },
        options,
      ),
    ipAddresses: (options) =>
      send(
        {
          method: 'GET',
          route: '/users/me/ipaddrs/',
          query: { owner: 'me' },
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'results', answer).map((row) => {
              const ipAddress = row.ip ?? row.address;
              if (typeof ipAddress !== 'string') throw malformed('addresses', answer);
              return {
                ipAddress,
                firstSeenMs: msOrNull(row.first_seen),
                lastSeenMs: msOrNull(row.last_seen),
              };
            }),
        },
        options,
      ),
    transferCredit: async (recipient, amountUsd, options) =>
      write(
        {
          method: 'PUT',
          route: '/commands/transfer_credit/',
          body: { sender: 'me', recipient, amount: positive('amountUsd', amountUsd) },
          auth: 'key',
          lookUp: 'look for the transfer among the invoices',
          decode: done,
        },
        options,
      ),
    subaccounts: (options) =>
      send(
        {
          method: 'GET',
          route: '/subaccounts/',
          query: { owner: 'me' },
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'users', answer).map((row) => {
              if (!isId(row.id)) throw malformed('ids of accounts', answer);
              const key = textOrNull(row.api_key);
              return {
                id: row.id,
                username: textOrNull(row.username),
                email: textOrNull(row.email),
                creditUsd: numberOrNull(row.credit),
                apiKey: key === null || key === '' ? null : new Secret(key),
              };
            }),
        },
        options,
      ),
    createSubaccount: ({ email, username, password, isHost = false }, options) =>
      write(
        {
          method: 'POST',
          route: '/users/',
          body: { email, username, password: password.reveal(), host_only: isHost, parent_id: 'me' },
          auth: 'key',
          lookUp: 'list the subaccounts',
          decode: (json, answer) => {
            const { id } = objectOf(json, answer);
            if (!isId(id)) throw malformed('the id of the account', answer);
            return { id };
          },
        },
        options,
      ),
  };
}

function settingsBody(update: SettingsUpdate): Readonly<Record<string, unknown>> {
  const fields = {
    balance_threshold: update.balanceThresholdUsd,
    balance_threshold_enabled: update.isBalanceThresholdOn,
    autobill_threshold: update.autobillThresholdUsd,
    autobill_amount: update.autobillAmountUsd,
    fullname: update.fullName,
    phone_number: update.phoneNumber,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
