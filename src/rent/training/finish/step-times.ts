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

const RECENT = 8;

/** Seconds of a usual step and of the latest 8, by their medians, for `judgeHealth`; null before there are twice as many. */
export function paceOf({ stepS }: StepTimes): {
  readonly usualStepS: number | null;
  readonly recentStepS: number | null;
} {
  if (stepS.length < 2 * RECENT) return { usualStepS: null, recentStepS: null };
  return { usualStepS: medianOf(stepS), recentStepS: medianOf(stepS.slice(-RECENT)) };
}

interface Stretch {
  readonly seconds: number;
  readonly steps: number;
  readonly kind: PauseKind | null;
  readonly done: number;
  /** Seconds a step as the log tells them, where that is better than what was measured. */
  readonly told: number | undefined;
}

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
  let batchEnd: Seen | null = null;
  let batchPause: PauseKind | null = null;
  const pauses: Record<
    PauseKind,
    { count: number; seconds: number[]; lastAt: number | null; gaps: number[] }
  > = {
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
    if (pause.lastAt !== null && done > pause.lastAt)
      pause.gaps = [...pause.gaps.slice(1 - PAUSES_MAX), done - pause.lastAt];
    pause.lastAt = done;
  };
  const read = ({ figures, atMs, writer }: ReadingEvent) => {
    const progress = progressOf(figures);
    if (progress === null || writer > 1) return;
    if (progress.unit !== unit) {
      unit = progress.unit;
      samples = [];
      last = null;
      batchEnd = null;
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
      if (steps < 0) {
        last = now;
        batchEnd = null;
      }
      return;
    }
    const before = last;
    last = now;
    const kind = pausedFor;
    pausedFor = null;
    const own = figures.stepS;
    const wall = before === null ? null : between(before, now);
    if (wall === null) {
      if (own !== undefined && own > 0) addSample(own);
      noteArrival(before, now, kind);
      return;
    }
    // Whole seconds of a clock say less of a short step than what the log tells of it.
    const isCoarse = own !== undefined && wall.isWholeSeconds && wall.seconds < COARSE_CLOCK_S;
    const isElapsed = wall.source === 'elapsed' && !isCoarse;
    settle({ seconds: wall.seconds, steps, kind, done: now.done, told: isElapsed ? undefined : own });
  };
  /** The steps of a stretch of time: their own, or a pause among them. */
  const settle = ({ seconds, steps, kind, done, told }: Stretch) => {
    const measured = seconds / steps;
    const isUnusual = samples.length >= SAMPLES_LEAST && measured > PAUSE_FACTOR * usualS;
    if (kind === null && !isUnusual) {
      addSample(told ?? measured);
      return;
    }
    const usual = Number.isNaN(usualS) ? (told ?? 0) : usualS;
    if (told !== undefined && told <= PAUSE_FACTOR * (usualS || told)) addSample(told);
    if (usual > 0) addPause(kind ?? 'unexplained', seconds - steps * usual, done);
  };
  /**
   * Lines without a time come in batches, as somebody fetches them: a step takes what lies between the ends of two
   * batches, divided by the steps between. A batch has ended when a line of a later time comes.
   */
  const noteArrival = (before: Seen | null, now: Seen, kind: PauseKind | null) => {
    if (before !== null && now.atMs > before.atMs) {
      if (batchEnd !== null && before.done > batchEnd.done && before.atMs > batchEnd.atMs) {
        const seconds = (before.atMs - batchEnd.atMs) / 1_000;
        const steps = before.done - batchEnd.done;
        if (!before.hasStepTime)
          settle({ seconds, steps, kind: batchPause, done: before.done, told: undefined });
        else if (batchPause !== null || seconds > steps * PAUSE_FACTOR * usualS) {
          addPause(batchPause ?? 'unexplained', seconds - steps * usualS, before.done);
        }
      }
      batchEnd = before;
      batchPause = null;
    }
    batchPause ??= kind;
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
          batchEnd = null;
          pausedFor = null;
          batchPause = null;
          return;
        case 'two-writers':
          // What was measured from a line of one run to a line of the other tells nothing of either.
          if (event.isCertain) {
            samples = [];
            usualS = Number.NaN;
          }
          last = null;
          batchEnd = null;
          return;
        case 'time-backwards':
          last = null;
          batchEnd = null;
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

/** Seconds from one line to a later one, by the best clock written in both; null where none goes forward. */
function between(
  from: Seen,
  to: Seen,
): {
  readonly seconds: number;
  readonly source: 'elapsed' | 'logged';
  readonly isWholeSeconds: boolean;
} | null {
  if (from.elapsedS !== undefined && to.elapsedS !== undefined && to.elapsedS > from.elapsedS) {
    const isWholeSeconds = Number.isInteger(from.elapsedS) && Number.isInteger(to.elapsedS);
    return { seconds: to.elapsedS - from.elapsedS, source: 'elapsed', isWholeSeconds };
  }
  if (from.loggedAtMs !== undefined && to.loggedAtMs !== undefined && to.loggedAtMs > from.loggedAtMs) {
    const isWholeSeconds = from.loggedAtMs % 1_000 === 0 && to.loggedAtMs % 1_000 === 0;
    return { seconds: (to.loggedAtMs - from.loggedAtMs) / 1_000, source: 'logged', isWholeSeconds };
  }
  return null;
}
