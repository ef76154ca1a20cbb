// A machine that no rental of ours holds any more may be claimed by the next.
import type { StoreTransaction } from '../../../base/store/index.ts';
import type { RentalTables } from './tables.ts';

export async function freeMachine(trx: StoreTransaction, rentalId: string): Promise<void> {
  await trx
    .$extendTables<RentalTables>()
    .deleteFrom('machine_claims')
    .where('rental_id', '=', rentalId)
    .execute();
}
