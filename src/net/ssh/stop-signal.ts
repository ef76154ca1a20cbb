// One signal for everything that ends a command before its time: the caller, its time limit, the connection.
import type { Clock } from '../../base/std/index.ts';
import type { Connection } from './connection.ts';
import { CommandTimeoutError } from './errors.ts';
import type { ExecOptions } from './remote-shell.ts';

export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
  /** Ends the command with this error. */
  readonly stop: (reason: unknown) => void;
}

/** Disposing takes the timer and the listeners back; the signal stays as it is. */
export function createStopSignal(
  { clock, connection }: { readonly clock: Clock; readonly connection: Connection },
  command: string,
  { signal, timeoutMs }: Pick<ExecOptions, 'signal' | 'timeoutMs'>,
): StopSignal {
  const controller = new AbortController();
  const stop = (reason: unknown) => controller.abort(reason);
  const onAbort = () => stop(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.setTimer(timeoutMs, () => stop(new CommandTimeoutError(command, timeoutMs)));
  const forget = connection.whenRefused(stop);
  return {
    signal: controller.signal,
    stop,
    [Symbol.dispose]() {
      signal?.removeEventListener('abort', onAbort);
      timer?.cancel();
      forget();
    },
  };
}

/** `work`, or the signal's reason as soon as it is aborted; `work` goes on unheard then. */
export function orStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
