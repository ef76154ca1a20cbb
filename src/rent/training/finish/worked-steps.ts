// How many steps a log tells to have been done, and until when: with the time at which it began that is the time of a step,
// also where no line tells one.
import type { LogEvent } from '../parser/log-events.ts';
import { progressOf } from './progress.ts';

export interface WorkedSteps {
  /** Within what was read: by all attempts together, and by the present one. */
  readonly all: number;
  readonly present: number;
  readonly attempts: number;
  /** How far the run is. */
  readonly done: number;
  /** Steps from one line to the next: as many may have been done before the first one unseen. */
  readonly stride: number;
  /** When the newest of them was written, as far as its lines' arrival tells. */
  readonly newestAtMs: number;
}

export interface WorkedStepsWatch {
  push(event: LogEvent): void;
  /** Null before the second step, and where two runs write the log. */
  worked(): WorkedSteps | null;
}

interface Attempt {
  readonly first: number;
  last: number;
  stride: number;
}

export function createWorkedSteps(): WorkedStepsWatch {
  let unit: 'step' | 'epoch' | null = null;
  let before = 0;
  let attempts = 1;
  let attempt: Attempt | null = null;
  let newestAtMs = 0;
  let isOfTwo = false;

  return {
    push(event) {
      if (event.kind === 'two-writers') isOfTwo ||= event.isCertain;
      if (event.kind === 'restart') {
        before += attempt === null ? 0 : stepsOf(attempt);
        attempts += 1;
        attempt = null;
      }
      if (event.kind !== 'reading' || event.writer > 1) return;
      const progress = progressOf(event.figures);
      if (progress === null) return;
      const { done } = progress;
      if (attempt === null || progress.unit !== unit) {
        if (progress.unit !== unit) before = 0;
        ({ unit } = progress);
        attempt = { first: done, last: done, stride: 0 };
        newestAtMs = event.atMs;
      } else if (done > attempt.last) {
        if (attempt.stride === 0) attempt.stride = done - attempt.last;
        attempt.last = done;
        newestAtMs = event.atMs;
      }
    },
    worked() {
      if (attempt === null || attempt.stride === 0 || isOfTwo) return null;
      const present = stepsOf(attempt);
      const { last, stride } = attempt;
      return { all: before + present, present, attempts, done: last, stride, newestAtMs };
    },
  };
}

/** With the steps that led to the first line: what a line tells has been done since the one before it. */
function stepsOf({ first, last, stride }: Attempt): number {
  return last - first + Math.min(first, stride);
}
