// Does what `endsDue` says: stops what may not run any more, notes what has stopped, and lets go of what was kept long
// enough.
import { keyRefusedAlert, secondFactorAlert } from '../../../net/notify/index.ts';
import { type Instance, NoSuchInstanceError, VastError } from '../../../net/vast/index.ts';
import { type Rental, RentalChangedError } from '../records/index.ts';
import { statusOf } from '../watcher/index.ts';
import type { EndingContext } from './context.ts';
import { refusalOf } from './destroy-once.ts';
import { endsDue } from './ends-due.ts';
import type { EndingStep } from './step-rental.ts';

/**
 * One step of a rental that is not ending yet. `instance` is as it was listed last. What the service refuses is logged
 * and tried again at the next step.
 */
export async function enforceEnd(
  context: EndingContext,
  rental: Rental,
  instance: Instance | undefined,
): Promise<EndingStep> {
  const { clock, policy, records } = context;
  const seen = instance && statusOf(instance);
  const due = endsDue(rental, clock.now(), { seen, policy });
  if (due.kind === 'none') return { rental, nextAtMs: due.nextAtMs };
  try {
    if (due.kind === 'destroy') {
      const next = await records.change(rental, { status: 'ending', reason: due.reason });
      return { rental: next, nextAtMs: clock.now() };
    }
    if (due.kind === 'stop' && !(await stopInstance(context, rental))) {
      const reason = 'it was to be stopped, and there is none';
      return { rental: await records.change(rental, { status: 'ending', reason }), nextAtMs: clock.now() };
    }
    const { destroyAfterMs, reason } = due;
    const next = await records.change(
      rental,
      { status: 'stopped', reason, destroyAfterMs },
      { stoppedBy: due.kind === 'stop' ? 'controller' : 'instance', destroyAfterMs },
    );
    return { rental: next, nextAtMs: destroyAfterMs };
  } catch (error) {
    if (error instanceof RentalChangedError) {
      return { rental: (await records.get(rental.id)) ?? rental, nextAtMs: clock.now() };
    }
    if (!(error instanceof VastError)) throw error;
    await tellNotStopped(context, rental, error);
    return { rental, nextAtMs: clock.now() + policy.confirmEveryMs };
  }
}

async function tellNotStopped(context: EndingContext, rental: Rental, error: VastError): Promise<void> {
  const { account, clock, log, alert } = context;
  log.warn('a machine could not be stopped at its end; it is tried again', { rental: rental.id, error });
  const refusal = refusalOf(error);
  if (refusal === '') return;
  const figures = {
    account,
    sinceMs: clock.now(),
    machines: 1,
    usdPerHour: rental.terms?.pricePerHour,
    answer: error.message,
  };
  const at = { atMs: clock.now() };
  await alert(refusal === 'key' ? keyRefusedAlert(figures, at) : secondFactorAlert(figures, at));
}

/** False when there is no such instance. Throws what the service says otherwise: the next step tries again. */
export async function stopInstance(
  { client }: Pick<EndingContext, 'client'>,
  rental: Rental,
): Promise<boolean> {
  if (rental.instanceId === undefined) return false;
  try {
    await client.instances.setState(rental.instanceId, 'stopped', { priority: 'destroy' });
    return true;
  } catch (error) {
    if (error instanceof NoSuchInstanceError) return false;
    throw error;
  }
}
