// What becomes of a try that did not end well: tried again when its clock allows, or the end of the job. Pure but for the
// record that it writes.
import type { RetryKind } from '../file/index.ts';
import { decideRetry, type JobAttempt, type JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { spentOf } from './money.ts';

export interface Failure {
  readonly kind: RetryKind;
  readonly reason: string;
  /** Nothing that a further try would mend: no clock is asked. */
  readonly isFinal?: boolean;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Back to the queue, or failed. Only for a job whose machine is gone, or that never had one. */
export async function judgeFailure(led: LedJob, record: JobRecord, failure: Failure): Promise<JobStep> {
  const { clock, policy, change, attempt } = led;
  const nowMs = Math.trunc(clock.now());
  const spent = await spentOf({ ...led, nowMs }, record);
  const failures = [...record.failures, noteOf(record, failure, { nowMs, checkpoint: attempt?.checkpoint })];
  const decision = failure.isFinal
    ? ({ kind: 'stop', reason: failure.reason } as const)
    : decideRetry({ policy: record.job.retry, failures, nowMs, deadlineMs: deadlineOf(record) });
  const data = { kind: failure.kind, why: failure.reason, spent, ...failure.data };
  if (decision.kind === 'retry') {
    const next = await change(
      record,
      {
        status: 'queued',
        reason: `${decision.reason}: ${failure.reason}`,
        failures,
        spent,
        rentalId: null,
        nextAtMs: Math.trunc(decision.atMs),
      },
      { data },
    );
    return { record: next, nextAtMs: Math.min(decision.atMs, nowMs + policy.rentalMs) };
  }
  const reason = failure.isFinal ? failure.reason : `${failure.reason}; ${decision.reason}`;
  const next = await change(record, { status: 'failed', reason, failures, spent, rentalId: null }, { data });
  return { record: next, nextAtMs: nowMs };
}

function noteOf(
  record: JobRecord,
  { kind, reason }: Failure,
  { nowMs, checkpoint }: { readonly nowMs: number; readonly checkpoint: JobAttempt['checkpoint'] },
) {
  const before = record.failures.findLast((failure) => failure.checkpoint !== undefined)?.checkpoint;
  return {
    kind,
    reason,
    atMs: nowMs,
    hasAdvanced: kind !== 'no_capacity' && checkpoint !== undefined && checkpoint !== before,
    ...(checkpoint !== undefined && { checkpoint }),
  };
}

/** When max_duration is used up; undefined for never, and before a machine was first held. */
export function deadlineOf({ startedAtMs, job }: Pick<JobRecord, 'startedAtMs' | 'job'>): number | undefined {
  if (startedAtMs === undefined || job.maxDurationMs === undefined) return undefined;
  return startedAtMs + job.maxDurationMs;
}
