// When an instance was last entered through this program: what `ps` tells, and what makes one look forgotten.
import type { Store } from '../../../base/store/index.ts';
import type { RentalTables } from '../records/index.ts';

/** Of an instance that no listing has held yet nothing is kept. */
export async function noteEntered(
  { store, account }: { readonly store: Store; readonly account: string },
  instanceId: number,
): Promise<void> {
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<RentalTables>()
      .updateTable('account_instances')
      .set({ last_ssh_at: Math.trunc(store.clock.now()) })
      .where('account', '=', account)
      .where('instance_id', '=', instanceId)
      .execute();
  });
}
