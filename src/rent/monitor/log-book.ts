// With which attempt the present content of a log begins: a log that was cut or replaced begins anew, and whoever reads it
// from its start after a restart of this program has to go on with the same number.
import type { Store } from '../../base/store/index.ts';
import { type MetricStore, RETENTION } from '../training/index.ts';
import { type LogStart, SEQS_A_LINE } from './lines/line-intake.ts';
import type { FoundSource } from './sources/line-source.ts';
import { type LogPrint, parseLogPrint } from './sources/log-print.ts';
import type { MonitorTables } from './tables.ts';

export interface LogBook {
  /** `jobAttempt`: the attempt of the job that writes the log, 1 where there is none. */
  startOf(source: Pick<FoundSource, 'run' | 'shape'>, jobAttempt: number): Promise<LogStart>;
  note(
    run: string,
    log: { readonly firstAttempt: number; readonly print: LogPrint | undefined },
  ): Promise<void>;
  /** Forgets what was told of runs that are watched no more, when their figures by the minute are forgotten too. */
  prune(account: string, watched: ReadonlySet<string>): Promise<void>;
}

/** In one statement; some databases take few values more. */
const DELETED_AT_ONCE = 500;

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
        .select(['first_attempt', 'print'])
        .where('run', '=', run)
        .executeTakeFirst();
      const firstAttempt = Math.max(jobAttempt, row?.first_attempt ?? 1);
      const print = row?.print ? parseLogPrint(row.print) : undefined;
      return { firstAttempt, lastAttempt, from: undefined, isFirstKept: false, print };
    },
    async note(run, { firstAttempt, print }) {
      const log = { first_attempt: firstAttempt, print: print ? JSON.stringify(print) : null };
      await db
        .insertInto('monitor_logs')
        .values({ run, ...log })
        .onConflict((conflict) => conflict.column('run').doUpdateSet(log))
        .execute();
    },
    async prune(account, watched) {
      const old = await db
        .selectFrom('monitor_runs')
        .select('run_key')
        .where('account', '=', account)
        .where('at', '<', Math.trunc(store.clock.now() - RETENTION.minuteMs))
        .execute();
      const gone = old.map((row) => row.run_key).filter((key) => !watched.has(key));
      for (let at = 0; at < gone.length; at += DELETED_AT_ONCE) {
        await db
          .deleteFrom('monitor_runs')
          .where('account', '=', account)
          .where('run_key', 'in', gone.slice(at, at + DELETED_AT_ONCE))
          .execute();
      }
    },
  };
}
