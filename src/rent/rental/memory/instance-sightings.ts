// What the listings of the account can still tell of an instance: where it was, and until when it was surely seen.
import type { StoreTransaction } from '../../../base/store/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { RentalTables } from '../records/index.ts';

export interface InstancePlace {
  readonly account: string;
  readonly instanceId: number;
  readonly machineId: number;
  readonly hostId: number | null;
  /** The last listing that held it. */
  readonly lastSeenMs: number;
  readonly lastGeneration: number;
}

export async function placesOf(
  trx: StoreTransaction,
  instanceIds: readonly number[],
): Promise<ReadonlyMap<number, InstancePlace>> {
  if (instanceIds.length === 0) return new Map();
  const rows = await trx
    .$extendTables<RentalTables>()
    .selectFrom('account_instances')
    .select(['account', 'instance_id', 'listed', 'last_seen_at', 'last_generation'])
    .where('instance_id', 'in', instanceIds)
    .execute();
  return new Map(
    rows.map((row) => {
      const { machineId, hostId } = JSON.parse(row.listed) as Pick<Instance, 'machineId' | 'hostId'>;
      const place = {
        account: row.account,
        instanceId: row.instance_id,
        machineId,
        hostId,
        lastSeenMs: row.last_seen_at,
        lastGeneration: row.last_generation,
      };
      return [row.instance_id, place];
    }),
  );
}

/**
 * The last complete listing before the one that showed a change: until then the instance was as it had been. Nobody
 * looked between the two, and a laptop may have been closed for a night. `changedMs` where it is not kept any more.
 */
export async function priorListing(
  trx: StoreTransaction,
  account: string,
  changedMs: number,
): Promise<number> {
  const listings = await trx
    .$extendTables<RentalTables>()
    .selectFrom('account_generations')
    .select('started_at')
    .where('account', '=', account)
    .where('complete', '=', 1)
    .where('started_at', '<=', changedMs)
    .orderBy('generation', 'desc')
    .limit(2)
    .execute();
  return listings[1]?.started_at ?? changedMs;
}

/**
 * Whether an instance of ours was gone before anybody had asked for it: two complete listings did not hold it, and no
 * destroy had been sent. Of one that is not ours nobody knows.
 */
export async function vanishedByItself(
  trx: StoreTransaction,
  { account, instanceId, lastGeneration }: InstancePlace,
): Promise<boolean> {
  const tables = trx.$extendTables<RentalTables>();
  const rental = await tables
    .selectFrom('rentals')
    .select(['destroy_asked_at', 'status'])
    .where('account', '=', account)
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();
  if (!rental) return false;
  if (rental.destroy_asked_at === null) return true;
  const { count } = await tables
    .selectFrom('account_generations')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('complete', '=', 1)
    .where('generation', '>', lastGeneration)
    .where('started_at', '<', rental.destroy_asked_at)
    .executeTakeFirstOrThrow();
  return Number(count) >= 2;
}
