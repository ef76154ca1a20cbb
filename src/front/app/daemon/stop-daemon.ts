// Ends a daemon of this computer: the process that its file names, after it has been proven to be that one.
import { kill } from 'node:process';
import type { Clock } from '../../../base/std/index.ts';
import { DaemonRunningError, lockDaemon } from './daemon-lock.ts';
import { findDaemon } from './find-daemon.ts';
import { livenessOf } from './process-identity.ts';

export interface StopDaemonOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** So long it may take to end in order; default 60,000: it ends itself after 45 at the latest. */
  readonly timeoutMs?: number;
}

/** `none`: there was none. `slow`: it was asked and is still ending. `elsewhere`: only its own computer can stop it. */
export type StopOutcome = 'stopped' | 'none' | 'slow' | 'elsewhere';

const POLL_MS = 50;
const MOST_TRIES = 10;

/** Asks for an orderly end and waits for it. No machine is touched. */
export async function stopDaemon(home: string, options: StopDaemonOptions): Promise<StopOutcome> {
  const { clock, signal, timeoutMs = 60_000 } = options;
  const found = findDaemon(home);
  if (!found) return 'none';
  if (found.isElsewhere) return 'elsewhere';
  kill(found.pid, 'SIGTERM');
  const startedMs = clock.monotonic();
  // Its file goes before its lock does: only its death makes room for the next one.
  while (livenessOf(found) === 'alive') {
    if (clock.monotonic() - startedMs > timeoutMs) return 'slow';
    await clock.sleep(POLL_MS, signal);
  }
  await untilRoom(home, { clock, ...(signal && { signal }) });
  return 'stopped';
}

/** Its last thread may hold the lock a moment longer. Another daemon may have it already, and that is as well. */
async function untilRoom(home: string, { clock, signal }: Pick<StopDaemonOptions, 'clock' | 'signal'>) {
  for (let tries = 0; tries < MOST_TRIES && !findDaemon(home); tries += 1) {
    try {
      lockDaemon(home)[Symbol.dispose]();
      return;
    } catch (error) {
      if (!(error instanceof DaemonRunningError)) throw error;
      await clock.sleep(POLL_MS, signal);
    }
  }
}
