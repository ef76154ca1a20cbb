// One step of delivery: whatever is due on every channel, each at its own pace, and when to look again.
import type { Log } from '../../base/std/index.ts';
import type { Store } from '../../base/store/index.ts';
import type { Channel } from './channel.ts';
import { lockChannel } from './channel-row.ts';
import { type ClaimDeps, claimNext } from './claim.ts';
import { giveUpOverdue } from './give-up.ts';
import { type SendDeps, sendMessage } from './send.ts';
import { releaseClaim, type SettleDeps, settle } from './settle.ts';
import type { NotifyTables } from './tables.ts';

export interface DeliverReport {
  /** Messages that a channel took; a summary counts as one. */
  readonly sent: number;
  /** Tries that it did not take. */
  readonly failed: number;
  /** When the next one is due; undefined when nothing waits. */
  readonly nextAtMs: number | undefined;
}

export interface DeliverDeps extends ClaimDeps, SettleDeps, SendDeps {
  readonly store: Store;
  readonly log: Log;
  readonly channels: readonly Channel[];
}

/** A channel's share of one step; the rest follows in the next. */
const MESSAGES_MAX = 50;

/** Throws the store's errors and the signal's reason; what a channel does wrong is in the report and the events. */
export async function deliverStep(deps: DeliverDeps): Promise<DeliverReport> {
  deps.signal?.throwIfAborted();
  const waiting = await waitingChannels(deps);
  const names = new Set(waiting.map(({ channel }) => channel));
  const known = new Set(deps.channels.map(({ name }) => name));
  for (const { channel, first_give_up_at: giveUpAtMs } of waiting) {
    if (!known.has(channel) && giveUpAtMs <= deps.clock.now()) await giveUpUnconfigured(channel, deps);
  }
  // Settled, so that one channel's failure leaves no other running behind the caller's back.
  const results = await Promise.allSettled(
    deps.channels.filter(({ name }) => names.has(name)).map((channel) => drain(channel, deps)),
  );
  const reports = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  const next = reports.flatMap(({ nextAtMs }) => (nextAtMs === undefined ? [] : [nextAtMs]));
  return {
    sent: reports.reduce((sum, report) => sum + report.sent, 0),
    failed: reports.reduce((sum, report) => sum + report.failed, 0),
    nextAtMs: next.length > 0 ? Math.min(...next) : undefined,
  };
}

async function drain(channel: Channel, deps: DeliverDeps): Promise<DeliverReport> {
  const { store, log } = deps;
  let sent = 0;
  let failed = 0;
  while (sent + failed < MESSAGES_MAX) {
    deps.signal?.throwIfAborted();
    const result = await store.transaction((trx) =>
      claimNext(trx.$extendTables<NotifyTables>(), channel, deps),
    );
    if (result.kind !== 'claimed') {
      return { sent, failed, nextAtMs: result.kind === 'wait' ? result.untilMs : undefined };
    }
    const { claim } = result;
    const outcome = await sendMessage(channel, claim.message, deps).catch(async (error: unknown) => {
      await store.transaction((trx) => releaseClaim(trx.$extendTables<NotifyTables>(), claim));
      throw error;
    });
    const facts = {
      channel: channel.name,
      eventId: claim.message.eventId,
      alerts: claim.message.alerts.length,
      attempt: claim.message.attempt,
    };
    const isOurs = await store.transaction((trx) =>
      settle(trx.$extendTables<NotifyTables>(), claim, { outcome, deps }),
    );
    if (!isOurs) log.warn('notification was taken over by another process while it was sent', facts);
    if (outcome.kind === 'sent') {
      sent += 1;
      log.debug('notification sent', facts);
    } else {
      failed += 1;
      log.warn('notification not sent', { ...facts, reason: outcome.reason });
    }
  }
  return { sent, failed, nextAtMs: deps.clock.now() };
}

/** Read before anything is locked or written: on most steps nothing waits. */
function waitingChannels({ store }: DeliverDeps): Promise<{ channel: string; first_give_up_at: number }[]> {
  return store.db
    .$extendTables<NotifyTables>()
    .selectFrom('notify_deliveries')
    .select((eb) => ['channel', eb.fn.min('give_up_at').as('first_give_up_at')])
    .where('status', '=', 'waiting')
    .groupBy('channel')
    .orderBy('channel')
    .execute();
}

/** A channel that this process does not know may be another's, so its whole time is left to it. */
async function giveUpUnconfigured(channel: string, { store, clock, claimMs }: DeliverDeps): Promise<void> {
  const nowMs = Math.trunc(clock.now());
  await store.transaction(async (plain) => {
    const trx = plain.$extendTables<NotifyTables>();
    const row = await lockChannel(trx, channel, { tokens: 0, nowMs, claimMs });
    if (row.claimed_until > nowMs) return;
    await giveUpOverdue(trx, channel, {
      nowMs,
      clock,
      because: 'the settings have no channel of that name any more',
    });
  });
}
