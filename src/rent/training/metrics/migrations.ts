// The tables of `tables.ts`, numbered. A released step is never edited.
import type { StoreMigration } from '../../../base/store/index.ts';

export const trainingMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/training',
    number: 1,
    name: 'metrics',
    async up(db) {
      await db.schema
        .createTable('training_attempts')
        .addColumn('run', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('first_at', 'bigint', (column) => column.notNull())
        .addColumn('last_at', 'bigint', (column) => column.notNull())
        .addColumn('pruned_seq', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('training_attempts_key', ['run', 'attempt'])
        .execute();
      await db.schema
        .createTable('training_metrics')
        .addColumn('run', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'double precision')
        .addColumn('odd', 'text')
        .addColumn('step', 'bigint')
        .addPrimaryKeyConstraint('training_metrics_key', ['run', 'attempt', 'seq'])
        .execute();
      await db.schema
        .createIndex('training_metrics_by_name')
        .on('training_metrics')
        .columns(['run', 'name', 'at'])
        .execute();
      await db.schema
        .createIndex('training_metrics_by_time')
        .on('training_metrics')
        .columns(['at'])
        .execute();
      await db.schema
        .createTable('training_buckets')
        .addColumn('run', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('bucket_ms', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('count', 'bigint', (column) => column.notNull())
        .addColumn('sum', 'double precision', (column) => column.notNull())
        .addColumn('min', 'double precision')
        .addColumn('max', 'double precision')
        .addColumn('last', 'double precision')
        .addColumn('odd_count', 'bigint', (column) => column.notNull())
        .addColumn('first_seq', 'bigint', (column) => column.notNull())
        .addColumn('last_seq', 'bigint', (column) => column.notNull())
        .addColumn('last_step', 'bigint')
        .addPrimaryKeyConstraint('training_buckets_key', ['run', 'name', 'bucket_ms', 'attempt', 'at'])
        .execute();
      await db.schema
        .createIndex('training_buckets_by_time')
        .on('training_buckets')
        .columns(['bucket_ms', 'at'])
        .execute();
    },
  },
];
