// Work on a machine that is taken away at random: how often to write a checkpoint, and how long it then takes.
//
// All formulas assume that interruptions are a Poisson process. They are not quite: outbids cluster (a wave of
// higher bids takes many machines within minutes), so a bad day is worse than these figures and a good one better.
// A rate of 0 is a machine that is never taken away. Times are seconds, rates are per second.

/**
 * Work between two checkpoints that wastes least, to first order: √(2δ/λ). J. W. Young, "A first order
 * approximation to the optimum checkpoint interval", CACM 17 (1974).
 */
export function youngIntervalS({ costS, ratePerS }: CheckpointTerms): number {
  return Math.sqrt((2 * costS) / ratePerS);
}

export interface CheckpointTerms {
  /** δ: seconds that writing one takes. */
  readonly costS: number;
  /** λ: interruptions a second. */
  readonly ratePerS: number;
}

/**
 * The same to higher order, good also where checkpoints are dear beside the time between interruptions M = 1/λ:
 * √(2δM)·(1 + ⅓√(δ/2M) + δ/18M) − δ below δ = 2M, else M. J. T. Daly, "A higher order estimate of the optimum
 * checkpoint interval for restart dumps", Future Generation Computer Systems 22 (2006), equation 37.
 */
export function dalyIntervalS({ costS, ratePerS }: CheckpointTerms): number {
  const meanS = 1 / ratePerS;
  if (meanS === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (costS >= 2 * meanS) return meanS;
  const part = costS / (2 * meanS);
  return Math.sqrt(2 * costS * meanS) * (1 + Math.sqrt(part) / 3 + part / 9) - costS;
}

export interface WorkPlan {
  /** Uninterrupted seconds of work in all. */
  readonly workS: number;
  /** λ: interruptions a second. */
  readonly ratePerS: number;
  /** R: seconds from an interruption to the last checkpoint being loaded elsewhere. */
  readonly restartS: number;
  /** δ; 0 where none are written. */
  readonly costS: number;
  /** τ: work between two checkpoints; as much as `workS` or more is none at all. */
  readonly intervalS: number;
}

export interface WorkTime {
  /** Expected seconds from the first step to the last, all restarts included. */
  readonly expectedS: number;
  /** Variance of that, in s². */
  readonly varianceS2: number;
  /** Expected seconds of it that restarts take. */
  readonly restartingS: number;
  readonly interruptions: number;
  readonly checkpoints: number;
}

/**
 * Expected time by Daly 2006, equation 20: (W/τ)·(1/λ)·e^{λR}·(e^{λ(τ+δ)} − 1), where restarts can be interrupted
 * too. Its variance is that of W/τ independent segments (our own derivation: the first try needs τ+δ without
 * interruption, each later one R+τ+δ). Over a Poisson process the expected number of interruptions is λ times the
 * expected time (Wald), and each begins a restart that lasts (1 − e^{−λR})/λ. Infinite where the numbers end:
 * such work does not end on this machine.
 */
export function expectedWork({ workS, ratePerS: rate, restartS, costS, intervalS }: WorkPlan): WorkTime {
  const isWhole = intervalS >= workS;
  const segments = isWhole ? 1 : workS / intervalS;
  // A work that ends before its first checkpoint is due writes none.
  const segmentS = isWhole ? workS : intervalS + costS;
  const checkpoints = isWhole ? 0 : segments;
  if (rate === 0) {
    const expectedS = segments * segmentS;
    return { expectedS, varianceS2: 0, restartingS: 0, interruptions: 0, checkpoints };
  }
  const expectedS = (segments * Math.exp(rate * restartS) * Math.expm1(rate * segmentS)) / rate;
  if (!Number.isFinite(expectedS)) {
    const endless = Number.POSITIVE_INFINITY;
    return {
      expectedS: endless,
      varianceS2: endless,
      restartingS: endless,
      interruptions: endless,
      checkpoints,
    };
  }
  return {
    expectedS,
    varianceS2: segments * segmentVariance(rate, restartS, segmentS),
    restartingS: -expectedS * Math.expm1(-rate * restartS),
    interruptions: rate * expectedS,
    checkpoints,
  };
}

export interface PlannedWork {
  readonly time: WorkTime;
  /** Seconds of work between two checkpoints; null where none are worth it. */
  readonly intervalS: number | null;
}

/** With fewer segments, no checkpoint at all may take less time: each saves what is lost of a short work only. */
const FEW_SEGMENTS = 4;

/** The work with checkpoints at Daly's interval, at least `leastS`, or with none where that is expected to be sooner. */
export function planWork(plan: Omit<WorkPlan, 'intervalS'>, leastS: number): PlannedWork {
  const intervalS = Math.max(leastS, dalyIntervalS(plan));
  if (intervalS * FEW_SEGMENTS < plan.workS) return { time: expectedWork({ ...plan, intervalS }), intervalS };
  const whole = expectedWork({ ...plan, intervalS: plan.workS });
  if (intervalS >= plan.workS) return { time: whole, intervalS: null };
  const time = expectedWork({ ...plan, intervalS });
  return time.expectedS < whole.expectedS ? { time, intervalS } : { time: whole, intervalS: null };
}

/** Below this the differences of the closed form drown in rounding, and its first order is exact enough. */
const RARE = 1e-3;

function segmentVariance(rate: number, restartS: number, segmentS: number): number {
  const x = rate * segmentS;
  const y = rate * (segmentS + restartS);
  if (y < RARE) return x * (segmentS ** 2 / 3 + segmentS * restartS + restartS ** 2);
  const q = -Math.expm1(-x);
  const r = 1 - Math.exp(-x) * (1 + x);
  const grown = Math.exp(y);
  const againMean = Math.expm1(y) / rate;
  // A stretch of length y without an interruption is reached after a time of this variance.
  const againVariance = (grown * grown - 1 - 2 * y * grown) / rate ** 2;
  const mean = (Math.exp(rate * restartS) * Math.expm1(x)) / rate;
  const square = (2 * r) / rate ** 2 + (2 * r * againMean) / rate + q * (againVariance + againMean ** 2);
  return Math.max(0, square - mean ** 2);
}
