// Claims on machines, over processes: two controllers that like the same offer best must not both create on it, for
// Vast.ai takes both and lets all but one fail at the port bind.
import type { Store } from '../../../base/store/index.ts';
import type { RentalTables } from '../records/index.ts';

/** From the choice to the create's answer; a claim that is older belongs to somebody who died. */
const CLAIM_MS = 5 * 60_000;

/** False when another rental holds the machine. */
export async function claimMachine(store: Store, machineId: number, rentalId: string): Promise<boolean> {
  return await store.transaction(async (trx) => {
    const nowMs = Math.trunc(store.clock.now());
    const tables = trx.$extendTables<RentalTables>();
    await tables
      .insertInto('machine_claims')
      .values({ machine_id: machineId, rental_id: rentalId, until: nowMs + CLAIM_MS })
      .onConflict((conflict) =>
        conflict
          .column('machine_id')
          .doUpdateSet({ rental_id: rentalId, until: nowMs + CLAIM_MS })
          .where((eb) =>
            eb.or([
              eb('machine_claims.until', '<', nowMs),
              // A clock that was set back must not keep a dead man's claim for ever.
              eb('machine_claims.until', '>', nowMs + 2 * CLAIM_MS),
              eb('machine_claims.rental_id', '=', rentalId),
            ]),
          ),
      )
      .execute();
    const row = await tables
      .selectFrom('machine_claims')
      .select('rental_id')
      .where('machine_id', '=', machineId)
      .executeTakeFirst();
    return row?.rental_id === rentalId;
  });
}
