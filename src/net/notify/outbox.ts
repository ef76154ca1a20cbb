// The outbox: alerts go in durably and once, and come out on every channel that takes them.
import { type Clock, createId, DAY_MS, type Log, type Random } from '../../base/std/index.ts';
import type { Store, StoreTransaction } from '../../base/store/index.ts';
import type { Alert } from './alert.ts';
import { createChannel } from './create-channel.ts';
import { type DeliverReport, deliverStep } from './deliver.ts';
import { clearIn, type EnqueueDeps, type EnqueueResult, enqueueIn, findDuplicate } from './enqueue.ts';
import type { ChannelOptions, NotifyOptions } from './options.ts';
import { sendMessage } from './send.ts';
import type { SendOutcome } from './send-outcome.ts';
import type { Health, NotifyTables } from './tables.ts';

export interface OutboxDeps {
  /** Opened with `notifyMigrations`; its clock is the outbox's. */
  readonly store: Store;
  readonly fetch: typeof globalThis.fetch;
  /** Of this process alone: ids and waits are drawn from it. */
  readonly random: Random;
  readonly log: Log;
  readonly options: NotifyOptions;
}

export interface OutboxLimits {
  /** Of one request with its answer; default 10 s. */
  readonly timeoutMs?: number;
  /** How long a channel is tried for one alert, quiet hours not counted; default 24 h. */
  readonly giveUpMs?: number;
}

export interface ChannelStatus {
  readonly name: string;
  readonly type: ChannelOptions['type'];
  readonly host: string;
  readonly health: Health;
  /** What it answered last, while it does not take messages; or what is missing here before it can. */
  readonly reason: string;
  /** Alerts that it has not got yet. */
  readonly waiting: number;
  /** It is not tried before; undefined when nothing holds it up. */
  readonly nextTryAtMs: number | undefined;
}

export interface Outbox {
  /**
   * Takes the alert, or says that it is told already. With `trx` it is part of the caller's transaction, as its
   * last act (it appends an event).
   */
  enqueue(alert: Alert, trx?: StoreTransaction): Promise<EnqueueResult>;
  /** The condition is over: the next alert of the key counts as new. False when nothing was told of it. */
  clear(key: string, trx?: StoreTransaction): Promise<boolean>;
  /** Sends what is due; to be called again at `nextAtMs`, and after an alert has been queued. */
  deliver(signal?: AbortSignal): Promise<DeliverReport>;
  /** Sends a test message at once, past the outbox; throws UnknownChannelError. */
  sendTest(channelName: string, signal?: AbortSignal): Promise<SendOutcome>;
  listChannels(): Promise<ChannelStatus[]>;
  /** Deletes what ended longer ago than `keepMs` (default 30 days); returns how many alerts. */
  prune(options?: { readonly keepMs?: number }): Promise<number>;
}

export class UnknownChannelError extends Error {
  override name = 'UnknownChannelError';

  constructor(name: string, known: readonly string[]) {
    super(
      known.length > 0
        ? `There is no channel "${name}"; the settings have ${known.join(', ')}`
        : `There is no channel "${name}"; the settings have none, add one under notify.channels`,
    );
  }
}

/** Store writes around a send: after the request's time and this, a claim is somebody else's. */
const CLAIM_SLACK_MS = 20_000;

export function createOutbox(
  { store, fetch, random, log, options }: OutboxDeps,
  { timeoutMs = 10_000, giveUpMs = DAY_MS }: OutboxLimits = {},
): Outbox {
  const { clock } = store;
  const db = store.db.$extendTables<NotifyTables>();
  const channels = Object.entries(options.channels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, channel]) => createChannel(name, channel));
  const holder = createId('notifier', { clock, random });
  const enqueueDeps: EnqueueDeps = { clock, random, channels, repeat: options.repeat, giveUpMs };
  const within = <T>(trx: StoreTransaction | undefined, fn: (trx: StoreTransaction) => Promise<T>) =>
    trx ? fn(trx) : store.transaction(fn);

  return {
    async enqueue(alert, trx) {
      // Looked up before a transaction is begun: on most ticks of a controller nothing is new.
      const duplicate = trx ? undefined : await findDuplicate(db, alert, enqueueDeps);
      if (duplicate) return duplicate;
      return within(trx, (open) => enqueueIn(open.$extendTables<NotifyTables>(), alert, enqueueDeps));
    },
    async clear(key, trx) {
      const told = await (trx?.$extendTables<NotifyTables>() ?? db)
        .selectFrom('notify_keys')
        .select('is_cleared')
        .where('key', '=', key)
        .executeTakeFirst();
      if (told?.is_cleared !== 0) return false;
      return within(trx, (open) => clearIn(open.$extendTables<NotifyTables>(), key, { clock }));
    },
    deliver: (signal) =>
      deliverStep({
        store,
        log,
        channels,
        clock,
        random,
        fetch,
        timeoutMs,
        signal,
        holder,
        claimMs: Math.max(timeoutMs, ...channels.map((channel) => channel.timeoutMs ?? 0)) + CLAIM_SLACK_MS,
      }),
    async sendTest(channelName, signal) {
      const channel = channels.find(({ name }) => name === channelName);
      if (!channel)
        throw new UnknownChannelError(
          channelName,
          channels.map(({ name }) => name),
        );
      const sentAtMs = Math.trunc(clock.now());
      const eventId = createId('alert', { clock, random });
      const alert = { ...testAlert(sentAtMs), eventId };
      const message = { eventId, alerts: [alert] as const, attempt: 1, sentAtMs };
      return sendMessage(channel, message, { fetch, clock, timeoutMs, signal });
    },
    async listChannels() {
      const rows = await db.selectFrom('notify_channels').selectAll().execute();
      const counts = await db
        .selectFrom('notify_deliveries')
        .select((eb) => ['channel', eb.fn.countAll<number>().as('waiting')])
        .where('status', '=', 'waiting')
        .groupBy('channel')
        .execute();
      return Promise.all(
        channels.map(async (channel) => {
          const { name, type, host } = channel;
          const lack = channel.kind === 'direct' ? await channel.findLack() : undefined;
          const row = rows.find(({ channel }) => channel === name);
          const isHeld = row !== undefined && row.next_at > clock.now();
          return {
            name,
            type,
            host,
            health: lack === undefined ? (row?.health ?? 'ok') : 'refused',
            reason: lack ?? row?.reason ?? '',
            waiting: counts.find(({ channel }) => channel === name)?.waiting ?? 0,
            nextTryAtMs: isHeld ? row.next_at : undefined,
          };
        }),
      );
    },
    prune: ({ keepMs = 30 * DAY_MS } = {}) => prune(store, clock, keepMs),
  };
}

function testAlert(atMs: number): Alert {
  return {
    key: 'test',
    kind: 'test',
    severity: 'info',
    title: 'vastdeck can reach you here',
    body: 'This is a test: nothing has happened.',
    figures: {},
    atMs,
    actions: [{ what: 'see what runs', command: 'vd ps' }],
  };
}

async function prune(store: Store, clock: Clock, keepMs: number): Promise<number> {
  const beforeMs = Math.trunc(clock.now() - keepMs);
  return store.transaction(async (plain) => {
    const trx = plain.$extendTables<NotifyTables>();
    await trx.deleteFrom('notify_keys').where('told_at', '<', beforeMs).execute();
    await trx
      .deleteFrom('notify_deliveries')
      .where('status', '!=', 'waiting')
      .where('queued_at', '<', beforeMs)
      .execute();
    const { numDeletedRows } = await trx
      .deleteFrom('notify_alerts')
      .where('queued_at', '<', beforeMs)
      .where('event_id', 'not in', trx.selectFrom('notify_deliveries').select('event_id'))
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}
