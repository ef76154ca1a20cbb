// The end of what could not be delivered: never silent, always an event.
import { type Clock, formatDuration } from '../../base/std/index.ts';
import { appendEvents } from '../../base/store/index.ts';
import type { NotifyTables, NotifyTransaction } from './tables.ts';

type DeliveryRow = NotifyTables['notify_deliveries'];

/** Given up in one step at the most; the rest follow in the next. */
const ROWS_MAX = 500;

/** Ends what the channel did not take in its time, and says so in the event table. */
export async function giveUpOverdue(
  trx: NotifyTransaction,
  channel: string,
  { nowMs, clock, because }: { readonly nowMs: number; readonly clock: Clock; readonly because?: string },
): Promise<void> {
  const rows = await trx
    .selectFrom('notify_deliveries')
    .selectAll()
    .where('status', '=', 'waiting')
    .where('channel', '=', channel)
    .where('give_up_at', '<=', nowMs)
    .limit(ROWS_MAX)
    .execute();
  await failDeliveries(trx, rows, {
    clock,
    reasonOf: (row) =>
      `${channel} did not take it within ${formatDuration(nowMs - row.queued_at)} (${because ?? (row.reason || 'it was never tried')})`,
  });
}

export async function failDeliveries(
  trx: NotifyTransaction,
  rows: readonly DeliveryRow[],
  { clock, reasonOf }: { readonly clock: Clock; readonly reasonOf: (row: DeliveryRow) => string },
): Promise<void> {
  if (rows.length === 0) return;
  const endedAt = Math.trunc(clock.now());
  for (const row of rows) {
    await trx
      .updateTable('notify_deliveries')
      .set({ status: 'failed', ended_at: endedAt, reason: reasonOf(row) })
      .where('event_id', '=', row.event_id)
      .where('channel', '=', row.channel)
      .execute();
  }
  await appendEvents(trx, {
    clock,
    events: rows.map((row) => ({
      noun: 'alert',
      id: row.key,
      status: 'undelivered',
      reason: reasonOf(row),
      data: { eventId: row.event_id, channel: row.channel, attempts: row.attempts },
    })),
  });
}
