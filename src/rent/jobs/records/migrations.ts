// The tables of jobs, numbered. A released step is never edited.
import type { StoreMigration } from '../../../base/store/index.ts';

export const jobMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/jobs',
    number: 1,
    name: 'jobs',
    async up(db) {
      await db.schema
        .createTable('jobs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('job_group', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('since', 'bigint', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('job', 'text', (column) => column.notNull())
        .addColumn('folder', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('rental_id', 'text')
        .addColumn('spent', 'bigint', (column) => column.notNull())
        .addColumn('failures', 'text', (column) => column.notNull())
        .addColumn('unattended', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('next_at', 'bigint')
        .addColumn('started_at', 'bigint')
        .addColumn('cancel_asked_at', 'bigint')
        .addColumn('verified_at', 'bigint')
        .addColumn('ended_at', 'bigint')
        .execute();
      // The same file submitted twice is a mistake as long as the first still runs.
      await db.schema
        .createIndex('jobs_by_name')
        .on('jobs')
        .columns(['account', 'name'])
        .unique()
        .where((eb) => eb('status' as never, 'not in', ['succeeded', 'failed', 'cancelled'] as never))
        .execute();
      await db.schema.createIndex('jobs_by_status').on('jobs').columns(['status']).execute();
      await db.schema.createIndex('jobs_by_group').on('jobs').columns(['account', 'job_group']).execute();
      await db.schema
        .createTable('job_attempts')
        .addColumn('job_id', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('rental_id', 'text', (column) => column.notNull())
        .addColumn('instance_id', 'bigint')
        .addColumn('machine_id', 'bigint')
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('running_at', 'bigint')
        .addColumn('ended_at', 'bigint')
        .addColumn('exit_code', 'integer')
        .addColumn('failure', 'text')
        .addColumn('final', 'integer', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('brought', 'integer', (column) => column.notNull())
        .addColumn('checkpoint', 'text')
        .addColumn('log_bytes', 'bigint', (column) => column.notNull())
        .addColumn('spent', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('job_attempts_key', ['job_id', 'attempt'])
        .execute();
    },
  },
  {
    folder: 'rent/jobs',
    number: 2,
    name: 'traffic',
    async up(db) {
      await db.schema.alterTable('job_attempts').addColumn('traffic_gb', 'integer').execute();
    },
  },
];
