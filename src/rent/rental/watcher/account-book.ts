// What the watcher keeps: generations, and which instances they held or missed.
import type { Kysely } from 'kysely';
import {
  appendEvents,
  type Store,
  type StoreTables,
  type StoreTransaction,
} from '../../../base/store/index.ts';
import type { Instance, InstanceListing } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import type { RentalTables } from '../records/tables.ts';
import type { Expectation } from './judge-listing.ts';
import { instanceEvent, keepInstances } from './keep-instances.ts';

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
/** The reason of a listing without any row, which is not believed. */
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
