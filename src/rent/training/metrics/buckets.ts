// Sums of metrics over a minute and over ten: what many values were, in one row. Pure.
import type { RunMetric } from '../run-metric.ts';

export interface Bucket {
  readonly run: string;
  readonly attempt: number;
  readonly name: string;
  readonly bucketMs: number;
  readonly atMs: number;
  /** Finite values; NaN and infinities are counted apart. */
  readonly count: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly last: number | null;
  readonly oddCount: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastStep: number | null;
}

/** The buckets that these metrics fall into, in the order of their first ones. */
export function bucketsOf(metrics: readonly RunMetric[], bucketMs: number): readonly Bucket[] {
  const buckets = new Map<string, Bucket>();
  for (const metric of metrics) {
    const { run, attempt, name } = metric;
    const atMs = Math.floor(metric.atMs / bucketMs) * bucketMs;
    const key = JSON.stringify([run, attempt, name, atMs]);
    const one = single(metric, bucketMs, atMs);
    const before = buckets.get(key);
    buckets.set(key, before ? joinBuckets(before, one) : one);
  }
  return [...buckets.values()];
}

function single({ run, attempt, name, value, seq, step }: RunMetric, bucketMs: number, atMs: number): Bucket {
  const isUsual = Number.isFinite(value);
  const finite = isUsual ? value : null;
  return {
    run,
    attempt,
    name,
    bucketMs,
    atMs,
    count: isUsual ? 1 : 0,
    sum: finite ?? 0,
    min: finite,
    max: finite,
    last: finite,
    oddCount: isUsual ? 0 : 1,
    firstSeq: seq,
    lastSeq: seq,
    lastStep: step ?? null,
  };
}

/** Both must be of one name and attempt; the time and length are those of the first. */
export function joinBuckets(a: Bucket, b: Bucket): Bucket {
  const [earlier, later] = a.lastSeq <= b.lastSeq ? [a, b] : [b, a];
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: least(a.min, b.min, Math.min),
    max: least(a.max, b.max, Math.max),
    last: later.last ?? earlier.last,
    oddCount: a.oddCount + b.oddCount,
    firstSeq: Math.min(a.firstSeq, b.firstSeq),
    lastSeq: later.lastSeq,
    lastStep: later.lastStep ?? earlier.lastStep,
  };
}

function least(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  if (a === null) return b;
  return b === null ? a : choose(a, b);
}
