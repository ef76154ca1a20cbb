// A store, a clock that is stepped by hand, an outbox on them, and alerts with overrides.
import { createLog, createRandom, type LogLine } from '../../../src/base/std/index.ts';
import { readEventsSince, type Store, type StoredEvent } from '../../../src/base/store/index.ts';
import {
  type Alert,
  createOutbox,
  notifyMigrations,
  type Outbox,
  type OutboxLimits,
  parseNotifyOptions,
} from '../../../src/net/notify/index.ts';
import { type Engine, freshStore, type TestStore } from '../../support/stores.ts';

export const SIGNING_KEY = 'a-key-to-sign-with-0123456789';
export const BOT_TOKEN = '123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr';

export const webhookTo = (url: string, over: object = {}) => ({
  type: 'webhook',
  url: `${url}/hook/s3cr3t-path`,
  secret: SIGNING_KEY,
  ...over,
});

export function anAlert(over: Partial<Alert> = {}): Alert {
  return {
    key: 'host-down:1',
    kind: 'host-down',
    severity: 'warning',
    title: 'box does not answer',
    body: 'It was reachable before.',
    figures: { usdPerHour: 0.4 },
    atMs: Date.UTC(2026, 0, 1),
    actions: [{ what: 'see why', command: 'vd why box' }],
    ...over,
  };
}

export interface NotifyWorld extends TestStore {
  readonly outbox: Outbox;
  readonly log: readonly LogLine[];
  /** Another process on the same store. */
  readonly another: (options?: { channels?: object; repeat?: object }) => Promise<Outbox>;
  readonly events: (noun?: string) => Promise<StoredEvent[]>;
}

export async function notifyWorld(
  engine: Engine,
  channels: object,
  { repeat = {}, ...limits }: OutboxLimits & { readonly repeat?: object } = {},
): Promise<NotifyWorld> {
  const world = await freshStore(engine, { migrations: notifyMigrations });
  const log: LogLine[] = [];
  let outboxes = 0;
  const open = (store: Store, options: object) =>
    createOutbox(
      {
        store,
        fetch: globalThis.fetch,
        random: createRandom(++outboxes),
        log: createLog({ clock: world.clock, level: 'debug', write: (line) => log.push(line) }),
        options: parseNotifyOptions(options),
      },
      limits,
    );
  return {
    ...world,
    log,
    outbox: open(world.store, { channels, repeat }),
    another: async (options = {}) => open(await world.openAgain(), { channels, repeat, ...options }),
    events: (noun) => readEventsSince(world.store.db, 0, noun === undefined ? {} : { noun }),
  };
}
