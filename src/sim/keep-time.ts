// Lets a simulation live by itself: without anybody asking, containers come up, contracts end, webhooks go out.
import type { Clock, Timer } from '../base/std/index.ts';

export interface KeepTimeOptions {
  readonly clock: Clock;
  /** Brings the simulation to the clock's time. */
  readonly step: () => void;
  /** When the service has something to do next; Infinity when nothing is planned. */
  readonly nextAtMs: () => number;
  /** What nobody told of is noticed after this long at the latest, in the simulation's time. */
  readonly longestWaitMs: number;
  /** A storm of events must not keep requests from being answered. */
  readonly shortestWaitMs: number;
}

export interface TimeKeeper {
  /** To be told of what was planned since. */
  planned(atMs: number): void;
  stop(): void;
}

export function keepTime(options: KeepTimeOptions): TimeKeeper {
  const { clock, step, nextAtMs, longestWaitMs, shortestWaitMs } = options;
  let timer: Timer | undefined;
  let wakesAtMs = Number.POSITIVE_INFINITY;
  let isStopped = false;
  const wait = () => {
    timer?.cancel();
    timer = undefined;
    const nowMs = clock.now();
    const leftMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, nextAtMs() - nowMs));
    wakesAtMs = nowMs + leftMs;
    if (isStopped || leftMs === Number.POSITIVE_INFINITY) return;
    timer = clock.setTimer(leftMs, () => {
      step();
      wait();
    });
  };
  wait();
  return {
    planned(atMs) {
      if (atMs < wakesAtMs) wait();
    },
    stop() {
      isStopped = true;
      timer?.cancel();
    },
  };
}
