// All accounts of the simulated service and the keys that open them.
import { createHash } from 'node:crypto';
import type { Caller } from '../api/route.ts';
import type { Scope } from '../api/scope.ts';
import type { Account, ApiKey, Connection, Constraint, Role } from './account.ts';

export interface NewAccount {
  readonly role: Role;
  readonly email?: string;
  readonly username?: string;
  readonly hostId?: number;
  readonly parentId?: number;
  /** The last four digits of a saved card; none when left out. */
  readonly cardLast4?: string;
  /** The code that its second factor asks for; it has none when left out. */
  readonly secondFactorCode?: string;
  readonly connections?: readonly Omit<Connection, 'id'>[];
  /** The text of its first key; made from the seed when left out. */
  readonly key?: string;
}

export interface NewKey {
  readonly name?: string;
  readonly scopes?: ReadonlySet<Scope>;
  readonly permissions?: unknown;
  readonly constraints?: readonly Constraint[];
  readonly instanceId?: number;
  readonly expiresMs?: number;
  readonly key?: string;
}

export interface Accounts {
  /** Opens an account with one key that may do everything. */
  add(options: NewAccount, nowMs: number): Account;
  addKey(account: Account, options: NewKey, nowMs: number): ApiKey;
  /** Undefined for a key that is unknown or revoked. */
  callerOf(key: string): Caller | undefined;
  byId(id: number): Account | undefined;
  byEmail(email: string): Account | undefined;
  all(): readonly Account[];
}

const FIRST_ACCOUNT_ID = 100_001;
const FIRST_KEY_ID = 1;

export function createAccounts(seed: string): Accounts {
  const accounts = new Map<number, Account>();
  const callers = new Map<string, Caller>();
  let nextKeyId = FIRST_KEY_ID;

  const addKey: Accounts['addKey'] = (account, options, nowMs) => {
    const id = nextKeyId;
    nextKeyId += 1;
    const key: ApiKey = {
      id,
      key: options.key ?? madeUpKey(seed, id),
      name: options.name ?? null,
      createdMs: nowMs,
      scopes: options.scopes,
      permissions: options.permissions ?? null,
      constraints: options.constraints ?? [],
      instanceId: options.instanceId,
      expiresMs: options.expiresMs,
      isRevoked: false,
    };
    account.keys.push(key);
    callers.set(key.key, { account, key });
    return key;
  };

  return {
    addKey,
    add({ role, email, username, hostId, parentId, cardLast4, key, ...options }, nowMs) {
      const id = FIRST_ACCOUNT_ID + accounts.size;
      const account: Account = {
        id,
        email: email ?? (accounts.size === 0 ? 'simulated@example.com' : `simulated-${id}@example.com`),
        username: username ?? (accounts.size === 0 ? 'simulated' : `simulated-${id}`),
        role,
        createdMs: nowMs,
        parentId,
        hostId,
        keys: [],
        sshKeys: [],
        secrets: new Map(),
        audit: [],
        settings: {
          fullname: null,
          phoneNumber: null,
          billAddress: new Map(),
          balanceThresholdUsd: 0,
          isBalanceThresholdOn: false,
          autobillThresholdUsd: null,
          autobillAmountUsd: null,
        },
        card: cardLast4 === undefined ? undefined : { last4: cardLast4, isDeclined: false },
        connections: (options.connections ?? []).map((each, index) => ({ id: 1_001 + index, ...each })),
        secondFactor:
          options.secondFactorCode === undefined
            ? undefined
            : { code: options.secondFactorCode, backupCodes: new Set(madeUpBackupCodes(seed, id)) },
      };
      accounts.set(id, account);
      addKey(account, key === undefined ? {} : { key }, nowMs);
      return account;
    },
    callerOf(key) {
      const caller = callers.get(key);
      return caller?.key.isRevoked ? undefined : caller;
    },
    byId: (id) => accounts.get(id),
    byEmail: (email) => [...accounts.values()].find((account) => account.email === email),
    all: () => [...accounts.values()],
  };
}

/** 64 hex digits, the same for the same seed. */
function madeUpKey(seed: string, id: number): string {
  const name = id === FIRST_KEY_ID ? seed : `${seed} ${id}`;
  return createHash('sha256').update(`vastdeck simulated key ${name}`).digest('hex');
}

const BACKUP_CODES = 10;

/** Like `ABCD-EFGH-1234`. */
function madeUpBackupCodes(seed: string, id: number): readonly string[] {
  return Array.from({ length: BACKUP_CODES }, (_, index) => {
    const digest = createHash('sha256').update(`vastdeck backup code ${seed} ${id} ${index}`).digest('hex');
    return (digest.slice(0, 12).toUpperCase().match(/.{4}/g) ?? []).join('-');
  });
}
