// One figure that a training run reported. (run, attempt, seq) names it for ever, over restarts and recovery.

export interface RunMetric {
  readonly run: string;
  /** 1 for the first try at the job; a recovery on another machine is the next. */
  readonly attempt: number;
  /** Counts the metrics of an attempt in the order in which their lines were written. */
  readonly seq: number;
  readonly atMs: number;
  readonly name: string;
  readonly value: number;
  readonly step?: number;
}
