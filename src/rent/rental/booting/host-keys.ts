// Host keys of instances, pinned when an instance is first entered. One that changes is never taken.

import type { Store } from '../../../base/store/index.ts';
import { type HostKey, HostKeyChangedError } from '../../../net/ssh/index.ts';
import type { RentalTables } from '../records/index.ts';

export interface HostKeys {
  /** The fingerprint that is pinned; undefined before the first use. */
  pinned(instanceId: number): Promise<string | undefined>;
  /** Keeps the first one. Throws HostKeyChangedError when another one was kept before, by whomever. */
  pin(instanceId: number, target: string, key: HostKey): Promise<void>;
  /**
   * For an instance that we recycled ourselves: its container is made anew, and its host key with it. Nobody else has
   * a reason to call this.
   */
  forget(instanceId: number): Promise<void>;
}

export function createHostKeys({
  store,
  account,
}: {
  readonly store: Store;
  readonly account: string;
}): HostKeys {
  const db = store.db.$extendTables<RentalTables>();
  return {
    async pinned(instanceId) {
      const row = await db
        .selectFrom('host_keys')
        .select('fingerprint')
        .where('account', '=', account)
        .where('instance_id', '=', instanceId)
        .executeTakeFirst();
      return row?.fingerprint;
    },
    pin: (instanceId, target, { fingerprint }) =>
      store.transaction(async (trx) => {
        const table = trx.$extendTables<RentalTables>();
        await table
          .insertInto('host_keys')
          .values({
            account,
            instance_id: instanceId,
            fingerprint,
            pinned_at: Math.trunc(store.clock.now()),
          })
          .onConflict((conflict) => conflict.columns(['account', 'instance_id']).doNothing())
          .execute();
        const kept = await table
          .selectFrom('host_keys')
          .select('fingerprint')
          .where('account', '=', account)
          .where('instance_id', '=', instanceId)
          .executeTakeFirstOrThrow();
        if (kept.fingerprint !== fingerprint) {
          throw new HostKeyChangedError(target, kept.fingerprint, fingerprint);
        }
      }),
    forget: (instanceId) =>
      store.transaction(async (trx) => {
        await trx
          .$extendTables<RentalTables>()
          .deleteFrom('host_keys')
          .where('account', '=', account)
          .where('instance_id', '=', instanceId)
          .execute();
      }),
  };
}
