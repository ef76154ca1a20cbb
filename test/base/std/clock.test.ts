// Both clocks: order, cancelling, abort, and wall time that jumps.
import { describe, expect, it } from 'vitest';
import { SteppedClock, systemClock } from '../../../src/base/std/index.ts';

describe('the stepped clock', () => {
  it('stands still until it is stepped', async () => {
    const clock = new SteppedClock(1_000);
    let isAwake = false;
    const sleeping = clock.sleep(500).then(() => {
      isAwake = true;
    });
    await clock.step(499);
    expect([clock.now(), clock.monotonic(), isAwake]).toEqual([1_499, 499, false]);
    await clock.step(1);
    await sleeping;
    expect([clock.now(), isAwake, clock.pendingTimers]).toEqual([1_500, true, 0]);
  });

  it('fires timers in the order of their time, then of their creation, each at its own time', async () => {
    const clock = new SteppedClock(0);
    const fired: string[] = [];
    const timer = (name: string, ms: number) =>
      clock.setTimer(ms, () => fired.push(`${name}@${clock.now()}`));
    timer('c', 30);
    timer('a', 10);
    timer('b', 10);
    timer('now', 0);
    timer('past', -5);
    await clock.step(100);
    expect(fired).toEqual(['now@0', 'past@0', 'a@10', 'b@10', 'c@30']);
  });

  it('lets what wakes run to its next wait before time goes on', async () => {
    const clock = new SteppedClock(0);
    const seen: number[] = [];
    const ticking = (async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10);
        await Promise.resolve();
        seen.push(clock.now());
      }
    })();
    await clock.step(35);
    await ticking;
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });

  it('rejects an aborted sleep with the signal’s reason and leaves no timer', async () => {
    const clock = new SteppedClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000, stop.signal);
    const reason = new Error('the user left');
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(1_000, stop.signal)).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not fire a cancelled timer', async () => {
    const clock = new SteppedClock();
    let count = 0;
    const timer = clock.setTimer(10, () => {
      count += 1;
    });
    timer.cancel();
    timer.cancel();
    await clock.step(20);
    expect(count).toBe(0);
  });

  it('jumps wall time alone: sleepers do not notice', async () => {
    const clock = new SteppedClock(1_000_000);
    let isAwake = false;
    const sleeping = clock.sleep(100).then(() => {
      isAwake = true;
    });
    clock.jump(-500_000);
    expect([clock.now(), clock.monotonic()]).toEqual([500_000, 0]);
    await clock.step(99);
    expect(isAwake).toBe(false);
    await clock.step(1);
    await sleeping;
    expect(clock.now()).toBe(500_100);
  });

  it('steps to the next timer and says when there is none, an endless one counting as none', async () => {
    const clock = new SteppedClock(0);
    let isFired = false;
    clock.setTimer(40, () => {
      isFired = true;
    });
    clock.setTimer(Number.POSITIVE_INFINITY, () => {});
    expect(await clock.stepToNext()).toBe(true);
    expect([clock.now(), isFired]).toEqual([40, true]);
    expect(await clock.stepToNext()).toBe(false);
    expect(clock.now()).toBe(40);
  });
});

describe('the system clock', () => {
  it('wakes a sleeper, and fires no cancelled timer', async () => {
    const clock = systemClock();
    const startMs = clock.monotonic();
    let isFired = false;
    clock
      .setTimer(1, () => {
        isFired = true;
      })
      .cancel();
    await clock.sleep(5);
    // Node's timers may fire a fraction of a millisecond early.
    expect(clock.monotonic() - startMs).toBeGreaterThan(3);
    expect(isFired).toBe(false);
  });

  it('rejects an aborted sleep at once, however long it is', async () => {
    const stop = new AbortController();
    const sleeping = systemClock().sleep(2 ** 40, stop.signal);
    stop.abort('enough');
    await expect(sleeping).rejects.toBe('enough');
  });
});
