// What the monitor keeps: with which attempt each log began, and what was told of each run.
import type { StoreMigration } from '../../base/store/index.ts';

export type MonitorTables = {
  monitor_logs: { run: string; first_attempt: number; print: string | null };
  monitor_runs: { account: string; run_key: string; version: number; at: number; told: string };
};

export const monitorMigrations: readonly StoreMigration[] = [
  {
    folder: 'rent/monitor',
    number: 1,
    name: 'logs and what was told',
    async up(db) {
      await db.schema
        .createTable('monitor_logs')
        .addColumn('run', 'text', (column) => column.primaryKey())
        .addColumn('first_attempt', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('monitor_runs')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('run_key', 'text', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('told', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('monitor_runs_key', ['account', 'run_key'])
        .execute();
    },
  },
  {
    folder: 'rent/monitor',
    number: 2,
    name: 'prints of logs',
    async up(db) {
      // JSON: what tells whether a log is still the one that was read.
      await db.schema.alterTable('monitor_logs').addColumn('print', 'text').execute();
    },
  },
];
