// How far a run is, in one count that grows from 0 to its total, whatever its log counts in.
import type { Figures } from '../parser/figures.ts';

export interface Progress {
  readonly unit: 'step' | 'epoch';
  readonly done: number;
  /** Null where the log does not tell. */
  readonly total: number | null;
}

/** Null where the log tells neither steps nor epochs. */
export function progressOf(figures: Readonly<Figures>): Progress | null {
  const { step, totalSteps, stepScope, epoch, firstEpoch, totalEpochs } = figures;
  if (step !== undefined && stepScope === 'run') {
    // Some logs count from 0 to one less than the total: done is what has been seen.
    return { unit: 'step', done: step, total: totalSteps ?? null };
  }
  if (step !== undefined && totalSteps !== undefined && totalSteps > 0) {
    const before = epoch === undefined ? 0 : Math.max(0, Math.floor(epoch) - firstEpoch);
    const total = totalEpochs === undefined ? null : totalEpochs * totalSteps;
    return { unit: 'step', done: before * totalSteps + step, total };
  }
  if (epoch === undefined) return null;
  // A whole number names the epoch that has just ended; counted from 0, the first one is one epoch done.
  const done = Number.isInteger(epoch) ? epoch + 1 - firstEpoch : epoch;
  return { unit: 'epoch', done, total: totalEpochs ?? null };
}

/** Of how many steps the log's own remaining time is: of its epoch's where steps are those of an epoch. */
export function remainingStepsOf({ step, totalSteps, stepScope }: Readonly<Figures>): number | undefined {
  if (stepScope === 'run' || step === undefined) return undefined;
  return Math.max(0, (totalSteps ?? 0) - step);
}
