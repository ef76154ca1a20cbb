// The service's own scheduled job behind the two stages: where it works, it stops a machine that neither stopped itself
// nor was stopped. It is never relied on, so its failures are only logged.
import { HOUR_MS } from '../../../base/std/index.ts';
import type { Rental } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import type { EndingTables } from './tables.ts';

/** Jobs run at full hours; for a day it is tried each hour. */
const TRIED_FOR_MS = 24 * HOUR_MS;

/** Stop, not destroy: whoever opens the laptop a week later has lost nothing. */
export async function scheduleBackstop(context: EndingContext, rental: Rental): Promise<void> {
  const { client, store, policy, log } = context;
  if (rental.instanceId === undefined) return;
  const startMs = rental.prepaidUntilMs + policy.backstopMarginMs;
  const wish = {
    instanceId: rental.instanceId,
    action: 'stop',
    startMs,
    endMs: startMs + TRIED_FOR_MS,
    frequency: 'HOURLY',
  } as const;
  try {
    const known = await jobOf(context, rental.id);
    if (known?.at === startMs && known.instance_id === rental.instanceId) return;
    const jobs = await client.schedule.list();
    const mine = jobs.find(({ instanceId, action }) => instanceId === rental.instanceId && action === 'stop');
    if (mine) await client.schedule.update(mine.id, wish);
    const jobId = mine?.id ?? (await client.schedule.create(wish));
    if (jobId === undefined) return;
    const row = {
      rental_id: rental.id,
      instance_id: wish.instanceId,
      job_id: jobId,
      at: Math.trunc(startMs),
    };
    await store.transaction(async (trx) => {
      await trx
        .$extendTables<EndingTables>()
        .insertInto('rental_backstops')
        .values(row)
        .onConflict((conflict) => conflict.column('rental_id').doUpdateSet(row))
        .execute();
    });
  } catch (error) {
    log.info('the service takes no scheduled stop; the instance stops itself', { rental: rental.id, error });
  }
}

/** Taken away when the rental is gone. */
export async function removeBackstop(context: EndingContext, rentalId: string): Promise<void> {
  const { client, store, log } = context;
  const known = await jobOf(context, rentalId);
  if (!known) return;
  try {
    await client.schedule.remove(known.job_id);
  } catch (error) {
    log.info('a scheduled job could not be taken away', { rental: rentalId, jobId: known.job_id, error });
  }
  await store.transaction(async (trx) => {
    await trx
      .$extendTables<EndingTables>()
      .deleteFrom('rental_backstops')
      .where('rental_id', '=', rentalId)
      .execute();
  });
}

async function jobOf({ store }: EndingContext, rentalId: string) {
  return await store.db
    .$extendTables<EndingTables>()
    .selectFrom('rental_backstops')
    .selectAll()
    .where('rental_id', '=', rentalId)
    .executeTakeFirst();
}
