// Goal: every part of a daemon lives by itself. One that dies comes back, says why it died, and takes no other with it; the end
// comes in order.
import { describe, expect, it } from 'vitest';
import { createRandom, SteppedClock, silentLog } from '../../../../src/base/std/index.ts';
import {
  PART_NAMES,
  type Part,
  type PartHealth,
  type PartName,
  type Supervisor,
  supervise,
} from '../../../../src/front/app/index.ts';

const clock = () => new SteppedClock();

/** Lives until it is ended, and notes that in `ended`. */
function living(name: PartName, ended: string[] = []): Part {
  return {
    name,
    what: '',
    run: async (signal, tell) => {
      tell.well('');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      ended.push(name);
    },
  };
}

function begin(parts: readonly Part[], at: SteppedClock, onChange?: (health: PartHealth) => void) {
  const stop = new AbortController();
  const supervisor: Supervisor = supervise({
    parts,
    clock: at,
    random: createRandom('supervise'),
    log: silentLog,
    endPatienceMs: 10_000,
    ...(onChange && { onChange }),
  });
  const done = supervisor.run(stop.signal);
  const of = (name: PartName) => supervisor.health().find((health) => health.name === name) as PartHealth;
  return { supervisor, done, of, stop: () => stop.abort() };
}

describe('a part that dies', () => {
  it('is failing with its reason, is started again, and runs as if nothing had been', async () => {
    const at = clock();
    let starts = 0;
    const part: Part = {
      name: 'jobs',
      what: 'fails twice',
      run: async (signal, tell) => {
        starts += 1;
        if (starts <= 2) throw new Error(`failure ${starts}`);
        await living('jobs').run(signal, tell);
      },
    };
    const { of, stop, done } = begin([part, living('rentals')], at);
    await at.untilIdle();
    expect(of('jobs')).toMatchObject({
      status: 'failing',
      reason: 'failure 1',
      restarts: 1,
      lastGoodAtMs: null,
    });
    expect(of('jobs').nextTryAtMs).toBeGreaterThan(at.now());
    expect(of('rentals').status).toBe('running');
    await at.step(3_000);
    expect(of('jobs')).toMatchObject({ status: 'running', reason: '', restarts: 2, nextTryAtMs: null });
    stop();
    await done;
  });

  it('is not started again faster than twice a second, nor slower than twice a minute, however often it dies', async () => {
    const at = clock();
    const startedAt: number[] = [];
    const part: Part = {
      name: 'monitor',
      what: '',
      run: () => {
        startedAt.push(at.monotonic());
        throw new Error('at once, and not even as a promise');
      },
    };
    const { stop, done, of } = begin([part], at);
    await at.step(3_600_000);
    const gaps = startedAt.slice(1).map((time, index) => time - (startedAt[index] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
    expect(Math.max(...gaps)).toBeGreaterThan(10_000);
    expect(of('monitor').restarts).toBe(startedAt.length);
    stop();
    await done;
  });

  it('after a long life is started again soon: its failures before are forgiven', async () => {
    const at = clock();
    let starts = 0;
    const part: Part = {
      name: 'jobs',
      what: '',
      run: async (signal, tell) => {
        starts += 1;
        tell.well('');
        if (starts > 20) await at.sleep(61_000, signal);
        throw new Error('again');
      },
    };
    const { of, stop, done } = begin([part], at);
    while (starts <= 20) await at.step(500);
    await at.step(61_000);
    expect(of('jobs').status).toBe('failing');
    expect((of('jobs').nextTryAtMs as number) - at.now()).toBeLessThanOrEqual(1_000);
    stop();
    await done;
  });

  it('by coming to its end unasked has failed as well, unless its end is its work done', async () => {
    const at = clock();
    const short = (name: PartName, mayEnd: boolean): Part => ({
      name,
      what: '',
      mayEnd,
      run: async () => {},
    });
    const { of, stop, done, supervisor } = begin([short('jobs', false), short('collector', true)], at);
    await at.untilIdle();
    expect(of('jobs')).toMatchObject({
      status: 'failing',
      reason: expect.stringContaining('ended by itself'),
    });
    expect(of('collector').status).toBe('ended');
    await supervisor.ended('collector');
    stop();
    await done;
  });
});

describe('a part', () => {
  it('that was not asked for is never run', async () => {
    const at = clock();
    const off: Part = {
      name: 'heartbeat',
      what: '',
      offBecause: 'not asked for',
      run: () => Promise.reject(new Error('it was run')),
    };
    const { of, stop, done } = begin([off, living('rentals')], at);
    await at.step(60_000);
    expect(of('heartbeat')).toMatchObject({ status: 'off', reason: 'not asked for', restarts: 0 });
    stop();
    await done;
    expect(of('heartbeat').status).toBe('off');
  });

  it('that says that it fails is failing since then, and running again when it says so', async () => {
    const at = clock();
    const part: Part = {
      name: 'notify',
      what: '',
      run: async (signal, tell) => {
        tell.well('');
        await at.sleep(1_000, signal);
        tell.ill('no channel');
        await at.sleep(1_000, signal);
        tell.ill('still no channel');
        await at.sleep(1_000, signal);
        tell.well('sent');
        await at.sleep(1e9, signal);
      },
    };
    const changes: string[] = [];
    const { of, stop, done } = begin([part], at, ({ status, reason }) => changes.push(`${status} ${reason}`));
    await at.step(2_500);
    const failing = of('notify');
    expect(failing).toMatchObject({ status: 'failing', reason: 'still no channel', restarts: 0 });
    expect(at.now() - failing.sinceMs).toBe(1_500);
    expect(at.now() - (failing.lastGoodAtMs as number)).toBe(2_500);
    await at.step(1_000);
    expect(of('notify')).toMatchObject({ status: 'running', reason: 'sent' });
    expect(changes).toEqual(['running ', 'failing no channel', 'running sent']);
    stop();
    await done;
  });
});

describe('a part that has promised to tell how it is', () => {
  /** Says that all is well every `periodMs`, until `hangsAfterMs`; then it neither speaks nor ends. */
  const telling = (at: SteppedClock, periodMs: number, hangsAfterMs: number): Part => ({
    name: 'jobs',
    what: '',
    tellsEveryMs: periodMs,
    run: async (signal, tell) => {
      const endMs = at.monotonic() + hangsAfterMs;
      while (!signal.aborted && at.monotonic() < endMs) {
        tell.well('');
        await at.sleep(periodMs, signal).catch(() => {});
      }
      if (signal.aborted) return;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
  });

  it.each([
    [60_000, 300_000, '5m'],
    // Of a short period no less than a minute.
    [2_000, 60_000, '1m'],
  ])('each %i ms is failing after %i ms of silence, and says for how long', async (periodMs, silentMs, said) => {
    const at = clock();
    const { of, stop, done } = begin([telling(at, periodMs, periodMs)], at);
    await at.step(silentMs - 1);
    expect(of('jobs').status).toBe('running');
    await at.step(1);
    expect(of('jobs')).toMatchObject({
      status: 'failing',
      reason: `it has said nothing for ${said}`,
      restarts: 0,
    });
    expect(of('jobs').lastGoodAtMs).toBe(at.now() - silentMs);
    await at.step(10 * silentMs);
    expect(of('jobs').reason).toContain(said === '5m' ? '55m' : '11m');
    stop();
    await done;
    expect(at.pendingTimers).toBe(0);
  });

  it('and keeps it is running, however long it lives', async () => {
    const at = clock();
    const changes: string[] = [];
    const part = telling(at, 60_000, Number.POSITIVE_INFINITY);
    const { of, stop, done } = begin([part], at, ({ status }) => changes.push(status));
    await at.step(24 * 3_600_000);
    expect(changes).toEqual(['running']);
    expect(at.now() - (of('jobs').lastGoodAtMs as number)).toBeLessThanOrEqual(60_000);
    stop();
    await done;
  });

  it('and says nothing from the start is failing too, and running again with its first word', async () => {
    const at = clock();
    const late: Part = {
      name: 'monitor',
      what: '',
      tellsEveryMs: 1_000,
      run: async (signal, tell) => {
        await at.sleep(90_000, signal);
        tell.well('here I am');
        await at.sleep(30_000, signal);
      },
    };
    const { of, stop, done } = begin([late], at);
    await at.step(60_000);
    expect(of('monitor')).toMatchObject({ status: 'failing', lastGoodAtMs: null });
    await at.step(30_000);
    expect(of('monitor')).toMatchObject({ status: 'running', reason: 'here I am' });
    stop();
    await done;
    expect(at.pendingTimers).toBe(0);
  });
});

describe('the end', () => {
  it('comes in the order of the parts, each after the one before it', async () => {
    const at = clock();
    const ended: string[] = [];
    const slow: Part = {
      name: 'jobs',
      what: '',
      run: async (signal, tell) => {
        tell.well('');
        await at.sleep(1e9, signal).catch(() => {});
        await at.sleep(5_000);
        ended.push('jobs');
      },
    };
    const { stop, done, of } = begin([slow, living('rentals', ended), living('notify', ended)], at);
    await at.untilIdle();
    stop();
    await at.step(4_000);
    expect(ended).toEqual([]);
    expect(of('rentals').status).toBe('running');
    await at.step(2_000);
    await done;
    expect(ended).toEqual(['jobs', 'rentals', 'notify']);
    expect(at.pendingTimers).toBe(0);
  });

  it('of a part that takes its time is told after a second, and not before', async () => {
    const at = clock();
    const deaf: Part = { name: 'monitor', what: '', run: () => new Promise(() => {}) };
    const { of, stop, done } = begin([deaf, living('rentals')], at);
    await at.untilIdle();
    stop();
    await at.step(999);
    expect(of('monitor').status).toBe('starting');
    await at.step(1);
    expect(of('monitor')).toMatchObject({ status: 'ending', reason: 'it was asked to end' });
    // Its turn has not come.
    expect(of('rentals').status).toBe('running');
    await at.step(9_000);
    expect(await done).toEqual(['monitor']);
    expect([of('monitor').status, of('rentals').status]).toEqual(['ending', 'ended']);
    expect(at.pendingTimers).toBe(0);
  });

  it('comes within 30 seconds and a little, however many do not end, and asks all of them', async () => {
    const at = clock();
    const asked: string[] = [];
    const deaf = (name: PartName): Part => ({
      name,
      what: '',
      run: (signal) => {
        signal.addEventListener('abort', () => void asked.push(name), { once: true });
        return new Promise(() => {});
      },
    });
    const { stop, done } = begin(PART_NAMES.map(deaf), at);
    let left: readonly PartName[] | undefined;
    void done.then((names) => {
      left = names;
    });
    await at.untilIdle();
    stop();
    await at.step(29_999);
    expect(asked).toEqual(PART_NAMES.slice(0, 3));
    await at.step(2_001);
    expect(asked).toEqual([...PART_NAMES]);
    expect(left).toEqual([...PART_NAMES]);
  });

  it('leaves behind who does not end in time, and still ends the others', async () => {
    const at = clock();
    const ended: string[] = [];
    const deaf: Part = { name: 'monitor', what: '', run: () => new Promise(() => {}) };
    const { stop, done } = begin([deaf, living('rentals', ended)], at);
    await at.untilIdle();
    stop();
    await at.step(9_999);
    expect(ended).toEqual([]);
    await at.step(1);
    await done;
    expect(ended).toEqual(['rentals']);
  });

  it('of a part that waits to be started again comes at once', async () => {
    const at = clock();
    const dying: Part = { name: 'jobs', what: '', run: () => Promise.reject(new Error('no')) };
    const { stop, done, of } = begin([dying], at);
    await at.untilIdle();
    stop();
    await done;
    expect(of('jobs').status).toBe('ended');
    expect(at.pendingTimers).toBe(0);
  });
});
