// The journal of effects as rows. Each write carries the fencing number, so that who lost the key changes nothing.
import type { Clock } from '../std/index.ts';
import { appendEvents, type Store, type StoreDb, type StoreTransaction } from '../store/index.ts';
import type { LedgerTables } from './tables.ts';

export type Claim =
  | { readonly kind: 'done'; readonly result: string }
  | { readonly kind: 'held'; readonly number: number; readonly beat: number }
  | { readonly kind: 'taken'; readonly number: number; readonly isFirst: boolean };

/** A number bigger than that of the holder before; `mayTake` is the state in which it was seen to be dead. */
export async function claimEffect(
  store: StoreTransaction,
  {
    key,
    mayTake,
    store: { clock, dialect },
  }: {
    readonly key: string;
    readonly mayTake: { readonly number: number; readonly beat: number } | undefined;
    readonly store: Pick<Store, 'clock' | 'dialect'>;
  },
): Promise<Claim> {
  const trx = store.$extendTables<LedgerTables>();
  let query = trx.selectFrom('ledger_effects').selectAll().where('key', '=', key);
  if (dialect === 'postgres') query = query.forUpdate();
  const nowMs = Math.trunc(clock.now());
  const fresh: LedgerTables['ledger_effects'] = {
    key,
    is_done: 0,
    result: '',
    number: 0,
    beat: 0,
    is_held: 0,
    begun_at: nowMs,
    ended_at: null,
    last_error: '',
  };
  // Two may insert at once: the second waits for the first and then reads its row.
  const row =
    (await query.executeTakeFirst()) ??
    (await trx
      .insertInto('ledger_effects')
      .values(fresh)
      .onConflict((conflict) => conflict.column('key').doUpdateSet((eb) => ({ key: eb.ref('excluded.key') })))
      .returningAll()
      .executeTakeFirstOrThrow());
  if (row.is_done === 1) return { kind: 'done', result: row.result };
  const isDead = mayTake?.number === row.number && mayTake.beat === row.beat;
  if (row.is_held === 1 && !isDead) return { kind: 'held', number: row.number, beat: row.beat };
  const number = row.number + 1;
  const isFirst = number === 1;
  await trx
    .updateTable('ledger_effects')
    .set({ number, beat: row.beat + 1, is_held: 1 })
    .where('key', '=', key)
    .execute();
  await tell(store, { key, clock, status: isFirst ? 'begun' : 'resolving', reason: row.last_error, number });
  return { kind: 'taken', number, isFirst };
}

/** False when somebody else has taken the key. */
export async function beatOnce(db: StoreDb, key: string, number: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .$extendTables<LedgerTables>()
    .updateTable('ledger_effects')
    .set((eb) => ({ beat: eb('beat', '+', 1) }))
    .where('key', '=', key)
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Stores the result and gives it back; when the key was lost, the other's result, or undefined if there is none yet. */
export async function finishEffect(
  store: StoreTransaction,
  {
    key,
    number,
    result,
    status,
    clock,
  }: {
    readonly key: string;
    readonly number: number;
    readonly result: string;
    /** Done just now, or found to have happened before. */
    readonly status: 'done' | 'found';
    readonly clock: Clock;
  },
): Promise<string | undefined> {
  const trx = store.$extendTables<LedgerTables>();
  const { numUpdatedRows } = await trx
    .updateTable('ledger_effects')
    .set({ is_done: 1, result, is_held: 0, ended_at: Math.trunc(clock.now()), last_error: '' })
    .where('key', '=', key)
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 1n) {
    await tell(store, { key, clock, status, reason: '', number });
    return result;
  }
  const row = await trx
    .selectFrom('ledger_effects')
    .select(['is_done', 'result'])
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.is_done === 1 ? row.result : undefined;
}

/** Nobody runs it now, and nobody knows whether it happened. */
export async function giveBackEffect(
  store: StoreTransaction,
  {
    key,
    number,
    error,
    clock,
  }: { readonly key: string; readonly number: number; readonly error: unknown; readonly clock: Clock },
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const { numUpdatedRows } = await store
    .$extendTables<LedgerTables>()
    .updateTable('ledger_effects')
    .set({ is_held: 0, last_error: reason })
    .where('key', '=', key)
    .where('number', '=', number)
    .where('is_done', '=', 0)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 1n) await tell(store, { key, clock, status: 'unknown', reason, number });
}

async function tell(
  store: StoreTransaction,
  {
    key,
    clock,
    status,
    reason,
    number,
  }: {
    readonly key: string;
    readonly clock: Clock;
    readonly status: 'begun' | 'resolving' | 'done' | 'found' | 'unknown';
    readonly reason: string;
    readonly number: number;
  },
): Promise<void> {
  const events = [{ noun: 'effect', id: key, status, reason, data: { attempt: number } }];
  await appendEvents(store, { clock, events });
}
