// From where on a run is not well. The GPU's are those of the first training monitor for Vast.ai.

export interface HealthLimits {
  /** Below it the GPU has too little to do: yellow. Default 10. Idleness is counted from the same. */
  readonly gpuLowPercent: number;
  /** Above it the GPU is at its end: yellow. Default 95. */
  readonly gpuHighPercent: number;
  /** An idle GPU and no line for so long is a hung run. Default 5 minutes. */
  readonly hungAfterMs: number;
  /** No step for so long is a stalled run. Default 10 minutes. */
  readonly stalledAfterMs: number;
  /** Both at least so many usual steps. Default 10. */
  readonly stepsOfPatience: number;
  /** A stalled run has not told a step for so many times as long as it usually is until it tells the next. Default 3. */
  readonly signsOfPatience: number;
  /** An evaluation or a checkpoint excuses for so long. Default an hour. */
  readonly pauseAtMostMs: number;
  /** Steps so many times as long as usual are slow. Default 1.5. */
  readonly slowFactor: number;
  /** After the last step of all, with no line for so long, it has finished. Default 2 minutes. */
  readonly finishedAfterMs: number;
  /** After an error in the log, with no line for so long, it has failed. Default 30 seconds. */
  readonly failedAfterMs: number;
}

export const HEALTH_LIMITS: HealthLimits = {
  gpuLowPercent: 10,
  gpuHighPercent: 95,
  hungAfterMs: 300_000,
  stalledAfterMs: 600_000,
  stepsOfPatience: 10,
  signsOfPatience: 3,
  pauseAtMostMs: 3_600_000,
  slowFactor: 1.5,
  finishedAfterMs: 120_000,
  failedAfterMs: 30_000,
};
