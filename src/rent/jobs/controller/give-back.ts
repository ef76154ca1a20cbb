// A machine given back: its rental ends, and is stepped until the instance is seen gone. Nothing follows before that.
import { OVER_STATUSES, type Rental, RentalChangedError } from '../../rental/index.ts';
import type { LedJob } from './context.ts';

export interface GivenBack {
  readonly isGone: boolean;
  readonly nextAtMs: number;
  /** In words. */
  readonly reason: string;
}

const AFTER_FAILURE_MS = 5_000;

/** One step towards the end of the job's present machine; a rental that somebody else ends is only followed. */
export async function giveBack(led: LedJob, rentalId: string | undefined, why: string): Promise<GivenBack> {
  const { rentals, controller, watcher, workplaces, clock, signal } = led;
  const rental = rentalId === undefined ? undefined : await rentals.get(rentalId);
  if (!rental || OVER_STATUSES.includes(rental.status)) {
    if (rental?.instanceId !== undefined) await workplaces.forget(rental.instanceId);
    return { isGone: true, nextAtMs: clock.now(), reason: 'no machine is held' };
  }
  const ending = await end(led, rental, why);
  if (ending.instanceId !== undefined) await workplaces.forget(ending.instanceId);
  const view = await watcher.refresh({ startedAfterMs: clock.now() - 1_000, signal, priority: 'destroy' });
  const step = await controller.step(ending, { view, signal, isAbandoned: true });
  if (OVER_STATUSES.includes(step.rental.status)) {
    return { isGone: true, nextAtMs: clock.now(), reason: step.rental.reason };
  }
  return {
    isGone: false,
    nextAtMs: step.nextAtMs ?? clock.now() + AFTER_FAILURE_MS,
    reason: `instance ${step.rental.instanceId ?? 'in doubt'} is to be seen gone: ${step.rental.reason}`,
  };
}

/** A create in doubt stays so until its label is found or proved absent: the rental's own steps do that. */
async function end({ rentals, fence }: LedJob, rental: Rental, why: string): Promise<Rental> {
  if (rental.status === 'ending' || rental.status === 'intended') return rental;
  try {
    // By the leader alone: one that slept through its term may hold for lost what another has brought back.
    return await rentals.change(rental, { status: 'ending', reason: why }, {}, fence);
  } catch (error) {
    if (!(error instanceof RentalChangedError)) throw error;
    return (await rentals.get(rental.id)) ?? rental;
  }
}
