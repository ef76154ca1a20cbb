// Whether a job is tried again, and when. Each kind of failure has a clock and a count of its own. Pure.
import { formatDuration } from '../../../base/std/index.ts';
import type { RetryKind, RetryLimit, RetryPolicy } from '../file/index.ts';
import type { JobFailure } from './job-record.ts';

export type RetryDecision =
  | { readonly kind: 'retry'; readonly atMs: number; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string };

export interface RetryQuestion {
  readonly policy: RetryPolicy;
  /** Oldest first; the last is the one in question. At least one. */
  readonly failures: readonly JobFailure[];
  readonly nowMs: number;
  /** When max_duration is used up; undefined never. */
  readonly deadlineMs?: number | undefined;
}

/** Searching costs nothing but the API's patience; the market changes in minutes. The last one repeats. */
const WAITS_MS = [15_000, 30_000, 60_000, 120_000, 300_000];

const KIND_WORDS: Readonly<Record<RetryKind, string>> = {
  no_capacity: 'no machine to be had',
  interruption: 'interrupted',
  error: 'failed',
};

/**
 * The clocks. `no_capacity`: since the search that goes on now found nothing for the first time. `interruption`: since
 * the first interruption after the work last came further, so that a job which saves its work may be interrupted for
 * ever, and one that never gets anywhere is given up. `error`: since the first error of all. While a machine is
 * looked for after an interruption, the clock of the interruption counts too, and the longer one decides.
 */
export function decideRetry({ policy, failures, nowMs, deadlineMs }: RetryQuestion): RetryDecision {
  const last = failures.at(-1);
  if (!last) throw new RangeError('Nothing has failed: there is nothing to try again');
  const judged = judge(last.kind, streakOf(failures, last.kind), policy[last.kind], nowMs);
  const decision =
    judged.kind === 'stop' && last.kind === 'no_capacity'
      ? afterInterruption({ policy, failures, nowMs }, judged)
      : judged;
  if (decision.kind === 'retry' && deadlineMs !== undefined && decision.atMs >= deadlineMs) {
    return { kind: 'stop', reason: `${KIND_WORDS[last.kind]}, and max_duration leaves no time to try again` };
  }
  return decision;
}

function afterInterruption({ policy, failures, nowMs }: RetryQuestion, judged: RetryDecision): RetryDecision {
  const before = failures.findLast(({ kind }) => kind !== 'no_capacity');
  const { forMs } = policy.interruption;
  if (before?.kind !== 'interruption') return judged;
  const interruptions = streakOf(failures.slice(0, failures.indexOf(before) + 1), 'interruption');
  const limit = { forMs, times: policy.no_capacity.times };
  // Tried as often as the search itself would be, by the clock of the interruption.
  return judge(
    'no_capacity',
    { ...streakOf(failures, 'no_capacity'), sinceMs: interruptions.sinceMs },
    limit,
    nowMs,
  );
}

interface Streak {
  /** Failures in it, the one in question included. */
  readonly count: number;
  readonly sinceMs: number;
  readonly lastMs: number;
}

function streakOf(failures: readonly JobFailure[], kind: RetryKind): Streak {
  const streak: JobFailure[] = [];
  for (const failure of failures.toReversed()) {
    if (kind === 'no_capacity' && failure.kind !== kind) break;
    if (failure.kind === kind) streak.push(failure);
    if (kind === 'interruption' && failure.hasAdvanced) break;
  }
  return { count: streak.length, sinceMs: streak.at(-1)?.atMs ?? 0, lastMs: streak[0]?.atMs ?? 0 };
}

function judge(
  kind: RetryKind,
  { count, sinceMs, lastMs }: Streak,
  { forMs, times }: RetryLimit,
  nowMs: number,
): RetryDecision {
  const words = KIND_WORDS[kind];
  if (times !== undefined && count > times) {
    const tried =
      times === 0 ? 'is not tried again' : `was tried again ${times === 1 ? 'once' : `${times} times`}`;
    return { kind: 'stop', reason: `${words}, and ${tried} (retry.${kind}.times: ${times})` };
  }
  const endMs = forMs === undefined ? Number.POSITIVE_INFINITY : sinceMs + forMs;
  if (nowMs >= endMs) {
    return {
      kind: 'stop',
      reason: `${words} for ${formatDuration(nowMs - sinceMs)} (retry.${kind}.for: ${formatDuration(forMs ?? 0)})`,
    };
  }
  // After the first interruption at once: every minute of waiting is a minute without the machine.
  const step = kind === 'interruption' ? count - 2 : count - 1;
  const waitMs = step < 0 ? 0 : (WAITS_MS[Math.min(step, WAITS_MS.length - 1)] as number);
  const atMs = Math.max(nowMs, Math.min(lastMs + waitMs, endMs));
  const when = atMs === nowMs ? 'now' : `in ${formatDuration(atMs - nowMs)}`;
  return { kind: 'retry', atMs, reason: `${words}, tried again ${when}` };
}
