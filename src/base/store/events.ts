// The event table: what happened to what, in one sequence. It feeds SSE (resumable by sequence number), `why`
// and the audit.
import { type Clock, DAY_MS } from '../std/index.ts';
import type { Store } from './store.ts';
import type { StoreDb, StoreTransaction } from './tables.ts';

export interface NewEvent {
  /** What kind of thing: `rental`, `job`, `fleet`, … */
  readonly noun: string;
  readonly id: string;
  /** Where it is now. */
  readonly status: string;
  /** Why; may be empty. */
  readonly reason: string;
  /** Further facts, as JSON; default none. Never a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface StoredEvent {
  /** 1, 2, 3, … in the order of commits, without holes. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly noun: string;
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventFilter {
  readonly noun?: string;
  readonly id?: string;
}

const READ_LIMIT = 1_000;
const FOLLOW_POLL_MS = 250;
/** SQLite binds at most 32,766 values in a statement. */
const INSERT_ROWS_MAX = 1_000;

/**
 * Writes events in the caller's transaction, with the change that they tell of; returns the last one's number. Other
 * transactions that append wait until this one ends, so let it be the last thing a transaction does.
 */
export async function appendEvents(
  trx: StoreTransaction,
  { events, clock }: { readonly events: readonly NewEvent[]; readonly clock: Clock },
): Promise<number> {
  const { last_seq: last } = await trx
    .updateTable('event_counter')
    .set((column) => ({ last_seq: column('last_seq', '+', events.length) }))
    .where('id', '=', 1)
    .returning('last_seq')
    .executeTakeFirstOrThrow();
  const at = Math.trunc(clock.now());
  const rows = events.map((event, index) => ({
    seq: last - events.length + 1 + index,
    at,
    noun: event.noun,
    id: event.id,
    status: event.status,
    reason: event.reason,
    data: JSON.stringify(event.data ?? {}),
  }));
  for (let from = 0; from < rows.length; from += INSERT_ROWS_MAX) {
    await trx
      .insertInto('events')
      .values(rows.slice(from, from + INSERT_ROWS_MAX))
      .execute();
  }
  return last;
}

/** Events after `afterSeq`, oldest first; at most `limit` (default 1,000). */
export async function readEventsSince(
  db: StoreDb,
  afterSeq: number,
  { noun, id, limit = READ_LIMIT }: EventFilter & { readonly limit?: number } = {},
): Promise<StoredEvent[]> {
  let query = db.selectFrom('events').selectAll().where('seq', '>', afterSeq);
  if (noun !== undefined) query = query.where('noun', '=', noun);
  if (id !== undefined) query = query.where('id', '=', id);
  const rows = await query.orderBy('seq').limit(limit).execute();
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as StoredEvent['data'] }));
}

/** The number of the newest event, 0 when there has been none: where a follower that wants only news begins. */
export async function lastEventSeq(db: StoreDb): Promise<number> {
  const row = await db
    .selectFrom('event_counter')
    .select('last_seq')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  return row.last_seq;
}

/**
 * Every event after `afterSeq`, then each new one within a quarter of a second, whichever process wrote it. Ends
 * quietly when the signal is aborted.
 */
export async function* followEvents(
  { db, clock }: Pick<Store, 'db' | 'clock'>,
  { afterSeq, signal, ...filter }: EventFilter & { readonly afterSeq: number; readonly signal?: AbortSignal },
): AsyncGenerator<StoredEvent, void, undefined> {
  let seen = afterSeq;
  while (!signal?.aborted) {
    const events = await readEventsSince(db, seen, filter);
    for (const event of events) {
      if (signal?.aborted) return;
      yield event;
      seen = event.seq;
    }
    if (events.length > 0) continue;
    try {
      await clock.sleep(FOLLOW_POLL_MS, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }
}

/** Deletes events older than `keepMs` (default 90 days), but of each thing its last; returns how many. */
export async function pruneEvents(
  { db, clock }: Pick<Store, 'db' | 'clock'>,
  { keepMs = 90 * DAY_MS }: { readonly keepMs?: number } = {},
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('events')
    .where('at', '<', Math.trunc(clock.now() - keepMs))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('events as later')
          .select('later.seq')
          .whereRef('later.noun', '=', 'events.noun')
          .whereRef('later.id', '=', 'events.id')
          .whereRef('later.seq', '>', 'events.seq'),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
