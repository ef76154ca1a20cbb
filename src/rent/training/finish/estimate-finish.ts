// When a run will end and what that will cost, as an interval, from the times of its steps, its pauses, and how often
// the machine is taken away. Pure.
import { type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Progress } from './progress.ts';
import { quantileOf, robustSigma, trimmedMean } from './robust.ts';
import type { PauseTimes, StepTimes } from './step-times.ts';

/** Interruptions as a Poisson process: outbids come in clusters, so a bad day is worse than this tells. */
export interface Hazard {
  readonly interruptionsPerHour: number;
  /** From an interruption to the last checkpoint being loaded elsewhere. */
  readonly restartS: number;
  /** Work between two checkpoints; null where none are written: all is lost then. */
  readonly checkpointEveryS: number | null;
}

export interface FinishQuestion {
  readonly nowMs: number;
  readonly progress: Progress;
  readonly times: StepTimes;
  /** What the log itself says remains; taken where its steps tell no time. */
  readonly remainingS?: number | undefined;
  /** Until how many more steps are done: some tell it of the present epoch. Default all that are left. */
  readonly remainingSteps?: number | undefined;
  /** Seconds of a step as `outsidePace` tells; taken until there are enough step times. */
  readonly outsideS?: Range<number> | null;
  /** What the machines of the run cost together. Default unknown. */
  readonly pricePerHour?: MicroUsd;
  /** Default: never interrupted. */
  readonly hazard?: Hazard;
}

/** Low and high are the ends of an interval that should hold in 8 of 10 runs. */
export interface Range<T> {
  readonly low: T;
  readonly likely: T;
  readonly high: T;
}

/** `step times`: measured; `printed by the run`: its own estimate; `start and newest line`: of all that it did until then. */
export const FINISH_BASES = ['step times', 'printed by the run', 'start and newest line'] as const;
export type FinishBasis = (typeof FINISH_BASES)[number];

export type Finish =
  | {
      readonly kind: 'known';
      readonly remainingS: Range<number>;
      readonly endsAtMs: Range<number>;
      /** Null where no price was given. */
      readonly cost: Range<MicroUsd> | null;
      /** Of the likely time: evaluation, checkpoints and the like, and what interruptions add. */
      readonly pausesS: number;
      readonly interruptionsS: number;
      readonly basis: FinishBasis;
      /** How many step times it rests on; 0 where it rests on something else. */
      readonly samples: number;
    }
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown'; readonly reason: string };

const LOW = 0.1;
const HIGH = 0.9;
/** The normal distribution's value at share 0.9. */
const Z_HIGH = 1.2816;
const BLOCKS = 8;
const TRIMMED_SHARE = 0.05;
/** The share by which a single sample may be wrong either way, less with more of them: 1/√n of it. */
const DOUBT_OF_ONE = 0.5;
/** The log's own estimate comes without an interval. */
const DOUBT_OF_LOG = 0.25;
/** So many step times go before everything else, which knows nothing of how it goes now. */
const SAMPLES_ENOUGH = 8;

export function estimateFinish(question: FinishQuestion): Finish {
  const { progress, times, nowMs, pricePerHour, hazard } = question;
  const { done, total } = progress;
  // Without a total there is what the log says of the whole run itself.
  const whole = total === null ? toldOfRun(question) : null;
  if (total === null && whole === null)
    return { kind: 'unknown', reason: `The log does not tell how many ${progress.unit}s there are` };
  const left = (total ?? Number.POSITIVE_INFINITY) - done;
  if (left <= 0) return { kind: 'done' };
  const work = whole ?? workLeft(question, left);
  if (work === null) return { kind: 'unknown', reason: `No time of a ${progress.unit} is known yet` };
  // An estimate of the whole has its pauses in it.
  const pauses = work.basis === 'step times' ? pausesLeft(times, left) : NO_PAUSES;
  const busy: Range<number> = {
    low: work.low + pauses.low,
    likely: work.likely + pauses.likely,
    high: work.high + pauses.high,
  };
  const remainingS = hazard === undefined ? busy : interrupted(busy, hazard);
  const money = (seconds: number): MicroUsd | null =>
    pricePerHour === undefined || !Number.isFinite(seconds)
      ? null
      : microUsd((pricePerHour / 1e6) * (seconds / 3_600));
  const [low, likely, high] = [money(remainingS.low), money(remainingS.likely), money(remainingS.high)];
  return {
    kind: 'known',
    remainingS,
    endsAtMs: {
      low: nowMs + remainingS.low * 1_000,
      likely: nowMs + remainingS.likely * 1_000,
      high: nowMs + remainingS.high * 1_000,
    },
    cost: low === null || likely === null || high === null ? null : { low, likely, high },
    pausesS: pauses.likely,
    interruptionsS: remainingS.likely - busy.likely,
    basis: work.basis,
    samples: work.basis === 'step times' ? times.stepS.length : 0,
  };
}

const NO_PAUSES: Range<number> = { low: 0, likely: 0, high: 0 };

interface Work extends Range<number> {
  readonly basis: FinishBasis;
}

/** By enough step times; else by whatever leaves the least doubt. */
function workLeft(question: FinishQuestion, left: number): Work | null {
  const { times, remainingS, remainingSteps, outsideS } = question;
  const measured = times.stepS.length === 0 ? null : measuredWork(times, left);
  if (measured !== null && times.stepS.length >= SAMPLES_ENOUGH) return measured;
  const told = remainingS !== undefined && remainingS > 0 ? toldWork(remainingS, remainingSteps, left) : null;
  const outside = outsideS ? outsideWork(outsideS, left) : null;
  const known = [measured, told, outside].filter((work) => work !== null);
  return known.toSorted((a, b) => doubtOf(a) - doubtOf(b))[0] ?? null;
}

const doubtOf = ({ low, likely, high }: Range<number>): number => (high - low) / likely;

function toldOfRun({ remainingS, remainingSteps }: FinishQuestion): Work | null {
  return remainingS !== undefined && remainingS > 0 && remainingSteps === undefined
    ? toldWork(remainingS, undefined, 0)
    : null;
}

function toldWork(seconds: number, steps: number | undefined, left: number): Work {
  const likely = steps === undefined || !(steps > 0) ? seconds : (seconds / steps) * left;
  return {
    basis: 'printed by the run',
    low: likely * (1 - DOUBT_OF_LOG),
    likely,
    high: likely * (1 + DOUBT_OF_LOG),
  };
}

function outsideWork({ low, likely, high }: Range<number>, left: number): Work {
  return { basis: 'start and newest line', low: low * left, likely: likely * left, high: high * left };
}

/**
 * Steps are not independent: a run is slow for minutes at a time. So the doubt is that of the means of up to 8 blocks
 * of the latest steps, and on top of it the noise of single steps, which grows as the root of their number only.
 */
function measuredWork({ stepS }: StepTimes, left: number): Work {
  const mean = trimmedMean(stepS, TRIMMED_SHARE);
  const size = Math.ceil(stepS.length / BLOCKS);
  const means: number[] = [];
  for (let from = 0; from < stepS.length; from += size) {
    means.push(trimmedMean(stepS.slice(from, from + size), TRIMMED_SHARE));
  }
  const noise = Z_HIGH * robustSigma(stepS) * Math.sqrt(left);
  const doubt = (mean * left * DOUBT_OF_ONE) / stepS.length;
  const low = quantileOf(means, LOW) * left - noise - doubt;
  const high = quantileOf(means, HIGH) * left + noise + doubt;
  return {
    basis: 'step times',
    low: Math.max(0, Math.min(low, mean * left)),
    likely: mean * left,
    high: Math.max(high, mean * left),
  };
}

function pausesLeft({ pauses, stepS }: StepTimes, left: number): Range<number> {
  const sum = { low: 0, likely: 0, high: 0 };
  for (const pause of [pauses.evaluation, pauses.checkpoint, pauses.unexplained]) {
    const count = pausesToCome(pause, left, stepS.length);
    if (count === 0) continue;
    sum.low += Math.floor(count) * quantileOf(pause.seconds, LOW);
    sum.likely += count * quantileOf(pause.seconds, 0.5);
    sum.high += Math.ceil(count) * quantileOf(pause.seconds, HIGH);
  }
  return sum;
}

function pausesToCome({ count, seconds, everySteps }: PauseTimes, left: number, samples: number): number {
  if (seconds.length === 0) return 0;
  if (everySteps !== null) return left / everySteps;
  // One alone may have been the only one; as often as so far is as good a guess as any.
  return samples === 0 ? 0 : Math.min(1, (left * count) / samples);
}

/**
 * The likely time is Daly's expectation (J. T. Daly, Future Generation Computer Systems 22, 2006, equation 20:
 * (W/τ)·e^{λR}·(e^{λτ} − 1)/λ, the writing of checkpoints being among the pauses already). The ends take the tenth and
 * ninetieth hundredth of the number of interruptions, each losing half an interval and a restart.
 */
function interrupted(busy: Range<number>, hazard: Hazard): Range<number> {
  const ratePerS = hazard.interruptionsPerHour / 3_600;
  if (!(ratePerS > 0)) return busy;
  const { restartS, checkpointEveryS } = hazard;
  const expected = (workS: number): number => {
    const everyS = Math.min(workS, checkpointEveryS ?? workS);
    if (everyS === 0) return 0;
    return (workS / everyS) * Math.exp(ratePerS * restartS) * (Math.expm1(ratePerS * everyS) / ratePerS);
  };
  const withCount = (workS: number, share: number): number => {
    const everyS = Math.min(workS, checkpointEveryS ?? workS);
    return workS + poissonQuantile(ratePerS * expected(workS), share) * (everyS / 2 + restartS);
  };
  const likely = expected(busy.likely);
  return {
    low: Math.min(likely, withCount(busy.low, LOW)),
    likely,
    high: Math.max(likely, withCount(busy.high, HIGH)),
  };
}

/** The smallest count that a Poisson variable does not exceed with at least this probability. */
function poissonQuantile(mean: number, share: number): number {
  if (!Number.isFinite(mean)) return Number.POSITIVE_INFINITY;
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * (share < 0.5 ? -Z_HIGH : Z_HIGH)));
  let probability = Math.exp(-mean);
  let below = probability;
  let count = 0;
  while (below < share) {
    count += 1;
    probability *= mean / count;
    below += probability;
  }
  return count;
}
