// With which attempt the present content of a log begins: a log that was cut or replaced begins anew, and whoever reads it
// from its start after a restart of this program has to go on with the same number.
import type { Store, StoreMigration } from '../../base/store/index.ts';
import type { MetricStore } from '../training/index.ts';
import { type LogStart, SEQS_A_LINE } from './lines/line-intake.ts';
import type { FoundSource } from './sources/line-source.ts';

export type MonitorTables = {
  monitor_logs: { run: string; first_attempt: number };
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
];

export interface LogBook {
  /** `jobAttempt`: the attempt of the job that writes the log, 1 where there is none. */
  startOf(source: Pick<FoundSource, 'run' | 'shape'>, jobAttempt: number): Promise<LogStart>;
  note(run: string, firstAttempt: number): Promise<void>;
}

export function createLogBook({
  store,
  metrics,
}: {
  readonly store: Store;
  readonly metrics: Pick<MetricStore, 'attempts' | 'lastSeq'>;
}): LogBook {
  const db = store.db.$extendTables<MonitorTables>();
  return {
    async startOf({ run, shape }, jobAttempt) {
      const last = (await metrics.attempts(run)).at(-1)?.attempt;
      const lastAttempt = Math.max(jobAttempt, last ?? 1);
      if (shape === 'window') {
        const keptSeq = await metrics.lastSeq(run, lastAttempt);
        return {
          firstAttempt: lastAttempt,
          lastAttempt,
          from: Math.ceil(keptSeq / SEQS_A_LINE) + 1,
          isFirstKept: keptSeq > 0,
        };
      }
      const row = await db
        .selectFrom('monitor_logs')
        .select('first_attempt')
        .where('run', '=', run)
        .executeTakeFirst();
      const firstAttempt = Math.max(jobAttempt, row?.first_attempt ?? 1);
      return { firstAttempt, lastAttempt, from: undefined, isFirstKept: false };
    },
    async note(run, firstAttempt) {
      await db
        .insertInto('monitor_logs')
        .values({ run, first_attempt: firstAttempt })
        .onConflict((conflict) => conflict.column('run').doUpdateSet({ first_attempt: firstAttempt }))
        .execute();
    },
  };
}
