// Terms: one leader at a time, a number that only grows, and writes of an old leader that fail.
import { describe, expect, it } from 'vitest';
import { HOUR_MS, SteppedClock } from '../../../src/base/std/index.ts';
import {
  type AcquireTermResult,
  appendEvents,
  assertTerm,
  createTerms,
  lastEventSeq,
  type Store,
  type Term,
  TermLostError,
} from '../../../src/base/store/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const TTL_MS = 30_000;

const leading = (result: AcquireTermResult): Term => {
  if (result.kind !== 'leading') throw new Error(`held by ${result.by}`);
  return result.term;
};

const writeAs = (store: Store, term: Term) =>
  store.transaction(async (trx) => {
    await assertTerm(trx, term, store.dialect);
    await appendEvents(trx, {
      clock: store.clock,
      events: [{ noun: 'fleet', id: 'f', status: 'healed', reason: term.holder }],
    });
  });

describe.each(ENGINES)('terms on %s', (engine) => {
  it('are led by one, and the other is told by whom and until when', async () => {
    const { store, clock, openAgain } = await freshStore(engine);
    const other = createTerms(await openAgain());
    const term = leading(await createTerms(store).acquire('fleet', 'alice', TTL_MS));
    expect(term).toEqual({ name: 'fleet', number: 1, holder: 'alice' });
    expect(await other.acquire('fleet', 'bob', TTL_MS)).toEqual({
      kind: 'held',
      by: 'alice',
      untilMs: clock.now() + TTL_MS,
    });
    expect((await other.acquire('collector', 'bob', TTL_MS)).kind).toBe('leading');
  });

  it('go to one alone of many who ask at the same moment', async () => {
    const { store, openAgain } = await freshStore(engine);
    const second = await openAgain();
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        createTerms(n % 2 ? store : second).acquire('fleet', `process ${n}`, TTL_MS),
      ),
    );
    expect(results.filter((result) => result.kind === 'leading')).toHaveLength(1);
  });

  it('pass on when their time is over, not a millisecond before, with a greater number', async () => {
    const { store, clock } = await freshStore(engine);
    const terms = createTerms(store);
    await terms.acquire('fleet', 'alice', TTL_MS);
    clock.jump(TTL_MS - 1);
    expect((await terms.acquire('fleet', 'bob', TTL_MS)).kind).toBe('held');
    clock.jump(1);
    expect(leading(await terms.acquire('fleet', 'bob', TTL_MS)).number).toBe(2);
  });

  it('last longer when renewed, keep their number, and cannot be renewed once lost', async () => {
    const { store, clock } = await freshStore(engine);
    const terms = createTerms(store);
    const term = leading(await terms.acquire('fleet', 'alice', TTL_MS));
    clock.jump(TTL_MS - 1);
    expect(await terms.renew(term, TTL_MS)).toBe(true);
    expect(leading(await terms.acquire('fleet', 'alice', TTL_MS))).toEqual(term);
    clock.jump(TTL_MS - 1);
    expect((await terms.acquire('fleet', 'bob', TTL_MS)).kind).toBe('held');
    clock.jump(1);
    await terms.acquire('fleet', 'bob', TTL_MS);
    expect(await terms.renew(term, TTL_MS)).toBe(false);
    await terms.release(term);
    expect((await terms.acquire('fleet', 'carol', TTL_MS)).kind).toBe('held');
  });

  it('pass on at once when released', async () => {
    const { store } = await freshStore(engine);
    const terms = createTerms(store);
    await terms.release(leading(await terms.acquire('fleet', 'alice', TTL_MS)));
    expect(leading(await terms.acquire('fleet', 'bob', TTL_MS)).number).toBe(2);
  });

  it('fail the writes of a leader that slept through its end, and leave nothing of them', async () => {
    const { store, clock } = await freshStore(engine);
    const terms = createTerms(store);
    const alice = leading(await terms.acquire('fleet', 'alice', TTL_MS));
    await writeAs(store, alice);
    clock.jump(TTL_MS);
    await writeAs(store, alice);
    const bob = leading(await terms.acquire('fleet', 'bob', TTL_MS));

    await expect(writeAs(store, alice)).rejects.toThrow(TermLostError);
    await expect(writeAs(store, alice)).rejects.toThrow(
      'alice no longer leads fleet (its term was 1, now bob',
    );
    await writeAs(store, bob);
    expect(await lastEventSeq(store.db)).toBe(3);
    await terms.release(bob);
    await expect(writeAs(store, bob)).rejects.toThrow(TermLostError);
  });

  it('of a dead leader are free one length after the wall clock was set back, not hours later', async () => {
    const { store, openAgain } = await freshStore(engine);
    await createTerms(store).acquire('fleet', 'dead', TTL_MS);
    const clock = new SteppedClock(store.clock.now() - 5 * HOUR_MS);
    const terms = createTerms(await openAgain({ clock }));
    expect((await terms.acquire('fleet', 'bob', TTL_MS)).kind).toBe('held');
    await clock.step(TTL_MS - 1);
    expect((await terms.acquire('fleet', 'bob', TTL_MS)).kind).toBe('held');
    await clock.step(1);
    expect(leading(await terms.acquire('fleet', 'bob', TTL_MS)).number).toBe(2);
  });

  it('of a living leader stay its own after the wall clock was set back', async () => {
    const { store, clock } = await freshStore(engine);
    const alice = createTerms(store);
    const bob = createTerms(store);
    const term = leading(await alice.acquire('fleet', 'alice', TTL_MS));
    clock.jump(-5 * HOUR_MS);
    for (let round = 0; round < 8; round += 1) {
      expect((await bob.acquire('fleet', 'bob', TTL_MS)).kind).toBe('held');
      await clock.step(TTL_MS / 3);
      expect(await alice.renew(term, TTL_MS)).toBe(true);
    }
  });
});

it.runIf(ENGINES.includes('postgres'))(
  'a leader that checked its term keeps it until its transaction ends',
  async () => {
    const { store, clock } = await freshStore('postgres');
    const terms = createTerms(store);
    const alice = leading(await terms.acquire('fleet', 'alice', TTL_MS));
    clock.jump(TTL_MS);
    const order: string[] = [];
    let taking: Promise<unknown> = Promise.resolve();
    await store.transaction(async (trx) => {
      await assertTerm(trx, alice, store.dialect);
      taking = terms.acquire('fleet', 'bob', TTL_MS).then(() => order.push('bob leads'));
      // Forty rounds to the server are far more than the takeover needs when nothing holds it.
      for (let i = 0; i < 40; i += 1) await lastEventSeq(store.db);
      order.push('alice ends');
    });
    await taking;
    expect(order).toEqual(['alice ends', 'bob leads']);
  },
);
