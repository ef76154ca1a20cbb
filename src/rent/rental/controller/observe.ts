// What a listing says of a rental that was entered once: whether it runs, and since when it has been paid for.
import type { Instance } from '../../../net/vast/index.ts';
import type { Rental, RentalChange } from '../records/index.ts';
import { type InstanceStatus, statusOf } from '../watcher/index.ts';

/** Why a rental that should run does not, in words for people. */
const STOPPED_WORDS: Readonly<Partial<Record<InstanceStatus, string>>> = {
  stopped: 'the instance is stopped',
  outbid: 'others pay more: it waits until the bid wins again',
  scheduling: 'it waits for its GPUs, which somebody else has',
  exited: 'its container has ended',
  lost: 'its host has gone offline',
  failed: 'its start has failed',
};

/** The change that makes the record say what the listing shows; undefined when it says so already. */
export function observe(rental: Rental, instance: Instance, nowMs: number): RentalChange | undefined {
  const status = statusOf(instance);
  const isPaid = status === 'running';
  const clock = paidTime(rental, isPaid, nowMs);
  if (rental.status === 'ready' && status in STOPPED_WORDS) {
    return { ...clock, status: 'stopped', reason: STOPPED_WORDS[status] as string };
  }
  // One that was taken out of the way by a person stays so until the same person takes it back.
  if (rental.status === 'stopped' && isPaid && rental.destroyAfterMs === undefined) {
    return { ...clock, status: 'ready', reason: 'the instance runs again' };
  }
  return clock;
}

function paidTime(
  { ranMs, runningSinceMs }: Rental,
  isPaid: boolean,
  nowMs: number,
): RentalChange | undefined {
  if (isPaid === (runningSinceMs !== undefined)) return undefined;
  if (isPaid) return { runningSinceMs: nowMs };
  return { ranMs: ranMs + Math.max(0, nowMs - (runningSinceMs ?? nowMs)), runningSinceMs: null };
}
