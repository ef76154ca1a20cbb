// The ways out of a run: it ended, its machine went away, or nobody can see it.
import { formatDuration, formatIso } from '../../../base/std/index.ts';
import { HostKeyChangedError } from '../../../net/ssh/index.ts';
import { isPassing, type RunStatus } from '../../remote/index.ts';
import type { RetryKind } from '../file/index.ts';
import type { JobAttempt, JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { attemptSpent } from './money.ts';
import { SETUP_FAILED } from './run-script.ts';

/** An attempt on a machine that was entered. */
export interface Placed {
  readonly attempt: JobAttempt;
  readonly instanceId: number;
}

/** How the work of an attempt ended; without `failure` it is what was wanted. */
export interface RunEnd {
  readonly failure?: RetryKind;
  readonly reason: string;
  readonly exitCode?: number;
  /** No further try would mend it. */
  readonly isFinal?: boolean;
}

export type Exited = Extract<RunStatus, { readonly state: 'exited' }>;

const AGAIN_MS = 5_000;

/** What is there is brought home now; the attempt remembers how its run ended. */
export async function endRun(
  led: LedJob,
  record: JobRecord,
  { attempt }: Placed,
  end: RunEnd | Exited,
): Promise<JobStep> {
  const { change, clock } = led;
  const { failure, reason, exitCode, isFinal = false } = 'state' in end ? endOf(end) : end;
  const endedAtMs = Math.trunc(clock.now());
  const spent = await attemptSpent(led, attempt);
  const next = await change(
    record,
    { status: 'fetching', reason: `${reason}; its results are brought here` },
    {
      attempt: { ...attempt, endedAtMs, exitCode, failure, isFinal, reason, spent },
      data: { exitCode, failure },
    },
  );
  return { record: next, nextAtMs: clock.now() };
}

function endOf({ code, signal, isOutOfMemory, sinceMs, atMs }: Exited): RunEnd {
  // Machines tell both in whole seconds.
  const tookMs = atMs - sinceMs;
  const after = tookMs < 1_000 ? 'within a second' : `after ${formatDuration(tookMs)}`;
  if (code === 0) return { reason: `exited with 0 ${after}`, exitCode: 0 };
  const why =
    code === SETUP_FAILED
      ? 'its setup failed'
      : isOutOfMemory
        ? `killed for want of memory (exit code ${code})`
        : signal === null
          ? `exited with ${code}`
          : `exited with ${code} (${signal})`;
  return { failure: 'error', reason: `${why} ${after}`, exitCode: code };
}

/** The machine is gone or does not run; what was on it may be lost. */
export async function interrupted(
  led: LedJob,
  record: JobRecord,
  { attempt }: Placed,
  reason: string,
): Promise<JobStep> {
  const { change, clock, session } = led;
  const present = session.present();
  const spent = await attemptSpent(led, attempt);
  const kept = {
    ...attempt,
    spent,
    // Copied since the last look.
    checkpoint: present?.checkpoint() ?? attempt.checkpoint,
    logBytes: present?.logBytes() ?? attempt.logBytes,
  };
  const next = await change(
    record,
    { status: 'interrupted', reason },
    { attempt: kept, data: { instance: attempt.instanceId } },
  );
  return { record: next, nextAtMs: clock.now() };
}

/** Nothing is lost yet: it may run on where nobody sees it. */
export async function unreachable(led: LedJob, record: JobRecord, error: unknown): Promise<JobStep> {
  const { clock, change } = led;
  if (!(error instanceof Error)) throw error;
  const nextAtMs = clock.now() + AGAIN_MS;
  if (!isPassing(error) && !(error instanceof HostKeyChangedError)) {
    // Of the work itself, a full disk here or there: said, and tried again as long as the machine is paid for.
    led.log.warn('a step of a job has failed and is tried again', { job: record.id, error });
    if (record.reason === error.message) return { record, nextAtMs };
    return { record: await change(record, { reason: error.message }), nextAtMs };
  }
  const reason = `instance ${led.attempt?.instanceId ?? '?'} cannot be entered since ${formatIso(clock.now())}: ${error.message}`;
  if (record.status === 'unknown') return { record, nextAtMs };
  return { record: await change(record, { status: 'unknown', reason }), nextAtMs };
}
