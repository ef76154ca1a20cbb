// Lets a served simulation live by itself: without anybody asking, containers come up, contracts end, webhooks go out.
import type { Clock, Timer } from '../base/std/index.ts';

export interface KeepTimeOptions {
  readonly clock: Clock;
  /** Brings the simulation to the clock's time. */
  readonly step: () => void;
  /** When the service has something to do next; Infinity when nothing is planned. */
  readonly nextAtMs: () => number;
}

/** What is planned while it waits is noticed after this long at the latest, in the simulation's time. */
const LONGEST_WAIT_MS = 1_000;
/** A storm of events must not keep requests from being answered. */
const SHORTEST_WAIT_MS = 10;

/** Returns how to stop. */
export function keepTime({ clock, step, nextAtMs }: KeepTimeOptions): () => void {
  let timer: Timer | undefined;
  const wait = () => {
    const leftMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, nextAtMs() - clock.now()));
    timer = clock.setTimer(leftMs, () => {
      step();
      wait();
    });
  };
  wait();
  return () => timer?.cancel();
}
