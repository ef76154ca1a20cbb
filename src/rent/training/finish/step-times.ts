// What a step takes, from the events of a log; evaluation, checkpoints and unexplained pauses are counted apart.
import type { LogEvent, ReadingEvent } from '../parser/log-events.ts';
import { progressOf } from './progress.ts';
import { medianOf } from './robust.ts';

export const PAUSE_KINDS = ['evaluation', 'checkpoint', 'unexplained'] as const;
export type PauseKind = (typeof PAUSE_KINDS)[number];

export interface PauseTimes {
  readonly count: number;
  /** Seconds of the latest ones, beyond what the steps between took. */
  readonly seconds: readonly number[];
  /** Steps from one to the next, by the median; null of fewer than two. */
  readonly everySteps: number | null;
}

export interface StepTimes {
  readonly unit: 'step' | 'epoch';
  /** Seconds a step, the latest last; pauses are not in it. */
  readonly stepS: readonly number[];
  readonly pauses: Readonly<Record<PauseKind, PauseTimes>>;
}

export interface StepTimeWatch {
  push(event: LogEvent): void;
  times(): StepTimes;
}

const SAMPLES_MAX = 512;
const PAUSES_MAX = 64;
/** A step so many times as long as usual was no step. */
const PAUSE_FACTOR = 5;
/** Before so many samples nothing is called unusual. */
const SAMPLES_LEAST = 8;
/** Below this, whole seconds of a clock say too little of a step. */
const COARSE_CLOCK_S = 10;

interface Seen {
  readonly done: number;
  readonly hasStepTime: boolean;
  readonly elapsedS: number | undefined;
  readonly loggedAtMs: number | undefined;
  readonly atMs: number;
}

export function createStepTimes(): StepTimeWatch {
  let unit: 'step' | 'epoch' = 'step';
  let samples: number[] = [];
  let usualS = Number.NaN;
  let last: Seen | null = null;
  let pausedFor: PauseKind | null = null;
  const pauses: Record<PauseKind, { count: number; seconds: number[]; lastAt: number | null; gaps: number[] }> = {
    evaluation: { count: 0, seconds: [], lastAt: null, gaps: [] },
    checkpoint: { count: 0, seconds: [], lastAt: null, gaps: [] },
    unexplained: { count: 0, seconds: [], lastAt: null, gaps: [] },
  };

  const addSample = (stepS: number) => {
    samples.push(stepS);
    if (samples.length > SAMPLES_MAX) samples = samples.slice(-SAMPLES_MAX / 2);
    if (samples.length <= SAMPLES_LEAST || samples.length % 16 === 0) usualS = medianOf(samples);
  };
  const addPause = (kind: PauseKind, seconds: number, done: number) => {
    const pause = pauses[kind];
    pause.count += 1;
    pause.seconds = [...pause.seconds.slice(1 - PAUSES_MAX), Math.max(0, seconds)];
    if (pause.lastAt !== null && done > pause.lastAt) pause.gaps = [...pause.gaps.slice(1 - PAUSES_MAX), done - pause.lastAt];
    pause.lastAt = done;
  };
  const read = ({ figures, atMs, writer }: ReadingEvent) => {
    const progress = progressOf(figures);
    if (progress === null || writer > 1) return;
    if (progress.unit !== unit) {
      unit = progress.unit;
      samples = [];
      last = null;
    }
    const now: Seen = {
      done: progress.done,
      hasStepTime: figures.stepS !== undefined,
      elapsedS: figures.elapsedS,
      loggedAtMs: figures.loggedAtMs,
      atMs,
    };
    const steps = last === null ? 0 : now.done - last.done;
    if (last !== null && steps <= 0) {
      // The same step once more, by another line or rank: a full bar may tell its time at the second look only.
      if (steps === 0 && !last.hasStepTime && figures.stepS !== undefined) {
        addSample(figures.stepS);
        last = now;
      }
      // From a step back nothing can be told.
      if (steps < 0) last = now;
      return;
    }
    const wall = last === null ? null : between(last, now);
    last = now;
    const own = figures.stepS;
    const isCoarse = wall === null || (own !== undefined && wall.isWholeSeconds && wall.seconds < COARSE_CLOCK_S);
    const measured = wall === null ? undefined : wall.seconds / steps;
    const stepS = wall?.source === 'elapsed' && !isCoarse ? measured : (own ?? measured);
    const kind = pausedFor;
    pausedFor = null;
    if (stepS === undefined || !(stepS > 0)) return;
    const isUnusual = samples.length >= SAMPLES_LEAST && (measured ?? stepS) > PAUSE_FACTOR * usualS;
    if (wall === null || (kind === null && !isUnusual)) {
      addSample(stepS);
      return;
    }
    const usual = Number.isNaN(usualS) ? (own ?? 0) : usualS;
    const extraS = wall.seconds - steps * usual;
    if (own !== undefined && own <= PAUSE_FACTOR * (usualS || own)) addSample(own);
    if (usual > 0) addPause(kind ?? 'unexplained', extraS, now.done);
  };

  return {
    push(event) {
      switch (event.kind) {
        case 'reading':
          return read(event);
        case 'pause':
          // A checkpoint within an evaluation, or the other way round: the first names the pause.
          pausedFor ??= event.pause;
          return;
        case 'checkpoint':
          pausedFor ??= 'checkpoint';
          return;
        case 'restart':
          last = null;
          pausedFor = null;
          return;
        case 'time-backwards':
          last = null;
          return;
        default:
      }
    },
    times: () => ({
      unit,
      stepS: samples,
      pauses: {
        evaluation: timesOf(pauses.evaluation),
        checkpoint: timesOf(pauses.checkpoint),
        unexplained: timesOf(pauses.unexplained),
      },
    }),
  };
}

function timesOf({
  count,
  seconds,
  gaps,
}: {
  readonly count: number;
  readonly seconds: readonly number[];
  readonly gaps: readonly number[];
}): PauseTimes {
  return { count, seconds, everySteps: gaps.length === 0 ? null : medianOf(gaps) };
}

/** Seconds from one line to a later one, by the best clock that both have; null where none goes forward. */
function between(
  from: Seen,
  to: Seen,
): { readonly seconds: number; readonly source: 'elapsed' | 'logged' | 'arrival'; readonly isWholeSeconds: boolean } | null {
  if (from.elapsedS !== undefined && to.elapsedS !== undefined && to.elapsedS > from.elapsedS) {
    const isWholeSeconds = Number.isInteger(from.elapsedS) && Number.isInteger(to.elapsedS);
    return { seconds: to.elapsedS - from.elapsedS, source: 'elapsed', isWholeSeconds };
  }
  if (from.loggedAtMs !== undefined && to.loggedAtMs !== undefined && to.loggedAtMs > from.loggedAtMs) {
    const isWholeSeconds = from.loggedAtMs % 1_000 === 0 && to.loggedAtMs % 1_000 === 0;
    return { seconds: (to.loggedAtMs - from.loggedAtMs) / 1_000, source: 'logged', isWholeSeconds };
  }
  if (to.atMs <= from.atMs) return null;
  return { seconds: (to.atMs - from.atMs) / 1_000, source: 'arrival', isWholeSeconds: false };
}
