// The event table: one sequence without holes, resumable, prunable, the same on both engines.
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/base/std/index.ts';
import {
  appendEvents,
  followEvents,
  lastEventSeq,
  type NewEvent,
  pruneEvents,
  readEventsSince,
  type Store,
} from '../../../src/base/store/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const anEvent = (over: Partial<NewEvent> = {}): NewEvent => ({
  noun: 'rental',
  id: 'r1',
  status: 'running',
  reason: 'booted',
  ...over,
});

const append = (store: Store, ...events: NewEvent[]) =>
  store.transaction((trx) => appendEvents(trx, { clock: store.clock, events }));

describe.each(ENGINES)('events on %s', (engine) => {
  it('come back as they were written, in order, with the time of the clock', async () => {
    const { store, clock } = await freshStore(engine);
    const last = await append(
      store,
      anEvent({ data: { price: 0.1, tags: ['a', 'ü'] } }),
      anEvent({ id: 'r2' }),
    );
    expect(last).toBe(2);
    expect(await lastEventSeq(store.db)).toBe(2);
    expect(await readEventsSince(store.db, 0)).toEqual([
      { ...anEvent(), seq: 1, at: clock.now(), data: { price: 0.1, tags: ['a', 'ü'] } },
      { ...anEvent({ id: 'r2' }), seq: 2, at: clock.now(), data: {} },
    ]);
  });

  it('are gone with the transaction that wrote them, and their numbers are given again', async () => {
    const { store } = await freshStore(engine);
    const broken = store.transaction(async (trx) => {
      await appendEvents(trx, { clock: store.clock, events: [anEvent()] });
      throw new Error('the change failed');
    });
    await expect(broken).rejects.toThrow('the change failed');
    expect(await append(store, anEvent({ id: 'r2' }))).toBe(1);
  });

  it('are numbered in the order of their commits when many write at once', async () => {
    const { store, openAgain } = await freshStore(engine);
    const other = engine === 'postgres' ? await openAgain() : store;
    const writing = Array.from({ length: 40 }, (_, n) =>
      append(n % 2 ? store : other, anEvent({ id: `${n}` })),
    );
    // A reader that resumes after what it saw must never miss one that commits later with a lower number.
    const seen: number[] = [];
    let isDone = false;
    const reading = (async () => {
      for (let last = false; !last; ) {
        last = isDone;
        for (const event of await readEventsSince(store.db, seen.at(-1) ?? 0)) seen.push(event.seq);
      }
    })();
    await Promise.all(writing);
    isDone = true;
    await reading;
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  it('are read after a number, up to a limit, of one kind or one thing', async () => {
    const { store } = await freshStore(engine);
    await append(store, anEvent(), anEvent({ noun: 'job', id: 'j1' }), anEvent({ id: 'r2' }), anEvent());
    const seqs = async (after: number, filter = {}) =>
      (await readEventsSince(store.db, after, filter)).map((event) => event.seq);
    expect(await seqs(1)).toEqual([2, 3, 4]);
    expect(await seqs(4)).toEqual([]);
    expect(await seqs(0, { limit: 2 })).toEqual([1, 2]);
    expect(await seqs(0, { noun: 'rental' })).toEqual([1, 3, 4]);
    expect(await seqs(1, { noun: 'rental', id: 'r1' })).toEqual([4]);
  });

  it('are appended by the thousand in one call', async () => {
    const { store } = await freshStore(engine);
    const many = Array.from({ length: 2_500 }, (_, n) => anEvent({ id: `${n}` }));
    expect(await append(store, ...many)).toBe(2_500);
    expect(await append(store)).toBe(2_500);
    expect(await readEventsSince(store.db, 2_499)).toHaveLength(1);
  });

  it('older than the limit are pruned, but of each thing its last is kept', async () => {
    const { store, clock } = await freshStore(engine);
    await append(store, anEvent({ status: 'asked' }), anEvent({ status: 'running' }), anEvent({ id: 'r2' }));
    await clock.step(10 * DAY_MS);
    await append(store, anEvent({ status: 'ended' }));
    await append(store, anEvent({ noun: 'job', id: 'r2' }));

    expect(await pruneEvents(store, { keepMs: 10 * DAY_MS })).toBe(0);
    await clock.step(1);
    expect(await pruneEvents(store, { keepMs: 10 * DAY_MS })).toBe(2);
    expect((await readEventsSince(store.db, 0)).map((event) => event.seq)).toEqual([3, 4, 5]);
    expect(await append(store, anEvent())).toBe(6);
  });
});

// A stepped clock cannot see a server's answer under way, so following is stepped on SQLite only.
describe('following events', () => {
  it('gives what is there, then what another process writes, and ends with the signal', async () => {
    const { store, clock, openAgain } = await freshStore('sqlite');
    const writer = await openAgain();
    await append(writer, anEvent({ id: 'old' }), anEvent({ id: 'r2' }));
    const stop = new AbortController();
    const got: string[] = [];
    const following = (async () => {
      for await (const event of followEvents(store, { afterSeq: 1, signal: stop.signal })) got.push(event.id);
    })();
    await clock.untilIdle();
    expect(got).toEqual(['r2']);

    await append(writer, anEvent({ id: 'r3' }), anEvent({ id: 'r4' }));
    await clock.step(249);
    expect(got).toEqual(['r2']);
    await clock.step(1);
    expect(got).toEqual(['r2', 'r3', 'r4']);

    stop.abort();
    await following;
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives only what matches, and goes past long stretches of what does not', async () => {
    const { store, clock } = await freshStore('sqlite');
    await append(store, ...Array.from({ length: 1_500 }, () => anEvent({ noun: 'job', id: 'j' })), anEvent());
    const stop = new AbortController();
    const got: number[] = [];
    const following = (async () => {
      const events = followEvents(store, { afterSeq: 0, noun: 'rental', signal: stop.signal });
      for await (const event of events) got.push(event.seq);
    })();
    await clock.untilIdle();
    expect(got).toEqual([1_501]);
    stop.abort();
    await following;
  });
});
