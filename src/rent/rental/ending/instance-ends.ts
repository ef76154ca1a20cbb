// The rows of instances that are to be gone: opened by the decision, written after each try, closed by the proof.
import type { MicroUsd } from '../../../base/std/index.ts';
import type { StoreTransaction } from '../../../base/store/index.ts';
import type { EndingContext } from './context.ts';
import type { EndingTables, InstanceEndRow } from './tables.ts';

export interface EndRequest {
  readonly instanceId: number;
  readonly rentalId: string | undefined;
  readonly why: string;
  readonly ratePerHour: MicroUsd;
}

type Place = Pick<EndingContext, 'store' | 'account'>;

/** The open row of the instance; one that had been gone is opened anew, with its tries counted from none. */
export function openEnd({ store, account }: Place, request: EndRequest): Promise<InstanceEndRow> {
  return store.transaction(async (trx) => {
    const tables = trx.$extendTables<EndingTables>();
    const known = await tables
      .selectFrom('instance_ends')
      .selectAll()
      .where('account', '=', account)
      .where('instance_id', '=', request.instanceId)
      .executeTakeFirst();
    if (known && known.gone_at === null) return known;
    const nowMs = Math.trunc(store.clock.now());
    const row: InstanceEndRow = {
      account,
      instance_id: request.instanceId,
      rental_id: request.rentalId ?? null,
      why: request.why,
      rate_per_hour: request.ratePerHour,
      asked_at: nowMs,
      attempts: 0,
      accepted_at: null,
      next_at: nowMs,
      last_error: '',
      refusal: '',
      gone_at: null,
      bill_at: null,
      is_settled: known?.is_settled ?? 0,
      resurrections: known ? known.resurrections + 1 : 0,
    };
    if (known) await writeEnd(trx, row);
    else await tables.insertInto('instance_ends').values(row).execute();
    return row;
  });
}

export async function writeEnd(trx: StoreTransaction, row: InstanceEndRow): Promise<void> {
  await trx
    .$extendTables<EndingTables>()
    .updateTable('instance_ends')
    .set(row)
    .where('account', '=', row.account)
    .where('instance_id', '=', row.instance_id)
    .execute();
}

/** Those that are not seen gone, oldest first. */
export async function openEnds({ store, account }: Place): Promise<readonly InstanceEndRow[]> {
  return await store.db
    .$extendTables<EndingTables>()
    .selectFrom('instance_ends')
    .selectAll()
    .where('account', '=', account)
    .where('gone_at', 'is', null)
    .orderBy('asked_at')
    .orderBy('instance_id')
    .execute();
}

/** Those whose bill is to be asked for by now. */
export async function dueBills({ store, account }: Place, nowMs: number): Promise<readonly InstanceEndRow[]> {
  return await store.db
    .$extendTables<EndingTables>()
    .selectFrom('instance_ends')
    .selectAll()
    .where('account', '=', account)
    .where('gone_at', 'is not', null)
    .where('bill_at', '<=', Math.trunc(nowMs))
    .orderBy('bill_at')
    .execute();
}
