// Everything that is kept of a run, for exports: each value once, in the finest form in which it is still there.
import type { Kysely } from 'kysely';
import type { Bucket } from './buckets.ts';
import { bucketOf, metricOf } from './rows.ts';
import { BUCKET_MS, type Resolution, type TrainingTables } from './tables.ts';

export interface KeptPoint {
  readonly run: string;
  readonly attempt: number;
  readonly name: string;
  /** Of buckets the number of the last value in them. */
  readonly seq: number;
  /** Where the point's time begins. */
  readonly atMs: number;
  readonly step: number | null;
  /** Of buckets the mean; NaN or infinite in raw points, null where a bucket has only such. */
  readonly value: number | null;
  /** The last value in it; NaN or infinite in raw points. */
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly count: number;
  /** NaN and infinite values among them. */
  readonly oddCount: number;
  readonly resolution: Resolution;
}

const ROWS_AT_ONCE = 5_000;

/**
 * By attempt and name, in the order of numbers; a page at a time. A bucket whose values are partly there in a finer form
 * is left whole, and those finer values are left out.
 */
export async function* keptPoints(
  db: Kysely<TrainingTables>,
  run: string,
): AsyncGenerator<readonly KeptPoint[]> {
  const names = await db
    .selectFrom('training_buckets')
    .select(['attempt', 'name'])
    .distinct()
    .where('run', '=', run)
    .orderBy('attempt')
    .orderBy('name')
    .execute();
  const attempts = await db.selectFrom('training_attempts').selectAll().where('run', '=', run).execute();
  for (const { attempt, name } of names) {
    const key = { run, attempt, name };
    const prunedSeq = attempts.find((each) => each.attempt === attempt)?.pruned_seq ?? 0;
    let afterSeq = 0;
    if (prunedSeq > 0) {
      // Minutes are deleted by their age alone: before the oldest of them there are ten minutes only.
      const minutes = await buckets(db, key, 'minute');
      const firstMinute = minutes[0]?.firstSeq ?? Number.POSITIVE_INFINITY;
      const tens = (await buckets(db, key, 'ten-minutes')).filter(
        ({ firstSeq }) => firstSeq < firstMinute && firstSeq <= prunedSeq,
      );
      afterSeq = tens.at(-1)?.lastSeq ?? 0;
      const fine = minutes.filter(({ firstSeq }) => firstSeq > afterSeq && firstSeq <= prunedSeq);
      afterSeq = fine.at(-1)?.lastSeq ?? afterSeq;
      const points = [...tens, ...fine].map(pointOf);
      if (points.length > 0) yield points;
    }
    for (;;) {
      const page = await rawPage(db, key, afterSeq);
      if (page.length > 0) yield page;
      if (page.length < ROWS_AT_ONCE) break;
      afterSeq = page.at(-1)?.seq ?? afterSeq;
    }
  }
}

interface Key {
  readonly run: string;
  readonly attempt: number;
  readonly name: string;
}

async function buckets(
  db: Kysely<TrainingTables>,
  { run, attempt, name }: Key,
  resolution: keyof typeof BUCKET_MS,
): Promise<readonly Bucket[]> {
  const rows = await db
    .selectFrom('training_buckets')
    .selectAll()
    .where('run', '=', run)
    .where('name', '=', name)
    .where('bucket_ms', '=', BUCKET_MS[resolution])
    .where('attempt', '=', attempt)
    .orderBy('first_seq')
    .execute();
  return rows.map(bucketOf);
}

async function rawPage(
  db: Kysely<TrainingTables>,
  { run, attempt, name }: Key,
  afterSeq: number,
): Promise<readonly KeptPoint[]> {
  const rows = await db
    .selectFrom('training_metrics')
    .selectAll()
    .where('run', '=', run)
    .where('attempt', '=', attempt)
    .where('name', '=', name)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(ROWS_AT_ONCE)
    .execute();
  return rows.map(metricOf).map(({ value, step = null, ...rest }): KeptPoint => {
    const isUsual = Number.isFinite(value);
    const finite = isUsual ? value : null;
    return {
      ...rest,
      step,
      value,
      last: value,
      min: finite,
      max: finite,
      count: isUsual ? 1 : 0,
      oddCount: isUsual ? 0 : 1,
      resolution: 'raw',
    };
  });
}

function pointOf(bucket: Bucket): KeptPoint {
  const { run, attempt, name, atMs, count, sum, last, min, max, oddCount, lastSeq, lastStep, bucketMs } =
    bucket;
  return {
    run,
    attempt,
    name,
    seq: lastSeq,
    atMs,
    step: lastStep,
    value: count === 0 ? null : sum / count,
    last,
    min,
    max,
    count,
    oddCount,
    resolution: bucketMs === BUCKET_MS.minute ? 'minute' : 'ten-minutes',
  };
}
