// All accounts of the simulated service and the keys that open them.
import { createHash } from 'node:crypto';
import type { Caller } from '../api/route.ts';
import type { Scope } from '../api/scope.ts';
import type { Account, ApiKey, Role } from './account.ts';

export interface NewAccount {
  readonly role: Role;
  readonly email?: string;
  readonly hostId?: number;
  /** The text of its first key; made from the seed when left out. */
  readonly key?: string;
}

export interface NewKey {
  readonly name?: string;
  readonly scopes?: ReadonlySet<Scope>;
  readonly permissions?: unknown;
  readonly instanceId?: number;
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
      instanceId: options.instanceId,
      isRevoked: false,
    };
    account.keys.push(key);
    callers.set(key.key, { account, key });
    return key;
  };

  return {
    addKey,
    add({ role, email, hostId, key }, nowMs) {
      const id = FIRST_ACCOUNT_ID + accounts.size;
      const account: Account = {
        id,
        email: email ?? (accounts.size === 0 ? 'simulated@example.com' : `simulated-${id}@example.com`),
        username: accounts.size === 0 ? 'simulated' : `simulated-${id}`,
        role,
        createdMs: nowMs,
        hostId,
        keys: [],
        sshKeys: [],
        secrets: new Map(),
        audit: [],
        secondFactorUntilMs: undefined,
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
