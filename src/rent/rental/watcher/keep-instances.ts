// A complete listing becomes rows of the account's instances, and events of what changed since the one before.
import type { NewEvent, StoreTransaction } from '../../../base/store/index.ts';
import type { Instance, InstanceListing } from '../../../net/vast/index.ts';
import type { AccountInstanceRow, RentalTables } from '../records/tables.ts';
import { statusOf } from './instance-status.ts';

/** SQLite binds at most 32,766 values in a statement. */
const ROWS_AT_ONCE = 200;
/** A GPU below this is doing nothing. */
const IDLE_BELOW_PERCENT = 5;

/** What the next row takes over from the last one: not the listed instance, which is long. */
const KEPT = [
  'instance_id',
  'first_seen_at',
  'gone_at',
  'status',
  'status_since',
  'idle_since',
  'last_ssh_at',
] as const satisfies readonly (keyof AccountInstanceRow)[];

/** Writes the rows of a complete listing; the events of what is new, back, or in another status. */
export async function keepInstances(
  trx: StoreTransaction,
  {
    account,
    begun,
    listing,
    atMs,
  }: {
    readonly account: string;
    readonly begun: { readonly generation: number };
    readonly listing: InstanceListing;
    readonly atMs: number;
  },
): Promise<NewEvent[]> {
  const tables = trx.$extendTables<RentalTables>();
  const before = new Map(
    (await tables.selectFrom('account_instances').select(KEPT).where('account', '=', account).execute()).map(
      (row) => [row.instance_id, row],
    ),
  );
  const events: NewEvent[] = [];
  const rows = listing.instances.map((instance) => {
    const old = before.get(instance.id);
    const row = nextRow(instance, old, { account, generation: begun.generation, atMs });
    if (!old) events.push(instanceEvent(instance.id, row.status, 'seen for the first time', instance));
    else if (old.gone_at !== null)
      events.push(instanceEvent(instance.id, row.status, 'back from the dead', instance));
    else if (old.status !== row.status)
      events.push(instanceEvent(instance.id, row.status, `was ${old.status}`, instance));
    return row;
  });
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await tables
      .insertInto('account_instances')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict.columns(['account', 'instance_id']).doUpdateSet((eb) => ({
          listed: eb.ref('excluded.listed'),
          label: eb.ref('excluded.label'),
          last_seen_at: eb.ref('excluded.last_seen_at'),
          last_generation: eb.ref('excluded.last_generation'),
          missed: eb.ref('excluded.missed'),
          gone_at: eb.ref('excluded.gone_at'),
          status: eb.ref('excluded.status'),
          status_since: eb.ref('excluded.status_since'),
          idle_since: eb.ref('excluded.idle_since'),
        })),
      )
      .execute();
  }
  await tables
    .updateTable('account_instances')
    .set((eb) => ({ missed: eb('missed', '+', 1) }))
    .where('account', '=', account)
    .where('gone_at', 'is', null)
    .where('last_generation', '<', begun.generation)
    .execute();
  return events;
}

function nextRow(
  instance: Instance,
  old: Pick<AccountInstanceRow, (typeof KEPT)[number]> | undefined,
  { account, generation, atMs }: { account: string; generation: number; atMs: number },
): AccountInstanceRow {
  const status = statusOf(instance);
  const isIdle =
    status === 'running' && instance.gpuUtilPercent !== null && instance.gpuUtilPercent < IDLE_BELOW_PERCENT;
  return {
    account,
    instance_id: instance.id,
    listed: JSON.stringify(instance),
    label: instance.label ?? '',
    first_seen_at: old?.first_seen_at ?? atMs,
    last_seen_at: atMs,
    last_generation: generation,
    missed: 0,
    gone_at: null,
    status,
    status_since: old?.status === status ? old.status_since : atMs,
    idle_since: isIdle ? (old?.idle_since ?? atMs) : null,
    last_ssh_at: old?.last_ssh_at ?? null,
  };
}

export function instanceEvent(
  instanceId: number,
  status: string,
  reason: string,
  instance?: Instance,
): NewEvent {
  return {
    noun: 'instance',
    id: String(instanceId),
    status,
    reason,
    ...(instance && {
      data: {
        actual: instance.actualStatus,
        intended: instance.intendedStatus,
        message: instance.statusMessage,
        pricePerHour: instance.pricePerHour,
        machineId: instance.machineId,
        label: instance.label,
      },
    }),
  };
}
