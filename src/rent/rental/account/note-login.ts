// When somebody was last inside an instance through this program: what tells a machine that is used from one that is
// forgotten.
import type { Store } from '../../../base/store/index.ts';
import type { RentalTables } from '../records/tables.ts';

/** To be called with each login by a person or their job; an earlier one changes nothing, nor does an unknown id. */
export async function noteLogin({
  store,
  account,
  instanceId,
  atMs,
}: {
  readonly store: Store;
  readonly account: string;
  readonly instanceId: number;
  readonly atMs: number;
}): Promise<void> {
  const loginMs = Math.trunc(atMs);
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<RentalTables>()
      .updateTable('account_instances')
      .set({ last_ssh_at: loginMs })
      .where('account', '=', account)
      .where('instance_id', '=', instanceId)
      .where((eb) => eb.or([eb('last_ssh_at', 'is', null), eb('last_ssh_at', '<', loginMs)]))
      .execute();
  });
}
