// The row of a channel: locked by whoever is about to send on it.
import { HOUR_MS } from '../../base/std/index.ts';
import type { NotifyTables, NotifyTransaction } from './tables.ts';

export type ChannelRow = NotifyTables['notify_channels'];

/** A channel is tried at least this often, whatever it asked for and wherever the clock jumped. */
export const LONGEST_PAUSE_MS = HOUR_MS;

/** Finds or makes the channel's row, and locks it until the transaction ends. */
export async function lockChannel(
  trx: NotifyTransaction,
  channel: string,
  { tokens, nowMs, claimMs }: { readonly tokens: number; readonly nowMs: number; readonly claimMs: number },
): Promise<ChannelRow> {
  const row = await trx
    .insertInto('notify_channels')
    .values({
      channel,
      claim: 0,
      holder: '',
      claimed_until: 0,
      tokens,
      tokens_at: nowMs,
      next_at: 0,
      failures: 0,
      health: 'ok',
      reason: '',
    })
    .onConflict((conflict) =>
      conflict.column('channel').doUpdateSet((eb) => ({ channel: eb.ref('excluded.channel') })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  return mendAfterClockJump(trx, row, { nowMs, claimMs });
}

/**
 * After the clock was set back, times that lie too far ahead begin anew, and are kept so: measured against a moving
 * now they would never come.
 */
async function mendAfterClockJump(
  trx: NotifyTransaction,
  row: ChannelRow,
  { nowMs, claimMs }: { readonly nowMs: number; readonly claimMs: number },
): Promise<ChannelRow> {
  const mended = {
    next_at: Math.min(row.next_at, nowMs + LONGEST_PAUSE_MS),
    tokens_at: Math.min(row.tokens_at, nowMs),
    claimed_until: Math.min(row.claimed_until, nowMs + claimMs),
  };
  if (
    mended.next_at === row.next_at &&
    mended.tokens_at === row.tokens_at &&
    mended.claimed_until === row.claimed_until
  ) {
    return row;
  }
  await trx.updateTable('notify_channels').set(mended).where('channel', '=', row.channel).execute();
  return { ...row, ...mended };
}
