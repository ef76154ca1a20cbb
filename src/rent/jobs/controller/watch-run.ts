// running: looks at the run, the machine under it, the clock, the losses and the lease, and copies checkpoints.
import type { Rental } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob, RunSession } from './context.ts';
import { attemptSpent } from './money.ts';
import { throwIfEnded } from './notice-cancel.ts';
import { endRun, interrupted, type Placed, unreachable } from './run-end.ts';
import { runIdOf } from './run-script.ts';
import { soon } from './soon.ts';
import { exited, stopReason, stopRun } from './stop-run.ts';
import { coverTraffic } from './traffic.ts';

export async function watchRun(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  rental: Rental,
): Promise<JobStep> {
  const { workplaces, change, clock, policy, session } = led;
  const { attempt, instanceId } = placed;
  const place = workplaces.of(instanceId);
  const { runs } = place;
  const runId = runIdOf(record.id, attempt.attempt);
  try {
    const status = await soon(led, place, (within) => runs.status(runId, { signal: within }));
    const present = session.ensure(record, attempt, instanceId);
    if (status.state === 'exited') return await exited(led, record, placed, status);
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
    const covered = await coverTraffic(led, record, placed, rental);
    if (covered.denied !== undefined) present.endFor(covered.denied);
    const now: Placed = { attempt: covered.attempt, instanceId };
    const asked = stopReason(led, covered.record);
    if (asked !== undefined) return await stopRun(led, covered.record, now, asked);
    if (record.job.maxDurationMs === undefined) await keepLease(led, rental, policy.leaseMs);
    return await noteProgress(led, covered.record, now, present);
  } catch (error) {
    throwIfEnded(led);
    return await unreachable(led, record, error);
  }
}

/** The record follows what is here: the newest checkpoint at once, the length of the log when it is written anyway. */
async function noteProgress(
  led: LedJob,
  record: JobRecord,
  { attempt, instanceId }: Placed,
  present: RunSession,
): Promise<JobStep> {
  const { change, clock, policy } = led;
  const nextAtMs = clock.now() + policy.lookMs;
  const checkpoint = present.checkpoint();
  const isSaid = record.status === 'running';
  if (isSaid && checkpoint === attempt.checkpoint) return { record, nextAtMs };
  const spent = await attemptSpent(led, attempt);
  const kept = { ...attempt, checkpoint, logBytes: present.logBytes(), spent };
  const words = isSaid ? {} : ({ status: 'running', reason: `runs on instance ${instanceId}` } as const);
  const next = await change(record, words, { attempt: kept, data: { checkpoint } });
  return { record: next, nextAtMs };
}

/**
 * So that the lease reaches a third of `forMs` at least. Without max_duration it goes on while somebody watches, and
 * while results are brought here, however long that takes; what the ledger denies ends with the lease.
 */
export async function keepLease(led: LedJob, rental: Rental, forMs: number): Promise<void> {
  const { clock, ender, connect, log } = led;
  const leftMs = rental.prepaidUntilMs - clock.now();
  if (leftMs > forMs / 3) return;
  try {
    const renewed = await ender.renew(rental, { untilMs: clock.now() + forMs, connect });
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
