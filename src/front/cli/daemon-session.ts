// Asking the daemon of this home over its socket.

import type { FoundDaemon } from '../app/daemon/find-daemon.ts';
import { createDaemonClient, type DaemonClient } from '../http/daemon-client.ts';
import { actingPerson } from './acting-person.ts';
import type { Context } from './context.ts';

const PATIENCE_MS = 5_000;

/** Undefined when it does not answer in time, or its token may not be read. */
export async function askDaemon<T>(
  { clock, terminal, log }: Pick<Context, 'clock' | 'terminal' | 'log'>,
  { address, token }: FoundDaemon,
  question: (client: DaemonClient) => Promise<T>,
): Promise<T | undefined> {
  if (!token) return undefined;
  const patience = new AbortController();
  const timer = clock.setTimer(PATIENCE_MS, () => patience.abort());
  const signal = AbortSignal.any([patience.signal, terminal.interrupted]);
  const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, { ...init, signal });
  try {
    return await question(createDaemonClient({ address, token, fetch, who: actingPerson(terminal) }));
  } catch (error) {
    terminal.interrupted.throwIfAborted();
    log.debug('the daemon did not answer', { address, error });
    return undefined;
  } finally {
    timer.cancel();
  }
}
