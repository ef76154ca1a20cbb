// The journal of effects: once for a key, over failures, restarts and takeovers.
import { describe, expect, it } from 'vitest';
import { createEffects, EffectTakenError, ledgerMigrations } from '../../../src/base/ledger/index.ts';
import { DAY_MS, SteppedClock } from '../../../src/base/std/index.ts';
import { readEventsSince } from '../../../src/base/store/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const never = async () => {
  throw new Error('must not be called');
};
const unhappened = async () => ({ kind: 'did-not-happen' }) as const;

describe.each(ENGINES)('an effect on %s', (engine) => {
  const world = async () => {
    const test = await freshStore(engine, { migrations: ledgerMigrations });
    return { ...test, effects: createEffects({ store: test.store }) };
  };

  it('runs once, and gives its result to whoever asks later, here or in another process', async () => {
    const { store, effects, openAgain } = await world();
    const act = async () => ({ id: 7, none: undefined });
    expect(await effects.effect('create r1', act, never)).toEqual({ id: 7 });
    const other = createEffects({ store: await openAgain() });
    expect(await other.effect('create r1', never, never)).toEqual({ id: 7 });
    expect(await effects.effect('create r2', async () => undefined, never)).toBeUndefined();
    expect(await effects.effect('create r2', never, never)).toBeUndefined();
    const events = await readEventsSince(store.db, 0, { noun: 'effect', id: 'create r1' });
    expect(events.map(({ status }) => status)).toEqual(['begun', 'done']);
  });

  it('runs once for many callers of one process at the same moment', async () => {
    const { effects } = await world();
    let runs = 0;
    const act = async () => {
      runs += 1;
      return runs;
    };
    const results = await Promise.all(Array.from({ length: 5 }, () => effects.effect('k', act, never)));
    expect(results).toEqual([1, 1, 1, 1, 1]);
    expect(runs).toBe(1);
  });

  it('that threw is unknown until it is resolved, as happened', async () => {
    const { effects, store } = await world();
    const act = async () => {
      throw new Error('the connection broke');
    };
    await expect(effects.effect('k', act, never)).rejects.toThrow('the connection broke');
    expect(await effects.unresolved()).toEqual([
      {
        key: 'k',
        begunAtMs: store.clock.now(),
        attempts: 1,
        isHeld: false,
        lastError: 'the connection broke',
      },
    ]);
    // Asking fails too: it stays unknown.
    await expect(effects.effect('k', never, act)).rejects.toThrow('the connection broke');
    expect(await effects.effect('k', never, async () => ({ kind: 'happened', result: 3 }))).toBe(3);
    expect(await effects.effect('k', never, never)).toBe(3);
    expect(await effects.unresolved()).toEqual([]);
    const events = await readEventsSince(store.db, 0);
    expect(events.map(({ status }) => status)).toEqual([
      'begun',
      'unknown',
      'resolving',
      'unknown',
      'resolving',
      'found',
    ]);
  });

  it('that is known not to have happened runs again', async () => {
    const { effects } = await world();
    const fails = async () => {
      throw new Error('refused');
    };
    await expect(effects.effect('k', fails, never)).rejects.toThrow();
    expect(await effects.effect('k', async () => 'second', unhappened)).toBe('second');
  });

  it('whose holder lives is waited for, however far the wall clock jumps', async () => {
    const { store, clock, effects, openAgain } = await world();
    const otherClock = new SteppedClock();
    const other = createEffects({ store: await openAgain({ clock: otherClock }) });
    const gate = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const first = effects.effect(
      'k',
      () => {
        begun.resolve();
        return gate.promise;
      },
      never,
    );
    await begun.promise;
    let isSettled = false;
    const second = other.effect('k', never, never).finally(() => {
      isSettled = true;
    });
    for (let seconds = 0; seconds < 60; seconds += 3) {
      otherClock.jump(DAY_MS);
      await clock.step(3_000);
      await store.db.selectFrom('events').selectAll().execute();
      await otherClock.step(3_000);
    }
    expect(isSettled).toBe(false);
    gate.resolve('once');
    expect(await first).toBe('once');
    while (!isSettled) {
      await otherClock.step(250);
      await store.db.selectFrom('events').selectAll().execute();
    }
    expect(await second).toBe('once');
    expect([clock.pendingTimers, otherClock.pendingTimers]).toEqual([0, 0]);
  });

  it('is taken over from a holder that is silent, which then gets what the other found', async () => {
    const { store, clock, effects, openAgain } = await world();
    const otherClock = new SteppedClock();
    const other = createEffects({ store: await openAgain({ clock: otherClock }) });
    const gate = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<AbortSignal>();
    // Its clock stands still: no beat is ever written.
    const first = effects.effect(
      'k',
      (signal) => {
        begun.resolve(signal);
        return gate.promise;
      },
      never,
    );
    const signal = await begun.promise;
    const found = Promise.withResolvers<{ kind: 'happened'; result: string }>();
    const asked = Promise.withResolvers<void>();
    const second = other.effect('k', never, () => {
      asked.resolve();
      return found.promise;
    });
    let isAsked = false;
    void asked.promise.then(() => {
      isAsked = true;
    });
    let waitedMs = 0;
    for (; !isAsked; waitedMs += 250) {
      await otherClock.step(250);
      await store.db.selectFrom('events').selectAll().execute();
    }
    expect(waitedMs).toBeGreaterThanOrEqual(15_000);
    // It wakes up: the next beat tells it.
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await clock.step(3_000);
    await aborted;
    expect(signal.reason).toBeInstanceOf(EffectTakenError);
    gate.resolve('too late');
    await expect(first).rejects.toThrow('Another process has taken over k');
    found.resolve({ kind: 'happened', result: 'in time' });
    expect(await second).toBe('in time');
    expect(await effects.effect('k', never, never)).toBe('in time');
  });

  it('that is over is forgotten after its time, an unresolved one never', async () => {
    const { effects, clock } = await world();
    await effects.effect('done', async () => 1, never);
    await expect(effects.effect('unknown', never, never)).rejects.toThrow();
    clock.jump(90 * DAY_MS);
    expect(await effects.prune()).toBe(0);
    clock.jump(1);
    expect(await effects.prune()).toBe(1);
    expect(await effects.unresolved()).toHaveLength(1);
    expect(await effects.effect('done', async () => 2, never)).toBe(2);
  });
});
