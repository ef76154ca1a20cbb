// Puts a named number into its place, in our units.
import type { Figures } from './figures.ts';
import { type Meaning, meaningOf } from './key-names.ts';

/** True where `name` is one of our figures; the first of two of a kind stays (`train loss` before `loss_ema`). */
export function putNamed(figures: Figures, name: string, value: number): boolean {
  const meaning = meaningOf(name);
  if (meaning === null) return false;
  putMeant(figures, meaning, value);
  return true;
}

/** A `total` beside a step or an epoch (`step 3/10`) is put with it. */
export function putMeant(figures: Figures, meaning: Meaning, value: number, total?: number): void {
  switch (meaning) {
    case 'tokensPerS':
      putThroughput(figures, value, 'tokens/s');
      return;
    case 'samplesPerS':
      putThroughput(figures, value, 'samples/s');
      return;
    case 'stepsPerS':
      putThroughput(figures, value, 'steps/s');
      return;
    case 'stepMs':
      figures.stepS ??= finite(value / 1_000);
      return;
    case 'elapsedMs':
      figures.elapsedS ??= finite(value / 1_000);
      return;
    case 'memoryMb':
      figures.memoryGb ??= value / 1_024;
      return;
    case 'memoryBytes':
      figures.memoryGb ??= value / 2 ** 30;
      return;
    case 'step':
      figures.step ??= count(value);
      if (total !== undefined) figures.totalSteps ??= count(total);
      return;
    case 'epoch':
      figures.epoch ??= finite(value);
      if (total !== undefined) figures.totalEpochs ??= count(total);
      return;
    case 'totalSteps':
      figures.totalSteps ??= count(value);
      return;
    case 'totalEpochs':
      figures.totalEpochs ??= count(value);
      return;
    case 'stepS':
      figures.stepS ??= finite(value);
      return;
    case 'elapsedS':
      figures.elapsedS ??= finite(value);
      return;
    case 'remainingS':
      figures.remainingS ??= finite(value);
      return;
    case 'loss':
      figures.loss ??= value;
      return;
    case 'valLoss':
      figures.valLoss ??= value;
      return;
    case 'learningRate':
      figures.learningRate ??= value;
      return;
    case 'gradNorm':
      figures.gradNorm ??= value;
      return;
    case 'throughput':
      figures.throughput ??= value;
      return;
    case 'tokens':
      figures.tokens ??= value;
      return;
    case 'memoryGb':
      figures.memoryGb ??= value;
  }
}

function putThroughput(figures: Figures, value: number, unit: NonNullable<Figures['throughputUnit']>): void {
  // Tokens say more than samples, samples more than steps.
  const rank = (of: Figures['throughputUnit']) => ['steps/s', 'samples/s', 'tokens/s'].indexOf(of ?? '');
  if (rank(unit) <= rank(figures.throughputUnit)) return;
  figures.throughput = value;
  figures.throughputUnit = unit;
}

/** Steps and totals are whole and not negative: -1 stands for "no limit" in many configurations. */
function count(value: number): number | undefined {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.floor(value) : undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
