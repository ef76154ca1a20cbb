// What health needs to know of a log, gathered from its events.
import { progressOf } from '../finish/progress.ts';
import type { LogEvent, Pause } from '../parser/log-events.ts';

/** Null is: has not happened. Times are those of arrival. */
export interface RunFacts {
  readonly lastLineAtMs: number | null;
  /** When the step last grew. */
  readonly lastProgressAtMs: number | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly pause: { readonly pause: Pause; readonly sinceMs: number } | null;
  readonly finishedAtMs: number | null;
  readonly outOfMemory: { readonly atMs: number; readonly text: string } | null;
  readonly failure: { readonly atMs: number; readonly text: string } | null;
}

export const NO_FACTS: RunFacts = {
  lastLineAtMs: null,
  lastProgressAtMs: null,
  done: null,
  total: null,
  pause: null,
  finishedAtMs: null,
  outOfMemory: null,
  failure: null,
};

/** A line that told nothing is a sign of life too. */
export function noteLine(facts: RunFacts, atMs: number): RunFacts {
  return { ...facts, lastLineAtMs: atMs };
}

export function noteEvent(facts: RunFacts, event: LogEvent): RunFacts {
  const now = noteLine(facts, event.atMs);
  switch (event.kind) {
    case 'reading': {
      const progress = progressOf(event.figures);
      if (progress === null) return now;
      // Of two runs in one file the first one's place is told, and that either goes on counts as going on.
      if (event.writer > 1) return { ...now, lastProgressAtMs: event.atMs, pause: null };
      const { done, total } = progress;
      if (facts.done !== null && done <= facts.done) return { ...now, total: total ?? facts.total };
      // It goes on: whatever ended it before has been overcome.
      return {
        ...now,
        done,
        total: total ?? facts.total,
        lastProgressAtMs: event.atMs,
        pause: null,
        finishedAtMs: null,
        outOfMemory: null,
        failure: null,
      };
    }
    case 'restart':
      return { ...NO_FACTS, lastLineAtMs: event.atMs, lastProgressAtMs: event.atMs };
    case 'two-writers':
      // The furthest place so far may have been the other's.
      return event.isCertain ? { ...now, done: null, total: null } : now;
    case 'pause':
      return { ...now, pause: { pause: event.pause, sinceMs: event.atMs } };
    case 'finished':
      return { ...now, finishedAtMs: facts.finishedAtMs ?? event.atMs };
    case 'out-of-memory':
      return { ...now, outOfMemory: facts.outOfMemory ?? { atMs: event.atMs, text: event.text } };
    case 'failed':
      return { ...now, failure: facts.failure ?? { atMs: event.atMs, text: event.text } };
    default:
      return now;
  }
}
