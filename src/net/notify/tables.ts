// The outbox in the state store.
import type { Kysely, Transaction } from 'kysely';
import type { StoreMigration, StoreTables } from '../../base/store/index.ts';

export const HEALTHS = ['ok', 'failing', 'refused'] as const;
/** `failing` may pass by itself; `refused` wants its owner's hand (a wrong token, a chat that is gone). */
export type Health = (typeof HEALTHS)[number];

/**
 * `waiting` also while it is being sent; `failed` when the channel did not take it in time; `withdrawn` when the
 * condition ended first.
 */
export const DELIVERY_STATUSES = ['waiting', 'sent', 'failed', 'withdrawn'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** A type and not an interface: Kysely asks for an index signature, which only types have by themselves. */
export type NotifyTables = {
  /** What was last told of each condition. */
  notify_keys: {
    key: string;
    told_at: number;
    severity: number;
    is_cleared: number;
    /** How many channels it went to. */
    channels: number;
  };
  /** `alert` is JSON. */
  notify_alerts: { event_id: string; key: string; queued_at: number; alert: string };
  notify_deliveries: {
    event_id: string;
    channel: string;
    key: string;
    status: DeliveryStatus;
    severity: number;
    queued_at: number;
    give_up_at: number;
    attempts: number;
    /** 1: refused as part of a summary, to be sent by itself. */
    is_alone: number;
    /** Why it has not gone yet, or never will; empty otherwise. */
    reason: string;
    ended_at: number | null;
  };
  /** One row a channel: who sends now, how many messages it may have at once, when it may be tried again. */
  notify_channels: {
    channel: string;
    /** Grows with each claim, so that a sender that lost its claim changes nothing. */
    claim: number;
    holder: string;
    claimed_until: number;
    tokens: number;
    tokens_at: number;
    next_at: number;
    failures: number;
    health: Health;
    reason: string;
  };
};

export type NotifyDb = Kysely<StoreTables & NotifyTables>;
export type NotifyTransaction = Transaction<StoreTables & NotifyTables>;

export const notifyMigrations: readonly StoreMigration[] = [
  {
    folder: 'net/notify',
    number: 1,
    name: 'outbox',
    async up(db) {
      await db.schema
        .createTable('notify_keys')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('told_at', 'bigint', (column) => column.notNull())
        .addColumn('severity', 'integer', (column) => column.notNull())
        .addColumn('is_cleared', 'integer', (column) => column.notNull())
        .addColumn('channels', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('notify_alerts')
        .addColumn('event_id', 'text', (column) => column.primaryKey())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('queued_at', 'bigint', (column) => column.notNull())
        .addColumn('alert', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('notify_deliveries')
        .addColumn('event_id', 'text', (column) => column.notNull())
        .addColumn('channel', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('severity', 'integer', (column) => column.notNull())
        .addColumn('queued_at', 'bigint', (column) => column.notNull())
        .addColumn('give_up_at', 'bigint', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('is_alone', 'integer', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('ended_at', 'bigint')
        .addPrimaryKeyConstraint('notify_deliveries_key', ['event_id', 'channel'])
        .execute();
      await db.schema
        .createIndex('notify_deliveries_by_status')
        .on('notify_deliveries')
        .columns(['status', 'channel', 'severity'])
        .execute();
      await db.schema
        .createTable('notify_channels')
        .addColumn('channel', 'text', (column) => column.primaryKey())
        .addColumn('claim', 'bigint', (column) => column.notNull())
        .addColumn('holder', 'text', (column) => column.notNull())
        .addColumn('claimed_until', 'bigint', (column) => column.notNull())
        .addColumn('tokens', 'double precision', (column) => column.notNull())
        .addColumn('tokens_at', 'bigint', (column) => column.notNull())
        .addColumn('next_at', 'bigint', (column) => column.notNull())
        .addColumn('failures', 'integer', (column) => column.notNull())
        .addColumn('health', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .execute();
    },
  },
];
