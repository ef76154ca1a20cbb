import { describe, expect, it } from 'vitest';
import {
  createLimiter,
  type Limiter,
  memoryLimiterStore,
  SteppedClock,
} from '../../../src/base/std/index.ts';
import { searchWindowStore } from '../../../src/front/app/search-window.ts';

const SEARCH = 'POST /bundles/ 127.0.0.1:1234';
const OTHER = 'GET /users/current/ 127.0.0.1:1234';

/** Processes that share one store, and the times at which their searches were let through, in seconds. */
function aWindow(searchesPerMinute: number, processes = 1) {
  const clock = new SteppedClock(0);
  const shared = memoryLimiterStore();
  const times: number[] = [];
  const limiters = Array.from({ length: processes }, (_, at) => {
    let tickets = 0;
    return createLimiter({
      store: searchWindowStore(shared, { searchesPerMinute }),
      clock,
      makeTicket: () => `${at}-${++tickets}`,
    });
  });
  const search = async (limiter: Limiter, count: number) => {
    for (let made = 0; made < count; made += 1) {
      await limiter.acquire(SEARCH, 0, 'collector');
      times.push(clock.now() / 1_000);
    }
  };
  return { clock, times, limiters, search };
}

/** The most that fell into any 60 seconds. */
function mostInAMinute(times: readonly number[]): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 60).length));
}

describe('So many searches in a minute', () => {
  it('go through at once, and the next ones when the minute is over', async () => {
    const { clock, times, limiters, search } = aWindow(10);
    const done = search(limiters[0] as Limiter, 25);
    await clock.step(180_000);
    await done;
    expect(times.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(times[10]).toBe(61);
    expect(mostInAMinute(times)).toBe(10);
    expect(times.at(-1)).toBeLessThan(130);
  });

  it('are shared by all processes on one store', async () => {
    const { clock, times, limiters, search } = aWindow(10, 3);
    const done = Promise.all(limiters.map((limiter) => search(limiter, 10)));
    await clock.step(300_000);
    await done;
    expect(times).toHaveLength(30);
    expect(mostInAMinute(times)).toBe(10);
  });

  it('stay below a generous limit although its lanes are fewer', async () => {
    const { clock, times, limiters, search } = aWindow(300);
    const done = search(limiters[0] as Limiter, 700);
    await clock.step(200_000);
    await done;
    expect(mostInAMinute(times)).toBeLessThanOrEqual(300);
    expect(mostInAMinute(times)).toBeGreaterThan(250);
  });

  it('wait for everybody once a refusal was learned of', async () => {
    const { clock, times, limiters, search } = aWindow(10, 2);
    await limiters[0]?.learn(SEARCH, 6_000);
    const done = search(limiters[1] as Limiter, 1);
    await clock.step(10_000);
    await done;
    expect(times).toEqual([6]);
  });

  it('leave other calls alone', async () => {
    const { clock, limiters } = aWindow(1);
    const limiter = limiters[0] as Limiter;
    for (let call = 0; call < 20; call += 1) await limiter.acquire(OTHER, 0, 'person');
    expect(clock.now()).toBe(0);
  });
});
