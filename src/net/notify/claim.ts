// Who sends what next on one channel: one process at a time, no faster than the channel bears, the most severe
// first, and a burst as one summary.
import type { Clock } from '../../base/std/index.ts';
import { type Alert, SEVERITIES } from './alert.ts';
import type { Channel } from './channel.ts';
import { lockChannel } from './channel-row.ts';
import { giveUpOverdue } from './give-up.ts';
import { quietUntilMs } from './local-time.ts';
import { type Message, messageId } from './message.ts';
import type { NotifyTables, NotifyTransaction } from './tables.ts';

export interface Claim {
  readonly channel: string;
  readonly number: number;
  readonly message: Message;
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'idle' };

export interface ClaimDeps {
  readonly clock: Clock;
  /** Unique to one incarnation of a process. */
  readonly holder: string;
  /** Longer than a send can take: the claim of a killed process is free after it. */
  readonly claimMs: number;
}

/** Alerts of one summary: some 200 kB to a webhook at the most. */
const SUMMARY_ALERTS_MAX = 100;
/** Rows looked at in one claim. */
const ROWS_MAX = 500;
/** A message that failed this often goes behind the others: it may be what breaks the channel. */
const SUSPECT_ATTEMPTS = 3;

type DeliveryRow = NotifyTables['notify_deliveries'];

export async function claimNext(
  trx: NotifyTransaction,
  channel: Channel,
  deps: ClaimDeps,
): Promise<ClaimResult> {
  const nowMs = Math.trunc(deps.clock.now());
  const row = await lockChannel(trx, channel.name, {
    tokens: channel.rate.burst,
    nowMs,
    claimMs: deps.claimMs,
  });
  if (row.claimed_until > nowMs) return { kind: 'wait', untilMs: row.claimed_until };
  await giveUpOverdue(trx, channel.name, { nowMs, clock: deps.clock });
  const waiting = await trx
    .selectFrom('notify_deliveries')
    .selectAll()
    .where('status', '=', 'waiting')
    .where('channel', '=', channel.name)
    .orderBy('severity', 'desc')
    .orderBy('queued_at')
    .orderBy('event_id')
    .limit(ROWS_MAX)
    .execute();
  if (waiting.length === 0) return { kind: 'idle' };
  if (row.next_at > nowMs) return { kind: 'wait', untilMs: row.next_at };
  const { quietHours } = channel.options;
  const quietMs = quietHours && quietUntilMs(nowMs, quietHours);
  const critical = SEVERITIES.indexOf('critical');
  const due = quietMs === undefined ? waiting : waiting.filter(({ severity }) => severity === critical);
  if (due.length === 0) return { kind: 'wait', untilMs: quietMs ?? nowMs };
  const refillMs = 60_000 / channel.rate.perMinute;
  const tokens = Math.min(channel.rate.burst, row.tokens + (nowMs - row.tokens_at) / refillMs);
  if (tokens < 1) return { kind: 'wait', untilMs: Math.ceil(nowMs + (1 - tokens) * refillMs) };
  const batch = chooseBatch(due, tokens);
  const number = row.claim + 1;
  await trx
    .updateTable('notify_channels')
    .set({
      claim: number,
      holder: deps.holder,
      claimed_until: nowMs + deps.claimMs,
      tokens: tokens - 1,
      tokens_at: nowMs,
    })
    .where('channel', '=', channel.name)
    .execute();
  await trx
    .updateTable('notify_deliveries')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('channel', '=', channel.name)
    .where('event_id', 'in', batch.map(eventIdOf))
    .execute();
  return {
    kind: 'claimed',
    claim: { channel: channel.name, number, message: await messageOf(trx, batch, nowMs) },
  };
}

/** All of them at once when only one message is left for now; else the first alone. */
function chooseBatch(due: readonly DeliveryRow[], tokens: number): readonly DeliveryRow[] {
  const sorted = [...due].sort((a, b) => Number(isSuspect(a)) - Number(isSuspect(b)));
  const first = sorted.slice(0, 1);
  if (tokens >= 2 || sorted[0]?.is_alone === 1) return first;
  return sorted.filter((row) => row.is_alone === 0).slice(0, SUMMARY_ALERTS_MAX);
}

function isSuspect(row: DeliveryRow): boolean {
  return row.attempts >= SUSPECT_ATTEMPTS;
}

const eventIdOf = (row: { readonly event_id: string }) => row.event_id;

async function messageOf(
  trx: NotifyTransaction,
  batch: readonly DeliveryRow[],
  sentAtMs: number,
): Promise<Message> {
  const rows = await trx
    .selectFrom('notify_alerts')
    .select(['event_id', 'alert'])
    .where('event_id', 'in', batch.map(eventIdOf))
    .execute();
  const alerts = new Map(rows.map((row) => [row.event_id, JSON.parse(row.alert) as Alert]));
  const [first, ...rest] = batch.map((row) => ({
    ...(alerts.get(row.event_id) as Alert),
    eventId: row.event_id,
  }));
  const all = [first as Message['alerts'][0], ...rest] as const;
  const attempt = Math.max(...batch.map((row) => row.attempts)) + 1;
  return { eventId: messageId(all), alerts: all, attempt, sentAtMs };
}
