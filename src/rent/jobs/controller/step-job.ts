// One step of one job: what its record says and what its rental is decide which.
import { OVER_STATUSES, type Rental } from '../../rental/index.ts';
import { isOver, type JobRecord } from '../records/index.ts';
import { bringHome } from './bring-home.ts';
import { comeBack } from './come-back.ts';
import type { JobStep, LedJob } from './context.ts';
import { findMachine } from './find-machine.ts';
import { followBoot } from './follow-boot.ts';
import { judgeFailure } from './judge-failure.ts';
import { rescue } from './rescue.ts';
import { interrupted, type Placed } from './run-end.ts';
import { setUp } from './set-up.ts';
import { waitTurn } from './wait-turn.ts';
import { watchRun } from './watch-run.ts';

export async function stepJob(led: LedJob, record: JobRecord): Promise<JobStep> {
  const { attempt, rentals } = led;
  if (isOver(record.status)) return { record, nextAtMs: Number.POSITIVE_INFINITY };
  if (record.status === 'queued') return await waitTurn(led, record);
  if (record.status === 'provisioning') return await findMachine(led, record);
  const rental = record.rentalId === undefined ? undefined : await rentals.get(record.rentalId);
  // A create in doubt: nobody knows of a machine yet.
  if (!rental) {
    if (record.status === 'unknown') return await findMachine(led, record);
    return await judgeFailure(led, record, {
      kind: 'interruption',
      reason: 'its rental has no record any more',
    });
  }
  if (record.status === 'booting') return await followBoot(led, record);
  const instanceId = attempt?.instanceId ?? rental.instanceId;
  if (!attempt || instanceId === undefined) return await followBoot(led, record);
  const placed: Placed = { attempt, instanceId };
  if (record.status === 'interrupted') return await comeBack(led, record, placed, rental);
  const hasEnded = attempt.endedAtMs !== undefined;
  if (hasEnded && (rental.status === 'ending' || OVER_STATUSES.includes(rental.status) || attempt.brought)) {
    return await bringHome(led, record, placed, rental);
  }
  const present = await observed(led, rental);
  if (present.status !== 'ready') {
    return await interrupted(led, record, placed, `its machine does not run: ${present.reason}`);
  }
  if (record.status === 'unknown') {
    const rescued = await rescue(led, record, placed, present);
    if (rescued) return rescued;
  }
  if (hasEnded) return await bringHome(led, record, placed, present);
  if (attempt.runningAtMs !== undefined) return await watchRun(led, record, placed, present);
  return await setUp(led, record, placed, present);
}

/** The rental as the account was last seen, looked at now and then: whoever else steps rentals makes this a reading. */
async function observed(led: LedJob, rental: Rental): Promise<Rental> {
  const { controller, signal, log, rentalLook } = led;
  if (!rentalLook.isDue()) return rental;
  try {
    return (await controller.step(rental, { signal })).rental;
  } catch (error) {
    if (signal.aborted) throw error;
    // The service may be away: what runs on the machine is looked at all the same.
    log.warn('the account could not be looked at', { rental: rental.id, error });
    return rental;
  }
}
