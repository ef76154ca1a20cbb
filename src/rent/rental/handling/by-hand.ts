// What a person does to a running or standing instance by name: stop, start, make anew. The record follows at once, so
// that no controller takes the person's hand for an accident.

import type { Instance } from '../../../net/vast/index.ts';
import { createHostKeys } from '../booting/index.ts';
import type { Rental } from '../records/index.ts';
import { CannotHandleError, type HandlingContext } from './context.ts';

export interface Handled {
  readonly instance: Pick<Instance, 'id'>;
  readonly rental: Rental | undefined;
}

/** Its disk stays, and costs. */
export async function stopByHand(
  { client, records, clock }: Pick<HandlingContext, 'client' | 'records' | 'clock'>,
  { instance, rental }: Handled,
): Promise<void> {
  await client.instances.setState(instance.id, 'stopped');
  if (!rental || !['booting', 'ready', 'stopped'].includes(rental.status)) return;
  const nowMs = Math.trunc(clock.now());
  const { ranMs, runningSinceMs } = rental;
  await records.change(rental, {
    status: 'stopped',
    reason: 'stopped by hand',
    ...(runningSinceMs !== undefined && {
      ranMs: ranMs + Math.max(0, nowMs - runningSinceMs),
      runningSinceMs: null,
    }),
  });
}

/** `queued`: others have its GPUs, and it starts, and costs, when they are free. */
export async function startByHand(
  context: Pick<HandlingContext, 'client' | 'ender'>,
  { instance, rental }: Handled,
): Promise<'starting' | 'queued'> {
  if (!rental)
    return (await context.client.instances.setState(instance.id, 'running')) === 'queued'
      ? 'queued'
      : 'starting';
  const result = await context.ender.undo(rental);
  if (result.kind === 'refused') {
    throw new CannotHandleError(`${rental.name || instance.id} cannot be started: ${result.reason}`);
  }
  return result.kind;
}

/** Its container is made anew: its data goes, with its host key and the end that was written to it. */
export async function recycleByHand(
  { client, store, account }: Pick<HandlingContext, 'client' | 'store' | 'account'>,
  instanceId: number,
): Promise<void> {
  await client.instances.recycle(instanceId);
  await createHostKeys({ store, account }).forget(instanceId);
}
