// Time as an argument. This is the only file of the program that reads a clock or sets a timer.

/** A timer that can be cancelled; cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall time in epoch milliseconds; may jump, also backwards. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes backwards. Durations are measured with this one. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`. A pending timer does not keep the process alive by itself. */
  setTimer(ms: number, fn: () => void): Timer;
}

/** Node cannot wait longer than this in one timer (2^31 - 1 ms); longer waits are taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  const setTimer = (ms: number, fn: () => void, keepAlive: boolean): Timer => {
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const piece = Math.min(leftMs, LONGEST_TIMER_MS);
      handle = setTimeout(() => (leftMs > piece ? arm(leftMs - piece) : fn()), piece);
      if (!keepAlive) handle.unref();
    };
    arm(Math.max(0, ms));
    return { cancel: () => clearTimeout(handle) };
  };
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms, signal) => sleepOn((wait, fn) => setTimer(wait, fn, true), ms, signal),
    setTimer: (ms, fn) => setTimer(ms, fn, false),
  };
}

/** A clock that moves only when told to. Stepping fires due timers in order of time, then of creation. */
export class SteppedClock implements Clock {
  #now: number;
  #elapsed = 0;
  #sequence = 0;
  #changes = 0;
  readonly #timers = new Map<number, { at: number; fn: () => void }>();

  readonly #isBusy: () => boolean;

  /**
   * `startMs` is the wall time it starts at; default 2026-01-01T00:00:00Z. `isBusy` tells of work outside the event loop
   * that has to end before time goes on; by default there is none.
   */
  constructor(startMs: number = Date.UTC(2026, 0, 1), isBusy: () => boolean = () => false) {
    this.#now = startMs;
    this.#isBusy = isBusy;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((wait, fn) => this.setTimer(wait, fn), ms, signal);
  }

  setTimer(ms: number, fn: () => void): Timer {
    const id = ++this.#sequence;
    this.#changes += 1;
    this.#timers.set(id, { at: this.#elapsed + Math.max(0, ms), fn });
    return { cancel: () => void this.#timers.delete(id) };
  }

  /** Timers that wait: a test that leaves some has a leak. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves wall time alone, as a clock correction does; timers do not notice. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves time forward by `ms`, letting everything that wakes run to its next wait. */
  async step(ms: number): Promise<void> {
    const target = this.#elapsed + ms;
    await this.untilIdle();
    for (;;) {
      const next = this.#nextDue(target);
      if (!next) break;
      this.#advance(next.at);
      this.#timers.delete(next.id);
      next.fn();
      await this.untilIdle();
    }
    this.#advance(target);
  }

  /** Moves to the next timer and fires it; false when none waits. */
  async stepToNext(): Promise<boolean> {
    await this.untilIdle();
    const next = this.#nextDue(Number.POSITIVE_INFINITY);
    if (!next) return false;
    await this.step(next.at - this.#elapsed);
    return true;
  }

  /**
   * Resolves when nothing runs any more without the clock moving: three turns of the event loop in a row in which no timer
   * was set. Work outside the event loop (files, sockets, threads) is seen only by `isBusy`.
   */
  async untilIdle(): Promise<void> {
    let quietTurns = 0;
    while (quietTurns < 3) {
      const before = this.#changes;
      await new Promise<void>((resolve) => setImmediate(resolve));
      quietTurns = this.#changes === before && !this.#isBusy() ? quietTurns + 1 : 0;
    }
  }

  #nextDue(until: number): { id: number; at: number; fn: () => void } | undefined {
    let best: { id: number; at: number; fn: () => void } | undefined;
    for (const [id, timer] of this.#timers) {
      if (timer.at <= until && timer.at < (best?.at ?? Number.POSITIVE_INFINITY)) best = { id, ...timer };
    }
    return best;
  }

  #advance(toElapsed: number): void {
    const delta = Math.max(0, toElapsed - this.#elapsed);
    this.#elapsed += delta;
    this.#now += delta;
  }
}

/** A sleep made of a timer. */
export function sleepOn(
  setTimer: (ms: number, fn: () => void) => Timer,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
