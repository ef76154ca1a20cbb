// Waiting for something that this process may hear of, or another one do in silence.
import type { Clock } from '../../../base/std/index.ts';

export interface Wake {
  /** Ends every wait for what was to ring before now. */
  ring(): void;
  /** Taken before somebody looks, so that what rings while they look is not missed. */
  next(): Promise<void>;
  /** Until it has rung, at most so long. Rejects with the signal's reason. */
  wait(rung: Promise<void>, mostMs: number, signal?: AbortSignal): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let rung = Promise.withResolvers<void>();
  return {
    ring() {
      rung.resolve();
      rung = Promise.withResolvers();
    },
    next: () => rung.promise,
    async wait(awaited, mostMs, signal) {
      const stop = new AbortController();
      const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      try {
        await Promise.race([awaited, clock.sleep(mostMs, either)]);
      } finally {
        stop.abort();
      }
    },
  };
}
