// The limiter over the memory store: waiting, urgency, learning and leaving.
import { describe, expect, it } from 'vitest';
import {
  createLimiter,
  memoryLimiterStore,
  type Priority,
  SteppedClock,
} from '../../../src/base/std/index.ts';
import { limiterConformance } from '../../support/limiter-conformance.ts';

limiterConformance('the limiter’s store in memory', async () => memoryLimiterStore());

function world() {
  const clock = new SteppedClock(0);
  let tickets = 0;
  const limiter = createLimiter({ store: memoryLimiterStore(), clock, makeTicket: () => `t${++tickets}` });
  const calls: string[] = [];
  const call = (name: string, priority: Priority, signal?: AbortSignal) =>
    limiter.acquire('search', 6_000, priority, signal).then(() => calls.push(`${name}@${clock.now()}`));
  return { clock, limiter, calls, call };
}

describe('the limiter', () => {
  it('spaces calls by the interval, and the first does not wait', async () => {
    const { clock, calls, call } = world();
    const all = [call('a', 'person'), call('b', 'person'), call('c', 'person')];
    await clock.step(20_000);
    await Promise.all(all);
    expect(calls).toEqual(['a@0', 'b@6000', 'c@12000']);
  });

  it('lets a destroy that comes last go before all that wait', async () => {
    const { clock, calls, call } = world();
    const all = [call('a', 'collector'), call('b', 'collector'), call('c', 'person')];
    await clock.step(3_000);
    all.push(call('stop paying', 'destroy'));
    await clock.step(60_000);
    await Promise.all(all);
    expect(calls.map((each) => each.split('@')[0])).toEqual(['a', 'stop paying', 'c', 'b']);
  });

  it('keeps the interval that a 429 taught, and waits it out first', async () => {
    const { clock, limiter, calls, call } = world();
    await call('a', 'person');
    await limiter.learn('search', 15_000);
    const all = [call('b', 'person'), call('c', 'person')];
    await clock.step(40_000);
    await Promise.all(all);
    expect(calls).toEqual(['a@0', 'b@15000', 'c@30000']);
  });

  it('withdraws a waiter whose signal is aborted', async () => {
    const { clock, calls, call } = world();
    const stop = new AbortController();
    await call('a', 'person');
    const left = call('left', 'destroy', stop.signal);
    const stays = call('stays', 'collector');
    await clock.step(2_000);
    stop.abort(new Error('changed my mind'));
    await expect(left).rejects.toThrow('changed my mind');
    await clock.step(5_000);
    await stays;
    expect(calls).toEqual(['a@0', 'stays@6000']);
    expect(clock.pendingTimers).toBe(0);
  });
});
