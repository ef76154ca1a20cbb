// Which account a key opens. Rentals are kept by account: the listing of another account's key says nothing of them.
import { createHmac } from 'node:crypto';
import type { Secret } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import { DEFAULT_BASE_URL, type VastClient } from '../../../net/vast/index.ts';
import type { Install } from './label.ts';
import type { RentalTables } from './tables.ts';

export interface Account {
  /** The account's number; of a simulator or a proxy with its address: `1001@127.0.0.1:8080`. */
  readonly account: string;
  readonly userId: number;
  readonly email: string;
}

/** Asks the service once for each key. The store keeps a code of the key that only this install can make. */
export async function accountOf({
  store,
  client,
  install,
  apiKey,
}: {
  readonly store: Store;
  readonly client: Pick<VastClient, 'users' | 'baseUrl'>;
  readonly install: Install;
  readonly apiKey: Secret;
}): Promise<Account> {
  const keyPrint = createHmac('sha256', install.secret.reveal())
    .update(`${client.baseUrl} ${apiKey.reveal()}`)
    .digest('hex')
    .slice(0, 32);
  const tables = store.db.$extendTables<RentalTables>();
  const known = await tables
    .selectFrom('accounts')
    .selectAll()
    .where('key_print', '=', keyPrint)
    .executeTakeFirst();
  if (known) return { account: known.account, userId: known.user_id, email: known.email };
  const user = await client.users.current();
  const isLive = new URL(client.baseUrl).host === new URL(DEFAULT_BASE_URL).host;
  const account = isLive ? String(user.id) : `${user.id}@${new URL(client.baseUrl).host}`;
  const email = user.email ?? '';
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<RentalTables>()
      .insertInto('accounts')
      .values({
        key_print: keyPrint,
        account,
        user_id: user.id,
        email,
        checked_at: Math.trunc(store.clock.now()),
      })
      .onConflict((conflict) => conflict.column('key_print').doNothing())
      .execute();
  });
  return { account, userId: user.id, email };
}
