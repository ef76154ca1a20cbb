// The limiter's times in the store: every process of every machine on it keeps one interval between its calls.
import { type LimiterStore, PRIORITIES, TICKET_TTL_MS } from '../std/index.ts';
import type { Store } from './store.ts';
import type { StoreTransaction } from './tables.ts';

export function storeLimiterStore({ db, transaction }: Pick<Store, 'db' | 'transaction'>): LimiterStore {
  return {
    tryAcquire: ({ key, ticket, priority, nowMs, minIntervalMs }) =>
      transaction(async (trx) => {
        const lane = await lockLane(trx, key);
        const rank = PRIORITIES[priority];
        const mine = await join(trx, { key, ticket, rank, order: lane.last_order, nowMs });
        // Either way of the clock: a waiter seen in the future was seen before the clock was set back.
        await trx
          .deleteFrom('limiter_waiters')
          .where('key', '=', key)
          .where((eb) =>
            eb.or([eb('seen_at', '<', nowMs - TICKET_TTL_MS), eb('seen_at', '>', nowMs + TICKET_TTL_MS)]),
          )
          .execute();
        const ahead = await trx
          .selectFrom('limiter_waiters')
          .select('ticket')
          .where('key', '=', key)
          .where((eb) =>
            eb.or([
              eb('priority', '<', rank),
              eb.and([eb('priority', '=', rank), eb('wait_order', '<', mine)]),
            ]),
          )
          .limit(1)
          .executeTakeFirst();
        const intervalMs = Math.max(minIntervalMs, lane.learned_ms);
        const nextAtMs = Math.min(lane.next_at, nowMs + intervalMs);
        if (nextAtMs < lane.next_at) await setNext(trx, key, nextAtMs);
        if (nowMs < nextAtMs) return { kind: 'wait', untilMs: nextAtMs };
        if (ahead) return { kind: 'wait', untilMs: nowMs + intervalMs };
        await leave(trx, key, ticket);
        await setNext(trx, key, nowMs + intervalMs);
        return { kind: 'go' };
      }),
    release: (key, ticket) => leave(db, key, ticket),
    learn: (key, minIntervalMs, notBeforeMs) =>
      transaction(async (trx) => {
        const lane = await lockLane(trx, key);
        await trx
          .updateTable('limiter_lanes')
          .set({
            learned_ms: Math.max(lane.learned_ms, minIntervalMs),
            next_at: Math.max(lane.next_at, notBeforeMs),
          })
          .where('key', '=', key)
          .execute();
      }),
  };
}

/** Finds or makes the lane, locks it until the transaction ends, and counts its order up by one. */
function lockLane(trx: StoreTransaction, key: string) {
  return trx
    .insertInto('limiter_lanes')
    .values({ key, next_at: 0, learned_ms: 0, last_order: 1 })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({ last_order: eb('limiter_lanes.last_order', '+', 1) })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Queues up, or shows that the waiter still lives; returns its place. */
async function join(
  trx: StoreTransaction,
  waiter: { key: string; ticket: string; rank: number; order: number; nowMs: number },
): Promise<number> {
  const row = await trx
    .insertInto('limiter_waiters')
    .values({
      key: waiter.key,
      ticket: waiter.ticket,
      priority: waiter.rank,
      wait_order: waiter.order,
      seen_at: waiter.nowMs,
    })
    .onConflict((conflict) =>
      conflict.columns(['key', 'ticket']).doUpdateSet((eb) => ({ seen_at: eb.ref('excluded.seen_at') })),
    )
    .returning('wait_order')
    .executeTakeFirstOrThrow();
  return row.wait_order;
}

async function setNext(trx: StoreTransaction, key: string, nextAtMs: number): Promise<void> {
  await trx.updateTable('limiter_lanes').set({ next_at: nextAtMs }).where('key', '=', key).execute();
}

async function leave(db: Store['db'], key: string, ticket: string): Promise<void> {
  await db.deleteFrom('limiter_waiters').where('key', '=', key).where('ticket', '=', ticket).execute();
}
