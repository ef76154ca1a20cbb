// What a send came to, written down: the deliveries, the channel's health, and when it may be tried again.
import { backoffMs, type Clock, type Random } from '../../base/std/index.ts';
import { appendEvents } from '../../base/store/index.ts';
import { type ChannelRow, LONGEST_PAUSE_MS } from './channel-row.ts';
import type { Claim } from './claim.ts';
import { failDeliveries } from './give-up.ts';
import type { SendOutcome } from './send-outcome.ts';
import type { Health, NotifyTransaction } from './tables.ts';

export interface SettleDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Upper bounds of the first wait, and of every wait. A wrong token does not mend itself in seconds. */
const BACKOFF = {
  failing: { baseMs: 5_000, capMs: 10 * 60_000 },
  refused: { baseMs: 60_000, capMs: LONGEST_PAUSE_MS },
} as const;

/** One bad answer is the weather; this many in a row are said as an event. */
const FAILURES_SAID = 3;

/** Returns false when another process has taken the channel since; then only a success is written. */
export async function settle(
  trx: NotifyTransaction,
  claim: Claim,
  { outcome, deps }: { readonly outcome: SendOutcome; readonly deps: SettleDeps },
): Promise<boolean> {
  const row = await trx
    .updateTable('notify_channels')
    .set({ holder: '', claimed_until: 0 })
    .where('channel', '=', claim.channel)
    .where('claim', '=', claim.number)
    .returningAll()
    .executeTakeFirst();
  const nowMs = Math.trunc(deps.clock.now());
  if (outcome.kind === 'sent') {
    await trx
      .updateTable('notify_deliveries')
      .set({ status: 'sent', ended_at: nowMs, reason: '' })
      .where('channel', '=', claim.channel)
      .where('event_id', 'in', eventIdsOf(claim))
      .execute();
    if (row) await changeHealth(trx, row, { failures: 0, health: 'ok', reason: '', nextAtMs: 0 }, deps);
  } else if (row && outcome.kind === 'later') {
    await trx
      .updateTable('notify_deliveries')
      .set({ reason: outcome.reason })
      .where('channel', '=', claim.channel)
      .where('event_id', 'in', eventIdsOf(claim))
      .execute();
    const failures = row.failures + 1;
    const jitterMs = backoffMs(failures, { random: deps.random, ...BACKOFF[outcome.health] });
    const waitMs = Math.min(LONGEST_PAUSE_MS, Math.max(outcome.retryAfterMs ?? 0, jitterMs));
    const isSaid = outcome.health === 'refused' || failures >= FAILURES_SAID;
    const health = isSaid ? outcome.health : row.health;
    await changeHealth(
      trx,
      row,
      { failures, health, reason: outcome.reason, nextAtMs: nowMs + waitMs },
      deps,
    );
  } else if (row && outcome.kind === 'rejected') {
    await rejectBatch(trx, claim, { reason: outcome.reason, deps });
  }
  return row !== undefined;
}

/** Nobody knows what came of it: the channel is free at once and the message goes out again. */
export async function releaseClaim(trx: NotifyTransaction, claim: Claim): Promise<void> {
  await trx
    .updateTable('notify_channels')
    .set({ holder: '', claimed_until: 0 })
    .where('channel', '=', claim.channel)
    .where('claim', '=', claim.number)
    .execute();
}

const eventIdsOf = ({ message }: Claim) => message.alerts.map((alert) => alert.eventId);

interface ChannelChange {
  readonly failures: number;
  readonly health: Health;
  readonly reason: string;
  readonly nextAtMs: number;
}

async function changeHealth(
  trx: NotifyTransaction,
  row: ChannelRow,
  { failures, health, reason, nextAtMs }: ChannelChange,
  { clock }: SettleDeps,
): Promise<void> {
  await trx
    .updateTable('notify_channels')
    .set({ failures, health, reason, next_at: nextAtMs })
    .where('channel', '=', row.channel)
    .execute();
  if (health === row.health) return;
  await appendEvents(trx, {
    clock,
    events: [{ noun: 'notify-channel', id: row.channel, status: health, reason, data: { failures } }],
  });
}

/** One alert in a summary may be what it was refused for: they go singly from now on. */
async function rejectBatch(
  trx: NotifyTransaction,
  claim: Claim,
  { reason, deps }: { readonly reason: string; readonly deps: SettleDeps },
): Promise<void> {
  const rows = await trx
    .selectFrom('notify_deliveries')
    .selectAll()
    .where('channel', '=', claim.channel)
    .where('event_id', 'in', eventIdsOf(claim))
    .where('status', '=', 'waiting')
    .execute();
  if (claim.message.alerts.length === 1) {
    await failDeliveries(trx, rows, {
      clock: deps.clock,
      reasonOf: () => `${claim.channel} refused this message (${reason})`,
    });
    return;
  }
  await trx
    .updateTable('notify_deliveries')
    .set({ is_alone: 1, reason })
    .where('channel', '=', claim.channel)
    .where('event_id', 'in', eventIdsOf(claim))
    .execute();
}
