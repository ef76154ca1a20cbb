// What is known of a run after the lines so far: the last of each figure, beside what the log said ahead.
import type { Figures } from './figures.ts';

/** The last value of each figure; what no line has said is undefined. */
export interface RunState {
  /** Null where nothing was recognised. */
  readonly format: string | null;
  readonly attempts: number;
  readonly writers: number;
  /** Lines of figures. */
  readonly readings: number;
  readonly figures: Readonly<Figures>;
  /** Of the second run, where two write the file. */
  readonly second: Readonly<Figures> | null;
  readonly isFinished: boolean;
}

/** Takes over what a line says. */
export function mergeFigures(into: Figures, from: Figures): void {
  if (from.step !== undefined) into.stepScope = from.stepScope;
  if (from.epoch !== undefined) {
    into.epoch = from.epoch;
    into.firstEpoch = from.firstEpoch;
  }
  if (from.totalEpochs !== undefined) into.totalEpochs = from.totalEpochs;
  if (from.totalSteps !== undefined) into.totalSteps = from.totalSteps;
  if (from.throughput !== undefined) {
    into.throughput = from.throughput;
    into.throughputUnit = from.throughputUnit;
  }
  // What remained at another step says nothing of this one.
  if (from.step !== undefined || from.remainingS !== undefined) into.remainingS = from.remainingS;
  // Written out: a loop over names is three times as slow, and this is done for every line.
  if (from.step !== undefined) into.step = from.step;
  if (from.loss !== undefined) into.loss = from.loss;
  if (from.valLoss !== undefined) into.valLoss = from.valLoss;
  if (from.learningRate !== undefined) into.learningRate = from.learningRate;
  if (from.gradNorm !== undefined) into.gradNorm = from.gradNorm;
  if (from.tokens !== undefined) into.tokens = from.tokens;
  if (from.memoryGb !== undefined) into.memoryGb = from.memoryGb;
  if (from.stepS !== undefined) into.stepS = from.stepS;
  if (from.elapsedS !== undefined) into.elapsedS = from.elapsedS;
  if (from.loggedAtMs !== undefined) into.loggedAtMs = from.loggedAtMs;
  if (from.custom !== undefined) into.custom = { ...into.custom, ...from.custom };
}
