// How often a run should write checkpoints on a machine that may be taken away, and what its present habit wastes.
import { formatDuration, formatUsd, type MicroUsd, microUsd, usd } from '../../../base/std/index.ts';

export interface CheckpointTerms {
  /** δ: seconds that writing one takes. */
  readonly costS: number;
  /** λ: interruptions a second. */
  readonly ratePerS: number;
}

/** √(2δ/λ): J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM 17 (1974). */
export function youngIntervalS({ costS, ratePerS }: CheckpointTerms): number {
  return Math.sqrt((2 * costS) / ratePerS);
}

export interface CheckpointQuestion {
  /** Seconds that writing one takes: the log's pauses tell. */
  readonly costS: number;
  readonly interruptionsPerHour: number;
  /** Seconds of work between two now; null where none are written. */
  readonly currentEveryS: number | null;
  /** What remains of the work. */
  readonly workS: number;
  readonly stepS: number | null;
  readonly pricePerHour: MicroUsd;
  /** The formula for the best interval. Default Young's; Daly's is better where writing is dear. */
  readonly interval?: (terms: CheckpointTerms) => number;
}

export interface CheckpointAdvice {
  /** Null where none are worth their time before the end. */
  readonly everyS: number | null;
  readonly everySteps: number | null;
  /** The share of the time that goes into writing and into work done twice, with the advice and as it is now. */
  readonly wasteShare: number;
  readonly wasteShareNow: number;
  /** What an hour of the present habit costs more than one of the advice. */
  readonly savedPerHour: MicroUsd;
  readonly sentence: string;
}

/** Below this difference of the shares, the habit is as good as the advice. */
const SAME_SHARE = 0.01;

export function adviseCheckpoints(question: CheckpointQuestion): CheckpointAdvice {
  const { costS, interruptionsPerHour, currentEveryS, workS, stepS, pricePerHour } = question;
  const ratePerS = interruptionsPerHour / 3_600;
  const best =
    ratePerS > 0 ? (question.interval ?? youngIntervalS)({ costS, ratePerS }) : Number.POSITIVE_INFINITY;
  const everyS = best < workS ? best : null;
  const wasteShare = wasted(everyS, question);
  const wasteShareNow = wasted(currentEveryS, question);
  const savedPerHour = microUsd(usd(pricePerHour) * Math.max(0, wasteShareNow - wasteShare));
  const everySteps =
    everyS === null || stepS === null || !(stepS > 0) ? null : Math.max(1, Math.round(everyS / stepS));
  return { everyS, everySteps, wasteShare, wasteShareNow, savedPerHour, sentence: sentence() };

  function sentence(): string {
    const now =
      currentEveryS === null ? 'none is written' : `one is written every ${duration(currentEveryS)}`;
    if (Math.abs(wasteShareNow - wasteShare) < SAME_SHARE) return `Checkpoints are well spaced: ${now}`;
    const saved = `that saves ${formatUsd(usd(savedPerHour))} an hour`;
    if (everyS === null) return `No checkpoint is worth its time before the end, and ${now}: ${saved}`;
    const steps = everySteps === null ? '' : ` (${everySteps} steps)`;
    return `Write a checkpoint every ${duration(everyS)}${steps}, now ${now}: ${saved}`;
  }
}

/** Writing takes δ of each interval, and an interruption loses half of one: δ/τ + λτ/2, at most everything. */
function wasted(everyS: number | null, { costS, interruptionsPerHour, workS }: CheckpointQuestion): number {
  const ratePerS = interruptionsPerHour / 3_600;
  const intervalS = Math.min(everyS ?? workS, workS);
  const writing = everyS === null || everyS >= workS ? 0 : costS / everyS;
  return Math.min(1, writing + (ratePerS * intervalS) / 2);
}

const duration = (seconds: number): string => formatDuration(Math.round(seconds) * 1_000);
