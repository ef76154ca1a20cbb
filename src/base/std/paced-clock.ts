// A clock that runs faster than another, and can be put forward: a simulated world that people and real machines
// take part in.
import { type Clock, sleepOn, type Timer } from './clock.ts';

interface Waiting {
  readonly dueMs: number;
  readonly fn: () => void;
  timer: Timer;
}

export interface PacedClockOptions {
  /** The clock that it follows. */
  readonly base: Clock;
  /** Seconds of this clock in one of the other; default 1. */
  readonly speed?: number;
  /** Wall time at which it starts, epoch milliseconds; default the other's now. */
  readonly startMs?: number;
}

/** Throws RangeError for a speed that is not above 0. */
export class PacedClock implements Clock {
  readonly speed: number;
  readonly #base: Clock;
  readonly #baseStartMs: number;
  readonly #startMs: number;
  readonly #waiting = new Set<Waiting>();
  #aheadMs = 0;

  constructor({ base, speed = 1, startMs = base.now() }: PacedClockOptions) {
    if (!(speed > 0 && Number.isFinite(speed))) {
      throw new RangeError(`A clock cannot run ${speed} times as fast; give a number above 0, like 60`);
    }
    this.speed = speed;
    this.#base = base;
    this.#baseStartMs = base.monotonic();
    this.#startMs = startMs;
  }

  /** Whole milliseconds, as of every other clock. */
  now(): number {
    return Math.floor(this.#startMs + this.monotonic());
  }

  monotonic(): number {
    return (this.#base.monotonic() - this.#baseStartMs) * this.speed + this.#aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((wait, fn) => this.setTimer(wait, fn), ms, signal);
  }

  setTimer(ms: number, fn: () => void): Timer {
    const dueMs = this.monotonic() + Math.max(0, ms);
    const waiting: Waiting = { dueMs, fn, timer: NO_TIMER };
    this.#waiting.add(waiting);
    this.#arm(waiting);
    return {
      cancel: () => {
        waiting.timer.cancel();
        this.#waiting.delete(waiting);
      },
    };
  }

  /** Puts the clock forward; what falls due fires now, in order of time. Throws RangeError for going back. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`A clock cannot be put forward by ${ms} ms`);
    this.#aheadMs += ms;
    const nowMs = this.monotonic();
    for (const waiting of [...this.#waiting].sort((a, b) => a.dueMs - b.dueMs)) {
      // One that fired before it may have cancelled it.
      if (!this.#waiting.has(waiting)) continue;
      waiting.timer.cancel();
      if (waiting.dueMs <= nowMs) this.#fire(waiting);
      else this.#arm(waiting);
    }
  }

  #arm(waiting: Waiting): void {
    const leftMs = (waiting.dueMs - this.monotonic()) / this.speed;
    waiting.timer = this.#base.setTimer(Math.max(0, leftMs), () => this.#fire(waiting));
  }

  #fire(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.fn();
  }
}

const NO_TIMER: Timer = { cancel: () => {} };
