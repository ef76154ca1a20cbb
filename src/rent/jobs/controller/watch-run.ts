// running: looks at the run, the machine under it, the clock, the losses and the lease, and copies checkpoints.
import { formatDuration } from '../../../base/std/index.ts';
import type { Rental } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { deadlineOf } from './judge-failure.ts';
import { endRun, interrupted, type Placed, type RunEnd, unreachable } from './run-end.ts';
import { runIdOf } from './run-script.ts';

export async function watchRun(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  rental: Rental,
): Promise<JobStep> {
  const { workplaces, change, clock, policy, signal, session } = led;
  const { attempt, instanceId } = placed;
  const { runs } = workplaces.of(instanceId);
  const runId = runIdOf(record.id, attempt.attempt);
  try {
    const status = await runs.status(runId, { signal });
    const present = session.ensure(record, attempt, instanceId);
    if (status.state === 'exited') {
      const asked = stopReason(led, record);
      // One that was asked to end has no code of its own that would count.
      return await endRun(
        led,
        record,
        placed,
        asked === undefined ? status : { ...asked, exitCode: status.code },
      );
    }
    if (status.state === 'lost') {
      // Killed on a machine that runs on: an error of its own, unlike a restart of what it ran in.
      if (status.reason === 'killed' || status.reason === 'out-of-memory') {
        const asked = stopReason(led, record);
        const why = status.reason === 'killed' ? 'it was killed' : 'it was killed for want of memory';
        return await endRun(led, record, placed, asked ?? { failure: 'error', reason: why });
      }
      return await interrupted(led, record, placed, `its run was lost: ${status.reason}`);
    }
    if (status.state === 'not-started') {
      return {
        record: await change(record, { status: 'interrupted', reason: 'its run is not there any more' }),
        nextAtMs: clock.now(),
      };
    }
    const asked = stopReason(led, record);
    if (asked !== undefined) {
      await runs.signal(runId, { name: 'TERM', graceMs: policy.graceMs, signal });
      return { record, nextAtMs: clock.now() + 1_000 };
    }
    if (record.job.maxDurationMs === undefined) await keepLease(led, rental);
    const checkpoint = present.checkpoint();
    if (record.status === 'unknown' || checkpoint !== attempt.checkpoint) {
      const kept = { ...attempt, checkpoint, logBytes: present.logBytes() };
      const back =
        record.status === 'unknown'
          ? ({ status: 'running', reason: `runs on instance ${instanceId}` } as const)
          : {};
      const next = await change(record, back, { attempt: kept, data: { checkpoint } });
      return { record: next, nextAtMs: clock.now() + policy.lookMs };
    }
    return { record, nextAtMs: clock.now() + policy.lookMs };
  } catch (error) {
    if (signal.aborted) throw error;
    return await unreachable(led, record, error);
  }
}

/** Why the run has to end before it does by itself; undefined when it does not. */
function stopReason({ clock, session }: LedJob, record: JobRecord): RunEnd | undefined {
  if (record.cancelAskedAtMs !== undefined) return { reason: 'cancelled' };
  const diverged = record.job.stopsOnNan ? session.present()?.divergence() : undefined;
  if (diverged !== undefined) return { failure: 'error', reason: `stopped because ${diverged}` };
  const deadlineMs = deadlineOf(record);
  if (deadlineMs !== undefined && clock.now() >= deadlineMs) {
    const took = formatDuration(record.job.maxDurationMs ?? 0);
    return { failure: 'error', reason: `stopped because max_duration (${took}) is used up`, isFinal: true };
  }
  return undefined;
}

/** Without max_duration the lease goes on while somebody watches; what the ledger denies ends with the lease. */
async function keepLease(led: LedJob, rental: Rental): Promise<void> {
  const { clock, policy, ender, connect, log } = led;
  const leftMs = rental.prepaidUntilMs - clock.now();
  if (leftMs > policy.leaseMs / 3) return;
  try {
    const renewed = await ender.renew(rental, { untilMs: clock.now() + policy.leaseMs, connect });
    if (renewed.kind !== 'renewed') {
      log.warn('the lease of a job was not renewed: its machine stops when it ends', {
        rental: rental.id,
        reason: renewed.reason,
      });
    }
  } catch (error) {
    log.warn('the lease of a job could not be renewed; it is tried again', { rental: rental.id, error });
  }
}
