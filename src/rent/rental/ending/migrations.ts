// The tables of `tables.ts`, numbered. A released step is never edited.
import type { StoreMigration } from '../../../base/store/index.ts';

export const endingMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/rental/ending',
    number: 1,
    name: 'ends',
    async up(db) {
      await db.schema
        .createTable('instance_ends')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('rental_id', 'text')
        .addColumn('why', 'text', (column) => column.notNull())
        .addColumn('rate_per_hour', 'bigint', (column) => column.notNull())
        .addColumn('asked_at', 'bigint', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('accepted_at', 'bigint')
        .addColumn('next_at', 'bigint', (column) => column.notNull())
        .addColumn('last_error', 'text', (column) => column.notNull())
        .addColumn('refusal', 'text', (column) => column.notNull())
        .addColumn('gone_at', 'bigint')
        .addColumn('bill_at', 'bigint')
        .addColumn('is_settled', 'integer', (column) => column.notNull())
        .addColumn('resurrections', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('instance_ends_key', ['account', 'instance_id'])
        .execute();
      await db.schema
        .createTable('orphan_marks')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('why', 'text', (column) => column.notNull())
        .addColumn('generation', 'bigint', (column) => column.notNull())
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('orphan_marks_key', ['account', 'instance_id'])
        .execute();
      await db.schema
        .createTable('rental_backstops')
        .addColumn('rental_id', 'text', (column) => column.primaryKey())
        .addColumn('instance_id', 'bigint', (column) => column.notNull())
        .addColumn('job_id', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
];
