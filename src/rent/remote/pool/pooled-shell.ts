// One connection to one machine for everybody who wants it: made when first asked for, made again when it is lost,
// closed when nobody has used it for a while, and compared with a fresh handshake now and then.
import { backoffMs, type Clock, type Log, type Random, type Timer } from '../../../base/std/index.ts';
import {
  ConnectionLostError,
  ConnectTimeoutError,
  type RemoteShell,
  ShellClosedError,
} from '../../../net/ssh/index.ts';
import type { OpenShell } from '../reconnect.ts';
import { leaseShell } from './lease.ts';

export interface PooledShellOptions {
  /** Makes a new connection each time. */
  readonly connect: OpenShell;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Unused for so long it is closed; default 60 s. */
  readonly idleCloseMs?: number;
  /** Between two fresh handshakes while connected; default 5 min, 0 never. */
  readonly canaryEveryMs?: number;
  /** How long the canary and the connection may take to answer; default 20 s. */
  readonly answerMs?: number;
}

/** `unknown`: not compared yet. */
export const HANDSHAKES = ['unknown', 'taken', 'refused'] as const;

export interface ConnectionHealth {
  readonly isConnected: boolean;
  readonly users: number;
  /** Whether a new connection could be made when it was last tried; a stuck tunnel refuses while the old one works. */
  readonly handshake: (typeof HANDSHAKES)[number];
  readonly reason: string;
  readonly sinceMs: number;
}

export interface PooledShell extends AsyncDisposable {
  /** A share of the connection, to be closed by its user. Waits its turn after failures; rejects as `connect` does. */
  readonly open: OpenShell;
  health(): ConnectionHealth;
  close(): Promise<void>;
}

const IDLE_CLOSE_MS = 60_000;
const CANARY_EVERY_MS = 300_000;
const ANSWER_MS = 20_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export function createPooledShell(options: PooledShellOptions): PooledShell {
  const { connect, clock, random, log } = options;
  const { idleCloseMs = IDLE_CLOSE_MS, canaryEveryMs = CANARY_EVERY_MS, answerMs = ANSWER_MS } = options;
  const closing = new AbortController();
  let current: Promise<RemoteShell> | undefined;
  let users = 0;
  let failures = 0;
  let notBefore = 0;
  let idle: Timer | undefined;
  let canary: Timer | undefined;
  let look: Promise<void> = Promise.resolve();
  let health: Pick<ConnectionHealth, 'handshake' | 'reason' | 'sinceMs'> = {
    handshake: 'unknown',
    reason: 'nobody has connected yet',
    sinceMs: clock.now(),
  };

  const tell = (handshake: ConnectionHealth['handshake'], reason: string) => {
    if (health.handshake === handshake && health.reason === reason) return;
    health = { handshake, reason, sinceMs: clock.now() };
    if (handshake === 'refused') log.warn('a machine takes no new connection', { reason });
  };

  const make = async (): Promise<RemoteShell> => {
    const waitMs = notBefore - clock.monotonic();
    if (waitMs > 0) await clock.sleep(waitMs, closing.signal);
    try {
      const shell = await connect({ signal: closing.signal });
      failures = 0;
      tell('taken', 'connected');
      return shell;
    } catch (error) {
      failures += 1;
      notBefore =
        clock.monotonic() + backoffMs(failures, { random, baseMs: FIRST_WAIT_MS, capMs: LONGEST_WAIT_MS });
      tell('refused', messageOf(error));
      throw error;
    }
  };

  /** Forgets the connection, if it is still the one; its end is nobody's business any more. */
  const drop = (which: Promise<RemoteShell>) => {
    if (current !== which) return;
    current = undefined;
    canary?.cancel();
    which.then(
      (shell) => shell.close(),
      () => {},
    );
  };

  const stand = (): Promise<RemoteShell> => {
    if (current) return current;
    const made = make();
    current = made;
    made.then(
      () => armCanary(made),
      () => drop(made),
    );
    return made;
  };

  const armCanary = (which: Promise<RemoteShell>) => {
    if (canaryEveryMs <= 0 || current !== which) return;
    canary?.cancel();
    canary = clock.setTimer(canaryEveryMs, () => {
      look = compare(which).finally(() => armCanary(which));
    });
  };

  /** Never rejects. */
  const compare = async (which: Promise<RemoteShell>): Promise<void> => {
    const [shell, fresh] = await Promise.all([which, freshShell()]);
    const answers = await hasAnswer(shell, clock, answerMs);
    if (fresh instanceof Error) tell('refused', fresh.message);
    else tell('taken', 'a fresh handshake went through');
    if (answers || current !== which) {
      if (!(fresh instanceof Error)) await fresh.close();
      return;
    }
    log.warn('a shared connection is stuck and is made again', { answerMs });
    drop(which);
    if (fresh instanceof Error) return;
    if (users === 0 || closing.signal.aborted) return await fresh.close();
    const replacement = Promise.resolve(fresh);
    current = replacement;
    armCanary(replacement);
  };

  const freshShell = async (): Promise<RemoteShell | Error> => {
    const giveUp = new AbortController();
    const timer = clock.setTimer(answerMs, () =>
      giveUp.abort(new ConnectTimeoutError(`A fresh handshake took longer than ${answerMs} ms`)),
    );
    try {
      return await connect({ signal: AbortSignal.any([giveUp.signal, closing.signal]) });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      timer.cancel();
    }
  };

  const leave = () => {
    users -= 1;
    if (users > 0 || !current) return;
    const which = current;
    idle = clock.setTimer(idleCloseMs, () => drop(which));
  };

  const open: OpenShell = async ({ signal } = {}) => {
    if (closing.signal.aborted) throw closing.signal.reason;
    signal?.throwIfAborted();
    users += 1;
    idle?.cancel();
    const which = stand();
    try {
      const shell = await orAborted(which, signal);
      return leaseShell({ shell, onClose: leave, onLost: () => drop(which) });
    } catch (error) {
      leave();
      throw error;
    }
  };

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort(new ShellClosedError('The pooled connection was closed'));
    idle?.cancel();
    canary?.cancel();
    const last = current;
    current = undefined;
    // A connection that never came has nothing to close.
    await last?.then(
      (shell) => shell.close(),
      () => {},
    );
    await look;
  };

  return {
    open,
    health: () => ({
      isConnected: current !== undefined && health.handshake !== 'unknown',
      users,
      ...health,
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Whether anything comes back. Asked by the file session, since commands may all be waiting for their turn behind
 * long ones; a refusal is an answer.
 */
async function hasAnswer(shell: RemoteShell, clock: Clock, withinMs: number): Promise<boolean> {
  let timer: Timer | undefined;
  const silence = new Promise<false>((resolve) => {
    timer = clock.setTimer(withinMs, () => resolve(false));
  });
  const answer = shell.stat('.').then(
    () => true,
    (error: unknown) => !(error instanceof ConnectionLostError),
  );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    timer?.cancel();
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
