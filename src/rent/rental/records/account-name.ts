// Which account a key opens. Rentals are kept by account: the listing of another account's key says nothing of them.
import type { Secret } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import { DEFAULT_BASE_URL, type VastClient } from '../../../net/vast/index.ts';
import { type Account, keyPrintOf, knownAccount } from './known-account.ts';
import type { Install } from './label.ts';
import type { RentalTables } from './tables.ts';

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
  const asked = { store, baseUrl: client.baseUrl, install, apiKey };
  const known = await knownAccount(asked);
  if (known) return known;
  const user = await client.users.current();
  const isLive = new URL(client.baseUrl).host === new URL(DEFAULT_BASE_URL).host;
  const account = isLive ? String(user.id) : `${user.id}@${new URL(client.baseUrl).host}`;
  const email = user.email ?? '';
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<RentalTables>()
      .insertInto('accounts')
      .values({
        key_print: keyPrintOf(asked),
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
