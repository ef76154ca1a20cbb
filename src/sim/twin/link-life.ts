// The life of one connection to a twin: until it is cut or closed, and who has to hear of that.
import { ConnectionLostError, type RemoteError, ShellClosedError } from '../../net/ssh/index.ts';

export interface LinkLife {
  /** Throws why nothing goes any more. */
  check(): void;
  /** Calls `fn` at the end, at once when it is over; returns what takes it back. */
  whenEnded(fn: (error: RemoteError) => void): () => void;
  lose(): void;
  close(): void;
}

export function createLinkLife(target: string): LinkLife {
  const listeners = new Set<(error: RemoteError) => void>();
  let end: RemoteError | undefined;
  const come = (error: RemoteError) => {
    if (end) return;
    end = error;
    const all = [...listeners];
    listeners.clear();
    for (const fn of all) fn(error);
  };
  return {
    check() {
      if (end) throw end;
    },
    whenEnded(fn) {
      if (end) fn(end);
      else listeners.add(fn);
      return () => void listeners.delete(fn);
    },
    lose: () => come(new ConnectionLostError(`The connection to ${target} is lost: the twin cut it`)),
    close: () => come(new ShellClosedError(`The shell on ${target} was closed`)),
  };
}

/** `work`, or what `life` or the signal ends it with, at once; `work` goes on unheard then. */
export function whileAlive<T>(life: LinkLife, signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const forget = life.whenEnded(reject);
    work.then(resolve, reject).finally(() => {
      forget();
      signal?.removeEventListener('abort', onAbort);
    });
  });
}
