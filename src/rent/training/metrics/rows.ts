// Between metrics and rows of the tables.
import type { Selectable } from 'kysely';
import type { RunMetric } from '../run-metric.ts';
import type { Bucket } from './buckets.ts';
import type { OddValue, TrainingTables } from './tables.ts';

type MetricRow = Selectable<TrainingTables['training_metrics']>;
type BucketRow = Selectable<TrainingTables['training_buckets']>;

export function metricRow({ run, attempt, seq, atMs, name, value, step }: RunMetric): MetricRow {
  const odd = oddOf(value);
  return {
    run,
    attempt,
    seq,
    at: Math.trunc(atMs),
    name,
    value: odd === null ? value : null,
    odd,
    // A line of digits is no step, and no column holds it.
    step: step !== undefined && Number.isSafeInteger(Math.trunc(step)) ? Math.trunc(step) : null,
  };
}

export function metricOf({ run, attempt, seq, at: atMs, name, value, odd, step }: MetricRow): RunMetric {
  const base = {
    run,
    attempt,
    seq,
    atMs,
    name,
    value: odd === null ? (value ?? Number.NaN) : ODD_NUMBERS[odd],
  };
  return step === null ? base : { ...base, step };
}

const ODD_NUMBERS: Readonly<Record<OddValue, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

function oddOf(value: number): OddValue | null {
  if (Number.isFinite(value)) return null;
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

export function bucketRow(bucket: Bucket): BucketRow {
  const { run, attempt, name, bucketMs, atMs, count, sum, min, max, last } = bucket;
  return {
    run,
    attempt,
    name,
    bucket_ms: bucketMs,
    at: atMs,
    count,
    sum,
    min,
    max,
    last,
    odd_count: bucket.oddCount,
    first_seq: bucket.firstSeq,
    last_seq: bucket.lastSeq,
    last_step: bucket.lastStep,
  };
}

export function bucketOf(row: BucketRow): Bucket {
  const { run, attempt, name, bucket_ms: bucketMs, at: atMs, count, sum, min, max, last } = row;
  return {
    run,
    attempt,
    name,
    bucketMs,
    atMs,
    count,
    sum,
    min,
    max,
    last,
    oddCount: row.odd_count,
    firstSeq: row.first_seq,
    lastSeq: row.last_seq,
    lastStep: row.last_step,
  };
}
