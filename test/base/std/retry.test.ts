// Repeating what may pass by itself, with waits that are random, bounded, and as long as the other side asks.
import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  createRandom,
  type RetryOptions,
  retry,
  SteppedClock,
} from '../../../src/base/std/index.ts';

/** Fails `failures` times and then answers; `run` steps the clock to the end. */
function world(failures: number, over: Partial<RetryOptions> = {}) {
  const clock = new SteppedClock(0);
  const calledAt: number[] = [];
  const waits: number[] = [];
  const options: RetryOptions = {
    clock,
    random: createRandom('retry'),
    attempts: 5,
    baseMs: 1_000,
    capMs: 4_000,
    isTransient: () => true,
    onRetry: (_error, _attempt, waitMs) => waits.push(waitMs),
    ...over,
  };
  const run = async () => {
    const result = retry(async (attempt) => {
      calledAt.push(clock.now());
      if (attempt <= failures) throw new Error(`failure ${attempt}`);
      return `answer ${attempt}`;
    }, options).catch((error: unknown) => error);
    await clock.step(600_000);
    return await result;
  };
  return { clock, calledAt, waits, run };
}

describe('retry', () => {
  it('answers at once without waiting when nothing fails', async () => {
    const { run, calledAt, waits } = world(0);
    expect(await run()).toBe('answer 1');
    expect([calledAt, waits]).toEqual([[0], []]);
  });

  it('calls as often as allowed, and succeeds with the last call', async () => {
    const { run, calledAt, waits } = world(4);
    expect(await run()).toBe('answer 5');
    expect(calledAt).toHaveLength(5);
    expect(waits).toHaveLength(4);
    for (const [n, at] of calledAt.entries()) expect(at).toBe(waits.slice(0, n).reduce((a, b) => a + b, 0));
  });

  it('throws the last error when the calls are used up, without a last wait', async () => {
    const { run, calledAt, waits } = world(5);
    expect(await run()).toEqual(new Error('failure 5'));
    expect([calledAt.length, waits.length]).toEqual([5, 4]);
  });

  it('does not repeat what fails for good', async () => {
    const { run, calledAt } = world(1, { isTransient: () => false });
    expect(await run()).toEqual(new Error('failure 1'));
    expect(calledAt).toHaveLength(1);
  });

  it('waits at least as long as the other side asks, also beyond its own cap', async () => {
    const { run, waits } = world(2, { isTransient: () => 30_000 });
    expect(await run()).toBe('answer 3');
    expect(waits).toEqual([30_000, 30_000]);
  });

  it('ends with the signal’s reason when it is aborted while waiting', async () => {
    const stop = new AbortController();
    const clock = new SteppedClock(0);
    const reason = new Error('stopped');
    const { run } = world(9, { signal: stop.signal, clock, onRetry: () => stop.abort(reason) });
    expect(await run()).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the wait after a failure', () => {
  const random = createRandom('backoff');
  const longest = (attempt: number) =>
    Math.max(
      ...Array.from({ length: 2_000 }, () => backoffMs(attempt, { random, baseMs: 1_000, capMs: 4_000 })),
    );

  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 4_000],
    [2_000, 4_000],
  ])('number %i is spread from nothing up to %i ms', (attempt, boundMs) => {
    expect(longest(attempt)).toBeLessThanOrEqual(boundMs);
    expect(longest(attempt)).toBeGreaterThan(boundMs * 0.98);
  });

  it('is short as often as it is long', () => {
    const waits = Array.from({ length: 2_000 }, () => backoffMs(1, { random, baseMs: 1_000, capMs: 1_000 }));
    expect(Math.abs(waits.filter((wait) => wait < 500).length - 1_000)).toBeLessThan(150);
  });
});
