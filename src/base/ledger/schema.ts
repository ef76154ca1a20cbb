// The migrations of this folder's tables. Amounts and times are 64 bits wide on PostgreSQL.
import type { StoreMigration } from '../store/index.ts';
import type { LedgerTables } from './tables.ts';

export const ledgerMigrations: readonly StoreMigration[] = [
  {
    folder: 'base/ledger',
    number: 1,
    name: 'caps',
    async up(db) {
      await db.schema
        .createTable('ledger_lock')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .execute();
      await db.schema
        .createTable('ledger_halt')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('is_halted', 'integer', (column) => column.notNull())
        .addColumn('halted_by', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('since', 'bigint', (column) => column.notNull())
        .execute();
      const ours = db.$extendTables<LedgerTables>();
      await ours.insertInto('ledger_lock').values({ id: 1 }).execute();
      await ours
        .insertInto('ledger_halt')
        .values({ id: 1, is_halted: 0, halted_by: '', reason: '', since: 0 })
        .execute();
      await db.schema
        .createTable('ledger_caps')
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('window', 'text', (column) => column.notNull())
        .addColumn('limit_amount', 'bigint', (column) => column.notNull())
        .addColumn('set_by', 'text', (column) => column.notNull())
        .addColumn('set_at', 'bigint', (column) => column.notNull())
        .addColumn('warned_window', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_caps_key', ['scope', 'value', 'window'])
        .execute();
      await db.schema
        .createTable('ledger_limits')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('type', 'text', (column) => column.notNull())
        .addColumn('limit_amount', 'bigint', (column) => column.notNull())
        .addColumn('enforce', 'integer', (column) => column.notNull())
        .addColumn('time_window_ms', 'bigint', (column) => column.notNull())
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('set_by', 'text', (column) => column.notNull())
        .addColumn('set_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    folder: 'base/ledger',
    number: 2,
    name: 'money',
    async up(db) {
      await db.schema
        .createTable('ledger_reservations')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('key', 'text', (column) => column.notNull().unique())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('worst_cost', 'bigint', (column) => column.notNull())
        .addColumn('rate_per_hour', 'bigint', (column) => column.notNull())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('reserved_at', 'bigint', (column) => column.notNull())
        .addColumn('spent', 'bigint', (column) => column.notNull())
        .addColumn('spent_until', 'bigint', (column) => column.notNull())
        .addColumn('ended_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('ledger_reservations_by_time')
        .on('ledger_reservations')
        .column('reserved_at')
        .execute();
      await db.schema
        .createIndex('ledger_reservations_by_status')
        .on('ledger_reservations')
        .columns(['status', 'id'])
        .execute();
      await db.schema
        .createTable('ledger_held')
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('reservation_id', 'text', (column) => column.notNull())
        .addColumn('amount', 'bigint', (column) => column.notNull())
        .addColumn('rate_per_hour', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_held_key', ['scope', 'value', 'reservation_id'])
        .execute();
      await db.schema
        .createIndex('ledger_held_by_reservation')
        .on('ledger_held')
        .column('reservation_id')
        .execute();
      await db.schema
        .createTable('ledger_entries')
        .addColumn('reservation_id', 'text', (column) => column.notNull())
        .addColumn('bucket', 'bigint', (column) => column.notNull())
        .addColumn('spent', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_entries_key', ['reservation_id', 'bucket'])
        .execute();
      await db.schema
        .createTable('ledger_sums')
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('bucket', 'bigint', (column) => column.notNull())
        .addColumn('spent', 'bigint', (column) => column.notNull())
        .addColumn('earned', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_sums_key', ['scope', 'value', 'bucket'])
        .execute();
      await db.schema
        .createTable('ledger_income')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('amount', 'bigint', (column) => column.notNull())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('ledger_charges')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('window_start', 'bigint', (column) => column.notNull())
        .addColumn('until', 'bigint', (column) => column.notNull())
        .addColumn('total', 'bigint', (column) => column.notNull())
        .addColumn('by_reference', 'text', (column) => column.notNull())
        .addColumn('recorded_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_charges_key', ['account', 'window_start'])
        .execute();
    },
  },
  {
    folder: 'base/ledger',
    number: 3,
    name: 'effects',
    async up(db) {
      await db.schema
        .createTable('ledger_effects')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('is_done', 'integer', (column) => column.notNull())
        .addColumn('result', 'text', (column) => column.notNull())
        .addColumn('number', 'bigint', (column) => column.notNull())
        .addColumn('beat', 'bigint', (column) => column.notNull())
        .addColumn('is_held', 'integer', (column) => column.notNull())
        .addColumn('begun_at', 'bigint', (column) => column.notNull())
        .addColumn('ended_at', 'bigint')
        .addColumn('last_error', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('ledger_effects_by_done')
        .on('ledger_effects')
        .columns(['is_done', 'begun_at'])
        .execute();
    },
  },
];
