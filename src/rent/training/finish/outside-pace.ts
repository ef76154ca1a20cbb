// The time of a step as it looks from outside, where no line tells one and none has been seen coming: since when the run
// goes on, and how many steps it did until its newest line. Pure.
import type { Range } from './estimate-finish.ts';
import type { WorkedSteps } from './worked-steps.ts';

export interface OutsideFacts {
  /** Epoch milliseconds, all by one clock; null where unknown. Of the program that writes the log. */
  readonly programStartedAtMs: number | null;
  /** When the log was made: its file's birth. */
  readonly logBornAtMs: number | null;
  /** Of the container: nothing that runs now began before. */
  readonly machineStartedAtMs: number | null;
  /** Of the log's bytes, how many were read: below 1 where a long log was begun near its end. */
  readonly readShare: number;
  /** False where lines came without the time of their writing: the newest may have been written at any time before. */
  readonly isNewestTimed: boolean;
}

/** Model and data are loaded before the first step: for so long at most, and half of the time. */
const SETUP_MOST_S = 600;
const SETUP_MOST_SHARE = 0.5;
/** Speeds wander: what comes may be so much faster or slower than what was, on average. */
const WANDER_SHARE = 0.1;
/** Lines are not all as long as those at the end. */
const UNREAD_SHARE = 0.25;
/** Between attempts nothing is done, for how long is unknown: at most so much of the time. */
const BETWEEN_SHARE = 0.5;
/** Files tell whole seconds. */
const CLOCK_S = 1;
/** Shorter than this, the whole seconds are most of it. */
const LEAST_S = 10;
const STEPS_LEAST = 2;

/** Seconds of a step, with an interval for 8 of 10 runs; null where the facts do not tell. */
export function outsidePace(worked: WorkedSteps, facts: OutsideFacts): Range<number> | null {
  const span = spanOf(worked, facts);
  if (span === null || span.high < LEAST_S) return null;
  const { readShare } = facts;
  const isWhole = readShare >= 1;
  const seen = span.isOfPresent ? worked.present : worked.all;
  // Of what stands before, as many steps are reckoned as its bytes would hold, but none before the first of all.
  const steps =
    isWhole || worked.attempts > 1
      ? seen / (isWhole ? 1 : readShare)
      : Math.max(seen, Math.min(seen / readShare, worked.done));
  if (seen < STEPS_LEAST) return null;
  const doubt = Math.min(0.9, WANDER_SHARE + worked.stride / steps + (isWhole ? 0 : UNREAD_SHARE));
  return {
    low: (span.low / steps) * (1 - doubt),
    likely: span.likely / steps,
    high: (span.high / steps) * (1 + doubt),
  };
}

interface Span extends Range<number> {
  /** Of the present attempt alone, which is all that has run since. */
  readonly isOfPresent: boolean;
}

/** Seconds of work until the newest line. */
function spanOf({ attempts, newestAtMs }: WorkedSteps, facts: OutsideFacts): Span | null {
  const { programStartedAtMs, logBornAtMs, machineStartedAtMs, isNewestTimed } = facts;
  const since = (startMs: number) => Math.max(0, (newestAtMs - startMs) / 1_000);
  const known = programStartedAtMs ?? logBornAtMs;
  const isOfThisMachine = known !== null && (machineStartedAtMs === null || known >= machineStartedAtMs);
  if (known !== null && isNewestTimed && (isOfThisMachine || attempts === 1)) {
    const seconds = since(known);
    const setup = Math.min(SETUP_MOST_S, SETUP_MOST_SHARE * seconds);
    const between = (attempts > 1 ? BETWEEN_SHARE : 0) + (isOfThisMachine ? 0 : BETWEEN_SHARE);
    return {
      low: Math.max(0, (seconds - setup) * (1 - Math.min(between, BETWEEN_SHARE)) - CLOCK_S),
      likely: seconds,
      high: seconds + CLOCK_S,
      isOfPresent: false,
    };
  }
  // It began at some moment since then, each as likely as the other.
  const earliest = latestOf([machineStartedAtMs, attempts === 1 ? known : null]);
  if (earliest === null) return null;
  const most = since(earliest);
  return { low: 0.1 * most, likely: 0.5 * most, high: 0.9 * most, isOfPresent: true };
}

function latestOf(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}
