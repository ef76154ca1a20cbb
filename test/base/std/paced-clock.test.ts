// A paced clock follows another at its speed, and can be put forward.
import { describe, expect, it } from 'vitest';
import { PacedClock, SteppedClock } from '../../../src/base/std/index.ts';

function aPacedClock(speed: number) {
  const base = new SteppedClock();
  return { base, clock: new PacedClock({ base, speed, startMs: 1_000_000 }) };
}

describe('a paced clock', () => {
  it('runs so many times as fast as the other', async () => {
    const { base, clock } = aPacedClock(60);
    expect(clock.now()).toBe(1_000_000);
    await base.step(1_000);
    expect(clock.now()).toBe(1_060_000);
    expect(clock.monotonic()).toBe(60_000);
  });

  it('tells whole milliseconds', async () => {
    const { base, clock } = aPacedClock(1.5);
    await base.step(1);
    expect(clock.now()).toBe(1_000_001);
  });

  it('starts at the other one when nothing else is said', () => {
    const base = new SteppedClock();
    expect(new PacedClock({ base }).now()).toBe(base.now());
  });

  it('fires a timer when its own time has come, not before', async () => {
    const { base, clock } = aPacedClock(60);
    const fired: number[] = [];
    clock.setTimer(60_000, () => fired.push(clock.now()));
    await base.step(999);
    expect(fired).toEqual([]);
    await base.step(1);
    expect(fired).toEqual([1_060_000]);
    expect(base.pendingTimers).toBe(0);
  });

  it('put forward fires what falls due in order of time and keeps the rest', async () => {
    const { base, clock } = aPacedClock(2);
    const fired: string[] = [];
    clock.setTimer(3_000, () => fired.push('later'));
    clock.setTimer(1_000, () => fired.push('first'));
    clock.setTimer(10_000, () => fired.push('last'));
    clock.advance(4_000);
    expect(fired).toEqual(['first', 'later']);
    expect(clock.now()).toBe(1_004_000);
    await base.step(2_999);
    expect(fired.length).toBe(2);
    await base.step(1);
    expect(fired).toEqual(['first', 'later', 'last']);
  });

  it('put forward does not fire a timer that an earlier one cancels', () => {
    const { clock } = aPacedClock(1);
    const fired: string[] = [];
    clock.setTimer(1, () => second.cancel());
    const second = clock.setTimer(2, () => fired.push('second'));
    clock.advance(5);
    expect(fired).toEqual([]);
  });

  it('ends a sleep that is aborted, and leaves no timer', async () => {
    const { base, clock } = aPacedClock(60);
    const stop = new AbortController();
    const sleep = clock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    expect(base.pendingTimers).toBe(0);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a speed of %s', (speed) => {
    expect(() => aPacedClock(speed)).toThrow('cannot run');
  });

  it.each([-1, Number.NaN])('refuses to be put forward by %s', (ms) => {
    expect(() => aPacedClock(1).clock.advance(ms)).toThrow('cannot be put forward');
  });
});
