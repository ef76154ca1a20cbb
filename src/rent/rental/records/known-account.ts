// Which account a key opens, as far as the store knows: for commands that ask nobody and load nothing that could.
import { createHmac } from 'node:crypto';
import type { Secret } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { Install } from './label.ts';
import type { RentalTables } from './tables.ts';

export interface Account {
  /** The account's number; of a simulator or a proxy with its address: `1001@127.0.0.1:8080`. */
  readonly account: string;
  readonly userId: number;
  readonly email: string;
}

interface KeyAt {
  readonly baseUrl: string;
  readonly install: Install;
  readonly apiKey: Secret;
}

/** Undefined for a key that was never used at this address. */
export async function knownAccount({
  store,
  ...key
}: KeyAt & { readonly store: Store }): Promise<Account | undefined> {
  const known = await store.db
    .$extendTables<RentalTables>()
    .selectFrom('accounts')
    .selectAll()
    .where('key_print', '=', keyPrintOf(key))
    .executeTakeFirst();
  return known && { account: known.account, userId: known.user_id, email: known.email };
}

/** A code of the key that only this install can make. */
export function keyPrintOf({ baseUrl, install, apiKey }: KeyAt): string {
  return createHmac('sha256', install.secret.reveal())
    .update(`${new URL(baseUrl).href} ${apiKey.reveal()}`)
    .digest('hex')
    .slice(0, 32);
}
