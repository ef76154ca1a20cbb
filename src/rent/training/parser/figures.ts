// What one line of a training log can say about a run: one flat record with a place for each figure.

export const STEP_SCOPES = ['run', 'epoch'] as const;
/** Whether steps count through the whole run or begin again with each epoch. */
export type StepScope = (typeof STEP_SCOPES)[number];

export const THROUGHPUT_UNITS = ['tokens/s', 'samples/s', 'steps/s'] as const;
export type ThroughputUnit = (typeof THROUGHPUT_UNITS)[number];

/** Undefined is what a line does not say. NaN and infinities of losses and norms are values that it does say. */
export interface Figures {
  /** As the log counts it; a fraction where it tells one. */
  epoch: number | undefined;
  /** The number of the first epoch. Default 1. */
  firstEpoch: 0 | 1;
  totalEpochs: number | undefined;
  step: number | undefined;
  totalSteps: number | undefined;
  stepScope: StepScope;
  loss: number | undefined;
  valLoss: number | undefined;
  learningRate: number | undefined;
  gradNorm: number | undefined;
  throughput: number | undefined;
  throughputUnit: ThroughputUnit | undefined;
  tokens: number | undefined;
  memoryGb: number | undefined;
  /** Seconds that a step takes, as the log says. */
  stepS: number | undefined;
  /** Seconds that the log itself expects until the end (of the epoch where steps are those of an epoch). */
  remainingS: number | undefined;
  /** Seconds since the start, as the log says. */
  elapsedS: number | undefined;
  /** The time written in the line; a time without a zone is taken as UTC. */
  loggedAtMs: number | undefined;
  /** Figures without a place above, by the name that the log or a custom metric gives them. */
  custom: Record<string, number> | undefined;
}

/** All places at once, so that every record has one shape: a log is millions of them. */
export function emptyFigures(): Figures {
  return {
    epoch: undefined,
    firstEpoch: 1,
    totalEpochs: undefined,
    step: undefined,
    totalSteps: undefined,
    stepScope: 'run',
    loss: undefined,
    valLoss: undefined,
    learningRate: undefined,
    gradNorm: undefined,
    throughput: undefined,
    throughputUnit: undefined,
    tokens: undefined,
    memoryGb: undefined,
    stepS: undefined,
    remainingS: undefined,
    elapsedS: undefined,
    loggedAtMs: undefined,
    custom: undefined,
  };
}

/** Names of one line's own figures; a line with more says nothing that a person looks at. */
const CUSTOM_MAX = 64;

const NAME_MAX = 100;
const NAME = /^[^\p{Cc}]+$/u;

/** A name that is no name, too long or with control characters in it, is left out: no screen and no store takes it. */
export function addCustom(figures: Figures, name: string, value: number): void {
  if (name.length > NAME_MAX || !NAME.test(name)) return;
  figures.custom ??= {};
  if (Object.hasOwn(figures.custom, name) || Object.keys(figures.custom).length < CUSTOM_MAX) {
    figures.custom[name] = value;
  }
}

/** Places that hold a plain number. */
export const NUMBER_FIELDS = [
  'epoch',
  'totalEpochs',
  'step',
  'totalSteps',
  'loss',
  'valLoss',
  'learningRate',
  'gradNorm',
  'throughput',
  'tokens',
  'memoryGb',
  'stepS',
  'remainingS',
  'elapsedS',
] as const satisfies readonly (keyof Figures)[];
export type NumberField = (typeof NUMBER_FIELDS)[number];
