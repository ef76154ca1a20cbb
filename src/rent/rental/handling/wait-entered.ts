// After a start by hand: until it can be entered, and has the end that its money lasts to. One that cannot is left as it
// is, because somebody's work is on its disk: it stops itself, and is never destroyed for not answering.
import type { RemoteShell } from '../../../net/ssh/index.ts';
import { RemoteError } from '../../../net/ssh/index.ts';
import { writeUntil } from '../ending/index.ts';
import type { Rental } from '../records/index.ts';
import { statusOf } from '../watcher/index.ts';
import type { HandlingContext } from './context.ts';

export interface WaitOptions {
  /** Default 6 minutes. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Its old container may run on for a moment: first seen to be down, or given a minute to be. */
  readonly goesDownFirst?: boolean;
  readonly onStep: (sentence: string) => void;
  /** What else is to be done once inside. */
  readonly inside?: (shell: RemoteShell) => Promise<void>;
}

export type Waited =
  | { readonly kind: 'entered' }
  /** Its last state, and why it could not be entered. */
  | { readonly kind: 'closed'; readonly reason: string };

const PATIENCE_MS = 6 * 60_000;
const BETWEEN_LOOKS_MS = 3_000;
const GOING_DOWN_MS = 60_000;

export async function waitEntered(
  { watcher, connect, clock }: Pick<HandlingContext, 'watcher' | 'connect' | 'clock'>,
  rental: Rental,
  { patienceMs = PATIENCE_MS, signal, goesDownFirst = false, onStep, inside }: WaitOptions,
): Promise<Waited> {
  const begunMs = clock.monotonic();
  const untilMs = begunMs + patienceMs;
  let wasDown = !goesDownFirst;
  for (;;) {
    const instance = await watcher.lookup(rental.instanceId ?? 0, signal);
    if (!instance) return { kind: 'closed', reason: 'nothing answers to its id' };
    const state = statusOf(instance);
    let reason = `it is ${state}`;
    wasDown ||= state !== 'running' || clock.monotonic() - begunMs > GOING_DOWN_MS;
    if (state === 'running' && wasDown) {
      try {
        await using shell = await connect(instance, { ...(signal && { signal }) });
        await writeUntil(shell, rental.prepaidUntilMs);
        await inside?.(shell);
        return { kind: 'entered' };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof RemoteError)) throw error;
        reason = error.message;
      }
    }
    onStep(reason);
    if (clock.monotonic() > untilMs) return { kind: 'closed', reason };
    await clock.sleep(BETWEEN_LOOKS_MS, signal);
  }
}
