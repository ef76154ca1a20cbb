// Why a run has to end before it does by itself, and how it is told.
import { formatDuration } from '../../../base/std/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { deadlineOf } from './judge-failure.ts';
import { type Exited, endRun, type Placed, type RunEnd } from './run-end.ts';
import { runIdOf } from './run-script.ts';
import { say } from './say.ts';
import { soon } from './soon.ts';

const READ_MS = 1_000;

/**
 * Undefined when it has not. `atMs`: when it ended, where it has; a run that ended in time while nobody looked was in
 * time.
 */
export function stopReason(
  { clock, session }: LedJob,
  record: JobRecord,
  atMs: number = clock.now(),
): RunEnd | undefined {
  if (record.cancelAskedAtMs !== undefined) return { reason: 'cancelled' };
  const present = session.present();
  const diverged = record.job.stopsOnNan ? present?.divergence() : undefined;
  if (diverged !== undefined) return { failure: 'error', reason: `stopped because ${diverged}` };
  // More traffic is not covered: final, since another machine would carry the same.
  const denied = present?.endsFor();
  if (denied !== undefined) return { failure: 'error', reason: `stopped because ${denied}`, isFinal: true };
  const deadlineMs = deadlineOf(record);
  if (deadlineMs !== undefined && atMs >= deadlineMs) {
    const took = formatDuration(record.job.maxDurationMs ?? 0);
    return { failure: 'error', reason: `stopped because max_duration (${took}) is used up`, isFinal: true };
  }
  return undefined;
}

/** Signalled once, so that a program which saves its work is not disturbed while it does; killed after the grace. */
export async function stopRun(
  led: LedJob,
  record: JobRecord,
  { attempt, instanceId }: Placed,
  asked: RunEnd,
): Promise<JobStep> {
  const { workplaces, clock, policy, session } = led;
  const present = session.ensure(record, attempt, instanceId);
  if (present.isStopDue()) {
    const place = workplaces.of(instanceId);
    const runId = runIdOf(record.id, attempt.attempt);
    await soon(led, place, (within) =>
      place.runs.signal(runId, { name: 'TERM', graceMs: policy.graceMs, signal: within }),
    );
    present.stopAsked();
  }
  return await say(led, record, `it is asked to end: ${asked.reason}`, clock.now() + 1_000);
}

/** One that was asked to end has no code of its own that would count. */
export async function exited(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  status: Exited,
): Promise<JobStep> {
  const { session, clock } = led;
  const present = session.ensure(record, placed.attempt, placed.instanceId);
  // Whether it was stopped for its losses stands in the log, when nobody remembers.
  if (record.job.stopsOnNan && !present.isRead()) return { record, nextAtMs: clock.now() + READ_MS };
  const asked = stopReason(led, record, status.atMs);
  return await endRun(led, record, placed, asked ? { ...asked, exitCode: status.code } : status);
}
