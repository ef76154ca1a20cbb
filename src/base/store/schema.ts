// The migrations of this folder's own tables.
import type { StoreMigration } from './migrations.ts';

export const storeMigrations: readonly StoreMigration[] = [
  {
    folder: 'base/store',
    number: 1,
    name: 'events',
    async up(db) {
      // Numbers come from a row and not from a sequence: a sequence gives 5 to a transaction that commits
      // before the one with 4, and a reader that resumes after 5 would never see 4.
      await db.schema
        .createTable('event_counter')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('last_seq', 'bigint', (column) => column.notNull())
        .execute();
      await db
        .$extendTables<{ event_counter: { id: number; last_seq: number } }>()
        .insertInto('event_counter')
        .values({ id: 1, last_seq: 0 })
        .execute();
      await db.schema
        .createTable('events')
        .addColumn('seq', 'bigint', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('noun', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('data', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('events_by_id').on('events').columns(['noun', 'id', 'seq']).execute();
    },
  },
  {
    folder: 'base/store',
    number: 2,
    name: 'terms',
    async up(db) {
      await db.schema
        .createTable('terms')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('number', 'bigint', (column) => column.notNull())
        .addColumn('holder', 'text', (column) => column.notNull())
        .addColumn('beat', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    folder: 'base/store',
    number: 3,
    name: 'limiter',
    async up(db) {
      await db.schema
        .createTable('limiter_lanes')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('next_at', 'double precision', (column) => column.notNull())
        .addColumn('learned_ms', 'double precision', (column) => column.notNull())
        .addColumn('last_order', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('limiter_waiters')
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('ticket', 'text', (column) => column.notNull())
        .addColumn('priority', 'integer', (column) => column.notNull())
        .addColumn('wait_order', 'bigint', (column) => column.notNull())
        .addColumn('seen_at', 'double precision', (column) => column.notNull())
        .addPrimaryKeyConstraint('limiter_waiters_key', ['key', 'ticket'])
        .execute();
    },
  },
  {
    folder: 'base/store',
    number: 4,
    name: 'processes of terms',
    async up(db) {
      await db.schema
        .alterTable('terms')
        .addColumn('process', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
    },
  },
];
