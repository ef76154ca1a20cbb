// The points of a chart: the finest resolution that is kept so far back and does not give more points than wanted.
import type { Kysely } from 'kysely';
import type { Aggregation } from '../custom/custom-reader.ts';
import { type Bucket, joinBuckets } from './buckets.ts';
import { bucketOf, metricOf } from './rows.ts';
import { BUCKET_MS, type Resolution, type TrainingTables } from './tables.ts';

export interface SeriesQuestion {
  readonly run: string;
  readonly name: string;
  readonly attempt?: number;
  /** From this time on, and before that one. Default everything. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Of each attempt. Default 500. */
  readonly maxPoints?: number;
  /** How several values are one point. Default 'mean'. */
  readonly aggregation?: Aggregation;
}

export interface SeriesPoint {
  /** Where the point's time begins. */
  readonly atMs: number;
  readonly step: number | null;
  /** NaN or infinite in raw points; in others null where every value was so. */
  readonly value: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly count: number;
  /** NaN and infinite values, which `value` does not count. */
  readonly oddCount: number;
}

export interface Series {
  readonly resolution: Resolution;
  /** Each attempt is a line of its own. */
  readonly attempts: readonly { readonly attempt: number; readonly points: readonly SeriesPoint[] }[];
}

const MAX_POINTS = 500;

export async function readSeries(db: Kysely<TrainingTables>, question: SeriesQuestion): Promise<Series> {
  const { maxPoints = MAX_POINTS } = question;
  const raw = await readRaw(db, question, maxPoints);
  if (raw !== null) return { resolution: 'raw', attempts: raw };
  const minutes = await readBuckets(db, question, 'minute');
  const isMinuteKept = await reachesBack(db, question);
  const isFew = isMinuteKept && longest(minutes) <= maxPoints;
  const buckets = isFew ? minutes : await readBuckets(db, question, 'ten-minutes');
  const { aggregation = 'mean' } = question;
  return {
    resolution: isFew ? 'minute' : 'ten-minutes',
    attempts: [...buckets].map(([attempt, row]) => ({
      attempt,
      points: thinned(row, maxPoints).map((bucket) => pointOf(bucket, aggregation)),
    })),
  };
}

/** Null where there are more than wanted, or where older ones than the oldest raw value have been asked for. */
async function readRaw(
  db: Kysely<TrainingTables>,
  question: SeriesQuestion,
  maxPoints: number,
): Promise<Series['attempts'] | null> {
  const { run, name, attempt, fromMs, toMs } = question;
  let attempts = db.selectFrom('training_attempts').selectAll().where('run', '=', run);
  if (attempt !== undefined) attempts = attempts.where('attempt', '=', attempt);
  const known = await attempts.orderBy('attempt').execute();
  // Some raw values of an attempt are gone: those of this time may be among them.
  let query = db.selectFrom('training_metrics').selectAll().where('run', '=', run).where('name', '=', name);
  if (attempt !== undefined) query = query.where('attempt', '=', attempt);
  if (fromMs !== undefined) query = query.where('at', '>=', fromMs);
  if (toMs !== undefined) query = query.where('at', '<', toMs);
  if (known.some(({ pruned_seq }) => pruned_seq > 0)) {
    const oldest = await db
      .selectFrom('training_metrics')
      .select(({ fn }) => fn.min('at').as('at'))
      .where('run', '=', run)
      .executeTakeFirst();
    if (oldest?.at === null || oldest?.at === undefined) return null;
    if (fromMs === undefined || fromMs < Number(oldest.at)) return null;
  }
  const rows = await query
    .orderBy('attempt')
    .orderBy('seq')
    .limit(maxPoints * Math.max(1, known.length) + 1)
    .execute();
  const byAttempt = Map.groupBy(rows.map(metricOf), (metric) => metric.attempt);
  if (rows.length > maxPoints * Math.max(1, known.length)) return null;
  if ([...byAttempt.values()].some((points) => points.length > maxPoints)) return null;
  return [...byAttempt].map(([number, metrics]) => ({
    attempt: number,
    points: metrics.map(({ atMs, step = null, value }): SeriesPoint => {
      const isUsual = Number.isFinite(value);
      const finite = isUsual ? value : null;
      return {
        atMs,
        step,
        value,
        min: finite,
        max: finite,
        count: isUsual ? 1 : 0,
        oddCount: isUsual ? 0 : 1,
      };
    }),
  }));
}

async function readBuckets(
  db: Kysely<TrainingTables>,
  { run, name, attempt, fromMs, toMs }: SeriesQuestion,
  resolution: keyof typeof BUCKET_MS,
): Promise<ReadonlyMap<number, readonly Bucket[]>> {
  const bucketMs = BUCKET_MS[resolution];
  let query = db
    .selectFrom('training_buckets')
    .selectAll()
    .where('run', '=', run)
    .where('name', '=', name)
    .where('bucket_ms', '=', bucketMs);
  if (attempt !== undefined) query = query.where('attempt', '=', attempt);
  if (fromMs !== undefined) query = query.where('at', '>', fromMs - bucketMs);
  if (toMs !== undefined) query = query.where('at', '<', toMs);
  const rows = await query.orderBy('attempt').orderBy('at').execute();
  return Map.groupBy(rows.map(bucketOf), (bucket) => bucket.attempt);
}

/** Whether the minutes go as far back as the ten minutes do. */
async function reachesBack(
  db: Kysely<TrainingTables>,
  { run, name, fromMs }: SeriesQuestion,
): Promise<boolean> {
  const rows = await db
    .selectFrom('training_buckets')
    .select(({ fn }) => ['bucket_ms', fn.min('at').as('at')])
    .where('run', '=', run)
    .where('name', '=', name)
    .groupBy('bucket_ms')
    .execute();
  const oldest = (bucketMs: number) =>
    Number(rows.find((row) => row.bucket_ms === bucketMs)?.at ?? Number.NaN);
  const minute = oldest(BUCKET_MS.minute);
  const ten = oldest(BUCKET_MS['ten-minutes']);
  return minute < ten + BUCKET_MS['ten-minutes'] || (fromMs !== undefined && minute <= fromMs);
}

function longest(byAttempt: ReadonlyMap<number, readonly Bucket[]>): number {
  return Math.max(0, ...[...byAttempt.values()].map((buckets) => buckets.length));
}

/** Neighbours joined, the same number each, until there are few enough. */
function thinned(buckets: readonly Bucket[], maxPoints: number): readonly Bucket[] {
  const size = Math.ceil(buckets.length / maxPoints);
  if (size <= 1) return buckets;
  const joined: Bucket[] = [];
  for (let from = 0; from < buckets.length; from += size) {
    joined.push(buckets.slice(from, from + size).reduce(joinBuckets));
  }
  return joined;
}

function pointOf(
  { atMs, lastStep, count, sum, min, max, last, oddCount }: Bucket,
  by: Aggregation,
): SeriesPoint {
  const values: Readonly<Record<Aggregation, number | null>> = { mean: sum / count, sum, min, max, last };
  return { atMs, step: lastStep, value: count === 0 ? null : values[by], min, max, count, oddCount };
}
