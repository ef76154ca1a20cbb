// What the watcher keeps: generations, the instances they held, and what changed from one to the next.
import type { Kysely } from 'kysely';
import {
  appendEvents,
  type NewEvent,
  type Store,
  type StoreTables,
  type StoreTransaction,
} from '../../../base/store/index.ts';
import type { Instance, InstanceListing } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import type { AccountInstanceRow, RentalTables } from '../records/tables.ts';
import { statusOf } from './instance-status.ts';
import type { Expectation } from './judge-listing.ts';

/** One listing, complete or not. */
export interface Generation {
  readonly generation: number;
  readonly startedAtMs: number;
}

export interface AccountBook {
  begin(): Promise<Generation>;
  /** A complete listing. */
  keep(begun: Generation, listing: InstanceListing): Promise<void>;
  fail(begun: Generation, reason: string, listing?: InstanceListing): Promise<void>;
  expectation(): Promise<Expectation>;
  /** The newest view that was begun at `startedAfterMs` or later and has ended; `held` when it is that one. */
  latestSince(
    startedAfterMs: number,
    held: AccountView<Instance> | undefined,
  ): Promise<AccountView<Instance> | undefined>;
  completeSince(startedAfterMs: number): Promise<readonly Generation[]>;
  seenWithLabel(label: string): Promise<Instance | undefined>;
  missesOf(instanceId: number, sinceMs: number): Promise<number>;
  missingTwice(): Promise<readonly number[]>;
  gone(instanceId: number): Promise<void>;
  foundAgain(instance: Instance): Promise<void>;
}

/** Generations that are kept: enough to see what any question of the last days was decided on. */
const KEPT_GENERATIONS = 2_000;
const MISSES_UNTIL_ASKED = 2;
const ASKED_AT_ONCE = 10;
/** SQLite binds at most 32,766 values in a statement. */
const ROWS_AT_ONCE = 200;
/** A GPU below this is doing nothing. */
const IDLE_BELOW_PERCENT = 5;
/** A listing that began and did not end in this time never will. */
const EMPTY_REASON = 'empty';

export function createAccountBook({
  store,
  account,
}: {
  readonly store: Store;
  readonly account: string;
}): AccountBook {
  const db = store.db.$extendTables<RentalTables>();
  const nowMs = () => Math.trunc(store.clock.now());

  const close = (
    trx: StoreTransaction,
    begun: Generation,
    end: { complete: 0 | 1; found: number; total: number; reason: string },
  ) =>
    trx
      .$extendTables<RentalTables>()
      .updateTable('account_generations')
      .set({ ended_at: nowMs(), ...end })
      .where('account', '=', account)
      .where('generation', '=', begun.generation)
      .execute();

  return {
    begin: () =>
      store.transaction(async (trx) => {
        const tables = trx.$extendTables<RentalTables>();
        const last = await tables
          .selectFrom('account_generations')
          .select((eb) => eb.fn.max('generation').as('generation'))
          .where('account', '=', account)
          .executeTakeFirst();
        const begun = { generation: (last?.generation ?? 0) + 1, startedAtMs: nowMs() };
        await tables
          .insertInto('account_generations')
          .values({
            account,
            generation: begun.generation,
            started_at: begun.startedAtMs,
            ended_at: 0,
            complete: 0,
            found: 0,
            total: 0,
            reason: 'under way',
          })
          .execute();
        await tables
          .deleteFrom('account_generations')
          .where('account', '=', account)
          .where('generation', '<', begun.generation - KEPT_GENERATIONS)
          .execute();
        return begun;
      }),
    fail: (begun, reason, listing) =>
      store.transaction(async (trx) => {
        const isEmpty =
          listing !== undefined && listing.instances.length === 0 && listing.faults.length === 0;
        await close(trx, begun, {
          complete: 0,
          found: listing?.instances.length ?? 0,
          total: listing?.total ?? 0,
          reason: isEmpty ? EMPTY_REASON : reason,
        });
      }),
    keep: (begun, listing) =>
      store.transaction(async (trx) => {
        const events = await keepInstances(trx, { account, begun, listing, atMs: nowMs() });
        await close(trx, begun, {
          complete: 1,
          found: listing.instances.length,
          total: listing.total ?? 0,
          reason: '',
        });
        if (events.length > 0) await appendEvents(trx, { events, clock: store.clock });
      }),
    async expectation() {
      const known = await db
        .selectFrom('account_instances')
        .select('instance_id')
        .where('account', '=', account)
        .where('gone_at', 'is', null)
        .execute();
      const doubts = await db
        .selectFrom('rentals')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('account', '=', account)
        .where('status', '=', 'creating')
        .executeTakeFirstOrThrow();
      return {
        known: known.map((row) => row.instance_id),
        inDoubt: Number(doubts.count),
        emptySinceMs: await emptySince(db, account),
        nowMs: nowMs(),
      };
    },
    async latestSince(startedAfterMs, held) {
      const row = await db
        .selectFrom('account_generations')
        .selectAll()
        .where('account', '=', account)
        .where('started_at', '>=', Math.ceil(startedAfterMs))
        .where('ended_at', '>', 0)
        .orderBy('generation', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!row) return undefined;
      if (held?.generation === row.generation) return held;
      const instances = await db
        .selectFrom('account_instances')
        .select('listed')
        .where('account', '=', account)
        .where('last_generation', '=', row.generation)
        .execute();
      return {
        generation: row.generation,
        startedAtMs: row.started_at,
        complete: row.complete === 1,
        reason: row.reason,
        instances: instances.map(({ listed }) => JSON.parse(listed) as Instance),
      };
    },
    completeSince: async (startedAfterMs) =>
      (
        await db
          .selectFrom('account_generations')
          .select(['generation', 'started_at'])
          .where('account', '=', account)
          .where('complete', '=', 1)
          .where('started_at', '>=', Math.ceil(startedAfterMs))
          .orderBy('generation')
          .execute()
      ).map((row) => ({ generation: row.generation, startedAtMs: row.started_at })),
    async seenWithLabel(label) {
      const row = await db
        .selectFrom('account_instances')
        .select('listed')
        .where('account', '=', account)
        .where('gone_at', 'is', null)
        .where((eb) => eb.or([eb('label', '=', label), eb('label', 'like', `${label} %`)]))
        .executeTakeFirst();
      return row && (JSON.parse(row.listed) as Instance);
    },
    async missesOf(instanceId, sinceMs) {
      const seen = await db
        .selectFrom('account_instances')
        .select('last_generation')
        .where('account', '=', account)
        .where('instance_id', '=', instanceId)
        .executeTakeFirst();
      const misses = await db
        .selectFrom('account_generations')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('account', '=', account)
        .where('complete', '=', 1)
        .where('started_at', '>=', Math.ceil(sinceMs))
        .where('generation', '>', seen?.last_generation ?? 0)
        .executeTakeFirstOrThrow();
      return Number(misses.count);
    },
    missingTwice: async () =>
      (
        await db
          .selectFrom('account_instances')
          .select('instance_id')
          .where('account', '=', account)
          .where('gone_at', 'is', null)
          .where('missed', '>=', MISSES_UNTIL_ASKED)
          .orderBy('instance_id')
          .limit(ASKED_AT_ONCE)
          .execute()
      ).map((row) => row.instance_id),
    gone: (instanceId) =>
      store.transaction(async (trx) => {
        await trx
          .$extendTables<RentalTables>()
          .updateTable('account_instances')
          .set({ gone_at: nowMs(), status: 'gone', status_since: nowMs() })
          .where('account', '=', account)
          .where('instance_id', '=', instanceId)
          .execute();
        await appendEvents(trx, {
          events: [
            instanceEvent(instanceId, 'gone', 'two complete listings without it, and no answer to its id'),
          ],
          clock: store.clock,
        });
      }),
    foundAgain: (instance) =>
      store.transaction(async (trx) => {
        await trx
          .$extendTables<RentalTables>()
          .updateTable('account_instances')
          .set({ missed: 0, last_seen_at: nowMs(), listed: JSON.stringify(instance) })
          .where('account', '=', account)
          .where('instance_id', '=', instance.id)
          .execute();
      }),
  };
}

/** Since when every listing that ended was an empty one that was not believed. */
async function emptySince(
  tables: Kysely<StoreTables & RentalTables>,
  account: string,
): Promise<number | undefined> {
  const other = await tables
    .selectFrom('account_generations')
    .select((eb) => eb.fn.max('generation').as('generation'))
    .where('account', '=', account)
    .where('ended_at', '>', 0)
    .where('reason', '!=', EMPTY_REASON)
    .executeTakeFirst();
  const first = await tables
    .selectFrom('account_generations')
    .select((eb) => eb.fn.min('started_at').as('started_at'))
    .where('account', '=', account)
    .where('reason', '=', EMPTY_REASON)
    .where('generation', '>', other?.generation ?? 0)
    .executeTakeFirst();
  return first?.started_at ?? undefined;
}

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

async function keepInstances(
  trx: StoreTransaction,
  {
    account,
    begun,
    listing,
    atMs,
  }: {
    readonly account: string;
    readonly begun: Generation;
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

function instanceEvent(instanceId: number, status: string, reason: string, instance?: Instance): NewEvent {
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
