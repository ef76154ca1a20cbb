// The figures of a log's readings as metrics, numbered in the order of their lines.
import type { Figures } from '../parser/figures.ts';
import type { ReadingEvent } from '../parser/log-events.ts';
import type { RunMetric } from '../run-metric.ts';

/** Names under which figures are kept; what a user names himself is kept under `custom/…` where it would be one of these. */
const KEPT = [
  ['loss', 'loss'],
  ['valLoss', 'val_loss'],
  ['learningRate', 'learning_rate'],
  ['gradNorm', 'grad_norm'],
  ['throughput', 'throughput'],
  ['tokens', 'tokens'],
  ['memoryGb', 'memory_gb'],
  ['stepS', 'step_s'],
  ['epoch', 'epoch'],
] as const satisfies readonly (readonly [keyof Figures, string])[];

export const METRIC_NAMES: readonly string[] = KEPT.map(([, name]) => name);

export interface MetricNumbering {
  /** The metrics of a reading; their time is the log's own where it tells one, else that of arrival. */
  metricsOf(reading: ReadingEvent): readonly RunMetric[];
}

/**
 * Numbers go on through the attempts that one log tells of, and are the same each time the log is read from its start.
 * `firstAttempt` is the job's number of the attempt that this log begins with, `afterSeq` the last number given out.
 * A second writer of the file is kept as a run of its own, `RUN#2`.
 */
export function createMetricNumbering({
  run,
  firstAttempt = 1,
  afterSeq = 0,
}: {
  readonly run: string;
  readonly firstAttempt?: number;
  readonly afterSeq?: number;
}): MetricNumbering {
  let seq = afterSeq;
  return {
    metricsOf({ figures, attempt, writer, atMs }) {
      const metrics: RunMetric[] = [];
      const add = (name: string, value: number) => {
        seq += 1;
        const base = {
          run: writer > 1 ? `${run}#${writer}` : run,
          attempt: firstAttempt + attempt - 1,
          seq,
          atMs: Math.trunc(figures.loggedAtMs ?? atMs),
          name,
          value,
        };
        metrics.push(figures.step === undefined ? base : { ...base, step: figures.step });
      };
      for (const [field, name] of KEPT) {
        const value = figures[field];
        if (value !== undefined) add(name, value);
      }
      for (const [name, value] of Object.entries(figures.custom ?? {})) {
        add(METRIC_NAMES.includes(name) ? `custom/${name}` : name, value);
      }
      return metrics;
    },
  };
}
