// Something to wait for: a time, or somebody who rings.
import type { Clock } from '../../base/std/index.ts';

export interface Bell {
  /** Whoever waits goes on at once; who comes next does not wait either, once. */
  ring(): void;
  /** Until somebody rings, or the time is over; rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let hasRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      hasRung = true;
      wake?.();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!hasRung) {
        await new Promise<void>((resolve, reject) => {
          const onAbort = () => finish(() => reject(signal.reason));
          const timer = Number.isFinite(ms) ? clock.setTimer(ms, () => finish(resolve)) : undefined;
          const finish = (then: () => void) => {
            timer?.cancel();
            signal.removeEventListener('abort', onAbort);
            wake = undefined;
            then();
          };
          wake = () => finish(resolve);
          signal.addEventListener('abort', onAbort, { once: true });
        });
      }
      hasRung = false;
    },
  };
}
