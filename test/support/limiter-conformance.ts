// What every LimiterStore must do, run on the one in memory and on the one in the state store.
import { describe, expect, it } from 'vitest';
import {
  type AcquireRequest,
  type AcquireResult,
  type LimiterStore,
  type Priority,
  TICKET_TTL_MS,
} from '../../src/base/std/index.ts';

const START_MS = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 6_000;

export function limiterConformance(name: string, makeStore: () => Promise<LimiterStore>): void {
  describe(name, () => {
    const world = async () => {
      const store = await makeStore();
      const at = (afterMs: number, ticket: string, over: Partial<AcquireRequest> = {}) =>
        store.tryAcquire({
          key: 'search',
          ticket,
          priority: 'controller',
          nowMs: START_MS + afterMs,
          minIntervalMs: INTERVAL_MS,
          ...over,
        });
      return { store, at };
    };
    const go: AcquireResult = { kind: 'go' };
    const waitUntil = (afterMs: number): AcquireResult => ({ kind: 'wait', untilMs: START_MS + afterMs });

    it('lets the first go and the second after the interval, not before', async () => {
      const { at } = await world();
      expect(await at(0, 'a')).toEqual(go);
      expect(await at(0, 'b')).toEqual(waitUntil(INTERVAL_MS));
      expect(await at(INTERVAL_MS - 1, 'b')).toEqual(waitUntil(INTERVAL_MS));
      expect(await at(INTERVAL_MS, 'b')).toEqual(go);
      expect(await at(INTERVAL_MS, 'a')).toEqual(waitUntil(2 * INTERVAL_MS));
    });

    it('keeps the times of different keys apart', async () => {
      const { at } = await world();
      await at(0, 'a');
      expect(await at(0, 'b', { key: 'list' })).toEqual(go);
    });

    it('lets the more urgent go first, whoever came first', async () => {
      const { at } = await world();
      await at(0, 'running');
      const waiters: Priority[] = ['collector', 'controller', 'person', 'destroy'];
      for (const [n, priority] of waiters.entries()) await at(1 + n, priority, { priority });
      const order: string[] = [];
      for (let turn = 1; turn <= 4; turn += 1) {
        for (const priority of waiters.filter((waiter) => !order.includes(waiter))) {
          const result = await at(turn * INTERVAL_MS, priority, { priority });
          if (result.kind === 'go') order.push(priority);
        }
      }
      expect(order).toEqual(['destroy', 'person', 'controller', 'collector']);
    });

    it('lets the earlier go first among equals', async () => {
      const { at } = await world();
      await at(0, 'running');
      await at(1, 'early');
      await at(2, 'late');
      expect((await at(INTERVAL_MS, 'late')).kind).toBe('wait');
      expect(await at(INTERVAL_MS, 'early')).toEqual(go);
      expect(await at(2 * INTERVAL_MS, 'late')).toEqual(go);
    });

    it('forgets a waiter that died, after its time and not before', async () => {
      const { at } = await world();
      await at(0, 'running');
      await at(1, 'dead', { priority: 'destroy' });
      expect((await at(1 + TICKET_TTL_MS, 'b')).kind).toBe('wait');
      expect(await at(2 + TICKET_TTL_MS, 'b')).toEqual(go);
    });

    it('lets others go when a waiter withdraws', async () => {
      const { store, at } = await world();
      await at(0, 'running');
      await at(1, 'a', { priority: 'person' });
      await store.release('search', 'a');
      expect(await at(INTERVAL_MS, 'b')).toEqual(go);
      await store.release('never used', 'nobody');
    });

    it('learns a longer interval, and never a shorter one', async () => {
      const { store, at } = await world();
      await at(0, 'a');
      await store.learn('search', 20_000, START_MS + 20_000);
      expect(await at(INTERVAL_MS, 'b')).toEqual(waitUntil(20_000));
      expect(await at(20_000, 'b')).toEqual(go);
      await store.learn('search', 1_000, START_MS + 21_000);
      expect(await at(39_999, 'c')).toEqual(waitUntil(40_000));
      expect(await at(40_000, 'c')).toEqual(go);
    });

    it('blocks a key that nobody has used yet when it is learned', async () => {
      const { store, at } = await world();
      await store.learn('search', 3_000, START_MS + 3_000);
      expect((await at(0, 'a')).kind).toBe('wait');
      expect(await at(3_000, 'a')).toEqual(go);
    });

    it('blocks for no longer than the interval after the clock was set back', async () => {
      const { at } = await world();
      const hourMs = 3_600_000;
      await at(hourMs, 'a');
      expect(await at(0, 'b')).toEqual(waitUntil(INTERVAL_MS));
      expect(await at(1_000, 'b')).toEqual(waitUntil(INTERVAL_MS));
      expect(await at(INTERVAL_MS, 'b')).toEqual(go);
    });

    it('forgets a waiter that died before the clock was set back', async () => {
      const { at } = await world();
      const hourMs = 3_600_000;
      await at(hourMs, 'running');
      await at(hourMs, 'dead', { priority: 'destroy' });
      await at(0, 'b');
      expect(await at(INTERVAL_MS, 'b')).toEqual(go);
    });

    it('gives every turn to one alone when many ask at the same moment', async () => {
      const { at } = await world();
      const tickets = Array.from({ length: 12 }, (_, n) => `t${n}`);
      const first = await Promise.all(tickets.map((ticket) => at(0, ticket)));
      expect(first.filter((result) => result.kind === 'go')).toHaveLength(1);
    });
  });
}
