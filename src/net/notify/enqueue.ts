// An alert into the outbox: durable, one row for each channel that takes it, and not twice for one condition.
import { assert, type Clock, createId, type Random } from '../../base/std/index.ts';
import { appendEvents } from '../../base/store/index.ts';
import { type Alert, type AlertKind, severityRank } from './alert.ts';
import { type Channel, takes } from './channel.ts';
import { quietUntilMs } from './local-time.ts';
import { type LastTold, REPEAT_RULES, type RepeatRule, tellAgainAtMs } from './repeat.ts';
import type { NotifyDb, NotifyTransaction } from './tables.ts';

export type EnqueueResult =
  /** `channels` is empty where none takes it: it is in the event table alone. */
  | { readonly kind: 'queued'; readonly eventId: string; readonly channels: readonly string[] }
  /** Told already, and not to be told again before `untilMs`. */
  | { readonly kind: 'duplicate'; readonly untilMs: number };

export interface EnqueueDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly channels: readonly Channel[];
  readonly repeat: Readonly<Partial<Record<AlertKind, number>>>;
  readonly giveUpMs: number;
}

/**
 * Undefined when the alert may be told, when nobody was told of it yet, or when a clock that was set back has to be
 * looked into. Reads only: a controller asks on every tick.
 */
export async function findDuplicate(
  db: NotifyDb,
  alert: Alert,
  deps: EnqueueDeps,
): Promise<Extract<EnqueueResult, { kind: 'duplicate' }> | undefined> {
  const row = await db.selectFrom('notify_keys').selectAll().where('key', '=', alert.key).executeTakeFirst();
  if (!row) return undefined;
  const last: LastTold = {
    atMs: row.told_at,
    severityRank: row.severity,
    isCleared: row.is_cleared === 1,
  };
  const nowMs = deps.clock.now();
  if (row.told_at > nowMs) return undefined;
  if (row.channels === 0 && deps.channels.some((channel) => takes(channel, alert))) return undefined;
  const untilMs = tellAgainAtMs(last, {
    rule: ruleOf(alert.kind, deps),
    severityRank: severityRank(alert.severity),
    nowMs,
  });
  return untilMs > nowMs ? { kind: 'duplicate', untilMs } : undefined;
}

function ruleOf(kind: AlertKind, { repeat }: EnqueueDeps): RepeatRule {
  return { ...REPEAT_RULES[kind], ...(repeat[kind] === undefined ? {} : { repeatMs: repeat[kind] }) };
}

export async function enqueueIn(
  trx: NotifyTransaction,
  alert: Alert,
  deps: EnqueueDeps,
): Promise<EnqueueResult> {
  assert(
    alert.key !== '' && alert.title.trim() !== '',
    `An alert of kind ${alert.kind} has no key or no title`,
  );
  const { clock, random, channels } = deps;
  // Written first, so that the row is there and locked on PostgreSQL too; -1 is below every severity.
  await trx
    .insertInto('notify_keys')
    .values({ key: alert.key, told_at: 0, severity: -1, is_cleared: 0, channels: 0 })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((eb) => ({ key: eb.ref('excluded.key') })))
    .execute();
  const nowMs = Math.trunc(clock.now());
  // Kept, or a key that was told before the clock was set back would be silent until it has caught up.
  await trx
    .updateTable('notify_keys')
    .set({ told_at: nowMs })
    .where('key', '=', alert.key)
    .where('told_at', '>', nowMs)
    .execute();
  const duplicate = await findDuplicate(trx, alert, deps);
  if (duplicate) return duplicate;
  const severity = severityRank(alert.severity);
  const takers = channels.filter((channel) => takes(channel, alert));
  const eventId = createId('alert', { clock, random });
  await trx
    .updateTable('notify_keys')
    .set({ told_at: nowMs, severity, is_cleared: 0, channels: takers.length })
    .where('key', '=', alert.key)
    .execute();
  await trx
    .insertInto('notify_alerts')
    .values({ event_id: eventId, key: alert.key, queued_at: nowMs, alert: JSON.stringify(alert) })
    .execute();
  if (takers.length > 0) {
    await trx
      .insertInto('notify_deliveries')
      .values(
        takers.map((channel) => ({
          event_id: eventId,
          channel: channel.name,
          key: alert.key,
          status: 'waiting',
          severity,
          queued_at: nowMs,
          give_up_at: giveUpAtMs(channel, alert, { nowMs, giveUpMs: deps.giveUpMs }),
          attempts: 0,
          is_alone: 0,
          reason: '',
          ended_at: null,
        })),
      )
      .execute();
  }
  const names = takers.map((channel) => channel.name);
  await appendEvents(trx, {
    clock,
    events: [
      {
        noun: 'alert',
        id: alert.key,
        status: 'raised',
        reason: alert.title,
        data: {
          eventId,
          kind: alert.kind,
          severity: alert.severity,
          figures: alert.figures,
          channels: names,
        },
      },
    ],
  });
  return { kind: 'queued', eventId, channels: names };
}

/** Quiet hours are no failure of the channel: the time in which it may be tried begins after them. */
function giveUpAtMs(
  { options: { quietHours } }: Channel,
  { severity }: Alert,
  { nowMs, giveUpMs }: { readonly nowMs: number; readonly giveUpMs: number },
): number {
  if (!quietHours || severity === 'critical') return nowMs + giveUpMs;
  const giveUpAt = (quietUntilMs(nowMs, quietHours) ?? nowMs) + giveUpMs;
  const endMs = quietUntilMs(giveUpAt, quietHours);
  return endMs === undefined ? giveUpAt : endMs + giveUpMs;
}

/**
 * The condition is over: its next alert counts as new, and what was not sent yet is withdrawn. Returns whether it
 * was known.
 */
export async function clearIn(
  trx: NotifyTransaction,
  key: string,
  { clock }: Pick<EnqueueDeps, 'clock'>,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('notify_keys')
    .set({ is_cleared: 1 })
    .where('key', '=', key)
    .where('is_cleared', '=', 0)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  await trx
    .updateTable('notify_deliveries')
    .set({ status: 'withdrawn', ended_at: Math.trunc(clock.now()) })
    .where('key', '=', key)
    .where('status', '=', 'waiting')
    .execute();
  await appendEvents(trx, { clock, events: [{ noun: 'alert', id: key, status: 'cleared', reason: '' }] });
  return true;
}
