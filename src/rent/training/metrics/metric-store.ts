// Training metrics in the state store: raw for a while, by the minute for longer, by ten minutes for good.
import { DAY_MS, HOUR_MS } from '../../../base/std/index.ts';
import type { Store, StoreTransaction } from '../../../base/store/index.ts';
import type { RunMetric } from '../run-metric.ts';
import { type Bucket, bucketsOf, joinBuckets } from './buckets.ts';
import { type KeptPoint, keptPoints } from './kept-points.ts';
import { bucketOf, bucketRow, metricOf, metricRow } from './rows.ts';
import { readSeries, type Series, type SeriesQuestion } from './series.ts';
import { BUCKET_MS, type TrainingTables } from './tables.ts';

export interface Retention {
  /** How long every value is kept. Default 48 hours. */
  readonly rawMs: number;
  /** How long the minutes are kept. Default 30 days; ten minutes are kept for good. */
  readonly minuteMs: number;
}

export const RETENTION: Retention = { rawMs: 48 * HOUR_MS, minuteMs: 30 * DAY_MS };

export interface AttemptSpan {
  readonly attempt: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

export interface MetricStore {
  /** Adds what is not there yet and returns how many were; (run, attempt, seq) names a metric for ever. */
  add(metrics: readonly RunMetric[]): Promise<number>;
  /** The points of a chart, at most `maxPoints` of each attempt. */
  series(question: SeriesQuestion): Promise<Series>;
  /** The last value of each name, by the latest attempt that has it. */
  latest(run: string): Promise<readonly RunMetric[]>;
  names(run: string): Promise<readonly string[]>;
  attempts(run: string): Promise<readonly AttemptSpan[]>;
  /** Of every run that there is, by its name. */
  spans(): Promise<ReadonlyMap<string, readonly AttemptSpan[]>>;
  /** The last number of an attempt, 0 where there is none: where numbering goes on. */
  lastSeq(run: string, attempt: number): Promise<number>;
  /** Everything that is kept of a run, each value once, a page at a time; by attempt, name and number. */
  points(run: string): AsyncGenerator<readonly KeptPoint[]>;
  /** Deletes what is older than its time; returns how many rows. */
  prune(nowMs: number, retention?: Retention): Promise<number>;
  /** Deletes a run. */
  forget(run: string): Promise<void>;
}

/** SQLite binds at most 32,766 values in a statement. */
const ROWS_AT_ONCE = 1_000;

export function createMetricStore({ store }: { readonly store: Store }): MetricStore {
  const db = store.db.$extendTables<TrainingTables>();
  return {
    add: (metrics) =>
      metrics.length === 0 ? Promise.resolve(0) : store.transaction((trx) => addMetrics(trx, metrics)),
    series: (question) => readSeries(db, question),
    async latest(run) {
      // A long run has thousands of buckets, of which one a name is wanted.
      const last = db
        .selectFrom('training_buckets')
        .select(({ fn }) => [
          'name as last_name',
          'attempt as last_attempt',
          fn.max('last_seq').as('newest_seq'),
        ])
        .where('run', '=', run)
        .where('bucket_ms', '=', BUCKET_MS['ten-minutes'])
        .groupBy(['name', 'attempt']);
      const rows = await db
        .selectFrom('training_buckets')
        .innerJoin(last.as('newest'), (join) =>
          join
            .onRef('newest.last_name', '=', 'name')
            .onRef('newest.last_attempt', '=', 'attempt')
            .onRef('newest.newest_seq', '=', 'last_seq'),
        )
        .selectAll('training_buckets')
        .where('run', '=', run)
        .where('bucket_ms', '=', BUCKET_MS['ten-minutes'])
        .orderBy('name')
        .orderBy('attempt', 'desc')
        .execute();
      const newest = new Map<string, Bucket>();
      for (const row of rows) if (!newest.has(row.name)) newest.set(row.name, bucketOf(row));
      return [...newest.values()].map(({ attempt, lastSeq, atMs, name, last: value, lastStep }) => {
        const base = { run, attempt, seq: lastSeq, atMs, name, value: value ?? Number.NaN };
        return lastStep === null ? base : { ...base, step: lastStep };
      });
    },
    async names(run) {
      const rows = await db
        .selectFrom('training_buckets')
        .select('name')
        .distinct()
        .where('run', '=', run)
        .where('bucket_ms', '=', BUCKET_MS['ten-minutes'])
        .orderBy('name')
        .execute();
      return rows.map(({ name }) => name);
    },
    async attempts(run) {
      const rows = await db
        .selectFrom('training_attempts')
        .selectAll()
        .where('run', '=', run)
        .orderBy('attempt')
        .execute();
      return rows.map(spanOf);
    },
    async spans() {
      const rows = await db
        .selectFrom('training_attempts')
        .selectAll()
        .orderBy('run')
        .orderBy('attempt')
        .execute();
      const byRun = Map.groupBy(rows, ({ run }) => run);
      return new Map([...byRun].map(([run, attempts]) => [run, attempts.map(spanOf)]));
    },
    async lastSeq(run, attempt) {
      const row = await db
        .selectFrom('training_buckets')
        .select(({ fn }) => fn.max('last_seq').as('seq'))
        .where('run', '=', run)
        .where('attempt', '=', attempt)
        .where('bucket_ms', '=', BUCKET_MS['ten-minutes'])
        .executeTakeFirst();
      return Number(row?.seq ?? 0);
    },
    points: (run) => keptPoints(db, run),
    prune: (nowMs, retention = RETENTION) => store.transaction((trx) => prune(trx, nowMs, retention)),
    forget: (run) =>
      store.transaction(async (trx) => {
        const tables = trx.$extendTables<TrainingTables>();
        for (const table of ['training_metrics', 'training_buckets', 'training_attempts'] as const) {
          await tables.deleteFrom(table).where('run', '=', run).execute();
        }
      }),
  };
}

function spanOf({
  attempt,
  first_at: firstAtMs,
  last_at: lastAtMs,
}: TrainingTables['training_attempts']): AttemptSpan {
  return { attempt, firstAtMs, lastAtMs };
}

async function addMetrics(trx: StoreTransaction, metrics: readonly RunMetric[]): Promise<number> {
  const tables = trx.$extendTables<TrainingTables>();
  const fresh: RunMetric[] = [];
  const byAttempt = Map.groupBy(metrics, ({ run, attempt }) => JSON.stringify([run, attempt]));
  for (const group of byAttempt.values()) {
    const { run, attempt } = group[0] as RunMetric;
    const times = group.map(({ atMs }) => Math.trunc(atMs));
    const firstAt = times.reduce((least, at) => Math.min(least, at));
    const lastAt = times.reduce((most, at) => Math.max(most, at));
    // It also locks the attempt: two writers of one run take turns from here on.
    const known = await tables
      .insertInto('training_attempts')
      .values({ run, attempt, first_at: firstAt, last_at: lastAt, pruned_seq: 0 })
      .onConflict((conflict) =>
        conflict.columns(['run', 'attempt']).doUpdateSet((eb) => ({
          first_at: eb
            .case()
            .when('training_attempts.first_at', '<', firstAt)
            .then(eb.ref('training_attempts.first_at'))
            .else(firstAt)
            .end(),
          last_at: eb
            .case()
            .when('training_attempts.last_at', '>', lastAt)
            .then(eb.ref('training_attempts.last_at'))
            .else(lastAt)
            .end(),
        })),
      )
      .returning('pruned_seq')
      .executeTakeFirstOrThrow();
    // What was deleted for its age is in the buckets already.
    const wanted = group.filter(({ seq }) => seq > known.pruned_seq);
    for (let from = 0; from < wanted.length; from += ROWS_AT_ONCE) {
      const added = await tables
        .insertInto('training_metrics')
        .values(wanted.slice(from, from + ROWS_AT_ONCE).map(metricRow))
        .onConflict((conflict) => conflict.columns(['run', 'attempt', 'seq']).doNothing())
        .returningAll()
        .execute();
      fresh.push(...added.map(metricOf));
    }
  }
  for (const bucketMs of Object.values(BUCKET_MS)) await addToBuckets(trx, bucketsOf(fresh, bucketMs));
  return fresh.length;
}

/** The attempt is locked, so what is read here stays so until it is written. */
async function addToBuckets(trx: StoreTransaction, buckets: readonly Bucket[]): Promise<void> {
  const tables = trx.$extendTables<TrainingTables>();
  for (const bucket of buckets) {
    const row = await tables
      .selectFrom('training_buckets')
      .selectAll()
      .where('run', '=', bucket.run)
      .where('name', '=', bucket.name)
      .where('bucket_ms', '=', bucket.bucketMs)
      .where('attempt', '=', bucket.attempt)
      .where('at', '=', bucket.atMs)
      .executeTakeFirst();
    if (row === undefined) {
      await tables.insertInto('training_buckets').values(bucketRow(bucket)).execute();
      continue;
    }
    const { run, name, bucket_ms, attempt, at, ...figures } = bucketRow(joinBuckets(bucketOf(row), bucket));
    await tables
      .updateTable('training_buckets')
      .set(figures)
      .where('run', '=', run)
      .where('name', '=', name)
      .where('bucket_ms', '=', bucket_ms)
      .where('attempt', '=', attempt)
      .where('at', '=', at)
      .execute();
  }
}

async function prune(trx: StoreTransaction, nowMs: number, { rawMs, minuteMs }: Retention): Promise<number> {
  const tables = trx.$extendTables<TrainingTables>();
  const rawBefore = Math.trunc(nowMs - rawMs);
  const last = await tables
    .selectFrom('training_metrics')
    .select(({ fn }) => ['run', 'attempt', fn.max('seq').as('seq')])
    .where('at', '<', rawBefore)
    .groupBy(['run', 'attempt'])
    .execute();
  let deleted = 0;
  for (const { run, attempt, seq } of last) {
    // Everything up to the last old one goes, in the order of the numbers: a clock that was set back for a while must
    // not leave holes that would be filled, and counted, a second time.
    const result = await tables
      .deleteFrom('training_metrics')
      .where('run', '=', run)
      .where('attempt', '=', attempt)
      .where('seq', '<=', Number(seq))
      .executeTakeFirstOrThrow();
    deleted += Number(result.numDeletedRows);
    await tables
      .updateTable('training_attempts')
      .set({ pruned_seq: Number(seq) })
      .where('run', '=', run)
      .where('attempt', '=', attempt)
      .execute();
  }
  const minutes = await tables
    .deleteFrom('training_buckets')
    .where('bucket_ms', '=', BUCKET_MS.minute)
    .where('at', '<', Math.trunc(nowMs - minuteMs))
    .executeTakeFirstOrThrow();
  return deleted + Number(minutes.numDeletedRows);
}
