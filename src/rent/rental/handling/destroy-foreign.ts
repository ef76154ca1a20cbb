// An instance that is not ours, destroyed because a person has said so and typed its id.
import type { HandlingContext } from './context.ts';

export interface DestroyForeignOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (sentence: string) => void;
}

const BETWEEN_LOOKS_MS = 2_000;
const LOOKS_BETWEEN_DESTROYS = 15;

/**
 * Until it is seen gone: two complete listings begun after the destroy do not hold it, and nothing answers to its id. The
 * signal ends the looking, not the destroy.
 */
export async function destroyForeign(
  { client, watcher, clock }: Pick<HandlingContext, 'client' | 'watcher' | 'clock'>,
  instanceId: number,
  { signal, onStep }: DestroyForeignOptions,
): Promise<void> {
  for (;;) {
    onStep(`destroying instance ${instanceId}`);
    await client.instances.destroy(instanceId, { priority: 'destroy' });
    const acceptedAtMs = clock.now();
    let without = 0;
    for (let look = 0; look < LOOKS_BETWEEN_DESTROYS; look += 1) {
      const view = await watcher.refresh({ startedAfterMs: Math.max(acceptedAtMs + 1, clock.now()), signal });
      const isListed = view.instances.some(({ id }) => id === instanceId);
      without = isListed ? 0 : without + (view.complete ? 1 : 0);
      onStep(
        view.complete
          ? `instance ${instanceId} is ${isListed ? 'still there' : `missing from ${without} of 2 listings`}`
          : `the account could not be listed (${view.reason})`,
      );
      if (without >= 2 && !(await watcher.lookup(instanceId, signal))) return;
      await clock.sleep(BETWEEN_LOOKS_MS, signal);
    }
  }
}
