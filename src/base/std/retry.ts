// The one place that repeats a failed call: full-jitter exponential backoff
// (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Upper bound of the first wait; doubles each time. */
  readonly baseMs: number;
  /** No wait is longer than this. */
  readonly capMs: number;
  readonly signal?: AbortSignal;
  /** Whether this failure may pass by itself; a number is the least wait in ms that the other side asked for. */
  readonly isTransient: (error: unknown) => boolean | number;
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
}

/** Calls `fn` until it succeeds, fails for good, or the attempts are used up; then throws its last error. */
export async function retry<T>(fn: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fn(attempt);
    } catch (error) {
      const transient = options.isTransient(error);
      if (transient === false || attempt >= options.attempts || options.signal?.aborted) throw error;
      const jitterMs = backoffMs(attempt, options);
      const waitMs = typeof transient === 'number' ? Math.max(transient, jitterMs) : jitterMs;
      options.onRetry?.(error, attempt, waitMs);
      await options.clock.sleep(waitMs, options.signal);
    }
  }
}

/** The wait after failure number `attempt` (1 is the first): uniform in [0, min(cap, base * 2^(attempt-1))]. */
export function backoffMs(
  attempt: number,
  { random, baseMs, capMs }: Pick<RetryOptions, 'random' | 'baseMs' | 'capMs'>,
): number {
  return Math.round(random.next() * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
}
