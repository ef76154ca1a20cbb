// Work on a machine that goes on over lost connections: each try has a shell of its own, and waits longer the more
// tries in a row brought nothing.
import { backoffMs, type Clock, type Log, type Random } from '../../base/std/index.ts';
import {
  AuthRefusedError,
  ConnectionLostError,
  ConnectRefusedError,
  ConnectTimeoutError,
  type RemoteShell,
  SessionRefusedError,
} from '../../net/ssh/index.ts';

/** Gives a shell that is the caller's to close: a connection of its own, or a lease on a pooled one. */
export type OpenShell = (options?: { readonly signal?: AbortSignal }) => Promise<RemoteShell>;

/** One machine as everything in this folder wants it. */
export interface RemoteTarget {
  readonly open: OpenShell;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface ReconnectOptions {
  /** What is done, for the log. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Failures in a row, without progress between them, after which the last one is thrown. Default 12, about 80 s. */
  readonly attempts?: number | undefined;
}

const ATTEMPTS = 12;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/** Whether a new connection may do what this one could not. A refused key counts: machines take keys late. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof ConnectionLostError ||
    error instanceof ConnectRefusedError ||
    error instanceof ConnectTimeoutError ||
    error instanceof SessionRefusedError ||
    error instanceof AuthRefusedError
  );
}

/** What becomes of failures in a row. */
export interface Patience {
  /** Begins the count of failures anew. */
  progressed(): void;
  /** Resolves when it is time for another try; throws the error when another try is no use, or the signal's reason. */
  failed(error: unknown): Promise<void>;
}

export function createPatience(
  { clock, random, log }: Omit<RemoteTarget, 'open'>,
  { what, signal, attempts = ATTEMPTS }: ReconnectOptions,
): Patience {
  let failures = 0;
  return {
    progressed: () => {
      failures = 0;
    },
    async failed(error) {
      if (signal?.aborted) throw signal.reason;
      failures += 1;
      if (!isPassing(error) || failures >= attempts) throw error;
      const waitMs = backoffMs(failures, { random, baseMs: FIRST_WAIT_MS, capMs: LONGEST_WAIT_MS });
      log.debug('a connection failed and is made again', { what, failures, waitMs, error });
      await clock.sleep(waitMs, signal);
    },
  };
}

/**
 * Calls `work` with a shell, again with a new one when the connection failed; `progressed` begins the count of
 * failures anew. Throws what is no matter of the connection, the last failure, or the signal's reason.
 */
export async function whileReconnecting<T>(
  target: RemoteTarget,
  work: (shell: RemoteShell, progressed: () => void) => Promise<T>,
  options: ReconnectOptions,
): Promise<T> {
  const { signal } = options;
  const patience = createPatience(target, options);
  for (;;) {
    signal?.throwIfAborted();
    try {
      const shell = await target.open(signal && { signal });
      try {
        return await work(shell, () => patience.progressed());
      } finally {
        await shell.close();
      }
    } catch (error) {
      await patience.failed(error);
    }
  }
}
