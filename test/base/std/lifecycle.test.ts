// Started things end in order when stopped, and tell of their death.
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createEvents, SteppedClock, startRunning } from '../../../src/base/std/index.ts';

describe('a running thing', () => {
  it('ends in order when stopped, however it takes the signal', async () => {
    const clock = new SteppedClock();
    const sleeping = startRunning((signal) => clock.sleep(1_000, signal));
    await sleeping.stop();
    await sleeping.stop();
    await expect(sleeping.done).resolves.toBeUndefined();
    expect(clock.pendingTimers).toBe(0);

    const waiting = startRunning(
      async (signal) => void (await once(new EventEmitter(), 'never', { signal })),
    );
    await expect(waiting.stop()).resolves.toBeUndefined();
  });

  it('rejects `done` when it dies, also while it is being stopped', async () => {
    const dead = startRunning(async () => {
      throw new Error('no database');
    });
    await expect(dead.done).rejects.toThrow('no database');
    await expect(dead.stop()).rejects.toThrow('no database');

    const diesStopping = startRunning(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('could not flush');
    });
    await expect(diesStopping.stop()).rejects.toThrow('could not flush');
  });

  it('is stopped at the end of its scope', async () => {
    let isStopped = false;
    {
      await using running = startRunning(async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        isStopped = true;
      });
      expect(running.done).toBeInstanceOf(Promise);
    }
    expect(isStopped).toBe(true);
  });
});

describe('events', () => {
  type Map = { 'offer:gone': { id: number }; 'poll:done': { rows: number } };

  it('reach the listeners of their name, in order, until they leave', () => {
    const events = createEvents<Map>();
    const heard: string[] = [];
    const off = events.on('offer:gone', ({ id }) => heard.push(`a${id}`));
    events.on('offer:gone', ({ id }) => {
      heard.push(`b${id}`);
      off();
    });
    events.emit('offer:gone', { id: 1 });
    events.emit('offer:gone', { id: 2 });
    events.emit('poll:done', { rows: 3 });
    off();
    expect(heard).toEqual(['a1', 'b1', 'b2']);
  });

  it('can be awaited, the first that matches', async () => {
    const events = createEvents<Map>();
    const next = events.next('offer:gone', ({ id }) => id > 1);
    for (const id of [1, 2, 3]) events.emit('offer:gone', { id });
    expect(await next).toEqual({ id: 2 });
  });
});
