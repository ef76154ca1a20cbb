// What an instance that is in none of our books has cost: it never falls, and says when it is only the least.
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../src/net/vast/index.ts';
import { type ReckonedBefore, reckonForeign } from '../../../src/rent/monitor/roster/foreign-cost.ts';
import { aMonitorWorld } from './a-monitor-world.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** 72 GB at $0.10 a month are $0.01 an hour; with its GPUs it costs $1.01. */
const instance = (uptimeMs: number | null): Instance =>
  ({ pricePerHour: 1.01, startedAtMs: 0, uptimeMs, diskGb: 72, storagePricePerGbMonth: 0.1 }) as Instance;
const at = (nowMs: number, before?: ReckonedBefore) => ({ nowMs, before });

describe('the cost of an instance that we did not make', () => {
  it('is its disk since the contract and its GPUs since the container', () => {
    const cost = reckonForeign(instance(10 * HOUR - 10 * MINUTE), at(10 * HOUR));
    expect(cost?.usd).toBeCloseTo(10 * 0.01 + (10 - 1 / 6) * 1, 9);
    expect(cost?.isAtLeast).toBe(false);
  });

  it('is the least where the container is younger than the contract by more than a boot takes', () => {
    expect(reckonForeign(instance(10 * HOUR - 15 * MINUTE), at(10 * HOUR))?.isAtLeast).toBe(false);
    expect(reckonForeign(instance(10 * HOUR - 15 * MINUTE - 1), at(10 * HOUR))?.isAtLeast).toBe(true);
  });

  it('stays where it was when the container stops, with its disk from then on', () => {
    const before = { spentUsd: 9.9, isAtLeast: false, pricePerHour: 1.01, atMs: 10 * HOUR };
    // A minute more at the price of before: nobody knows when within it.
    const stopped = reckonForeign(instance(null), at(10 * HOUR + MINUTE, before));
    expect(stopped?.usd).toBeCloseTo(9.9 + 1.01 / 60, 9);
    expect(stopped?.isAtLeast).toBe(false);
    const later = {
      spentUsd: stopped?.usd ?? 0,
      isAtLeast: false,
      pricePerHour: 0.01,
      atMs: 10 * HOUR + MINUTE,
    };
    expect(reckonForeign(instance(null), at(11 * HOUR + MINUTE, later))?.usd).toBeCloseTo(
      9.9 + 1.01 / 60 + 0.01,
      9,
    );
  });

  it('goes on from there when it runs again', () => {
    const before = { spentUsd: 9.9, isAtLeast: true, pricePerHour: 1.01, atMs: 20 * HOUR };
    const cost = reckonForeign(instance(HOUR), at(21 * HOUR, before));
    expect(cost?.usd).toBeCloseTo(9.9 + 1.01, 9);
    expect(cost?.isAtLeast).toBe(true);
  });

  it('is the least of one that was found stopped, and unknown of one without a price', () => {
    expect(reckonForeign(instance(null), at(10 * HOUR))).toEqual({ usd: 0.1, isAtLeast: true });
    expect(reckonForeign({ ...instance(HOUR), pricePerHour: null }, at(HOUR))).toBeNull();
    expect(reckonForeign(undefined, at(HOUR))).toBeNull();
  });

  it('stays known when the listing does not tell it any more', () => {
    const before = { spentUsd: 2, isAtLeast: false, pricePerHour: 1, atMs: 0 };
    expect(reckonForeign(undefined, at(HOUR, before))).toEqual({ usd: 3, isAtLeast: true });
  });
});

describe('TOTAL of an instance that we did not make', () => {
  it('never falls while it runs, stops, and runs again', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const watch = await world.watch({ intervalMs: 10_000, idleIntervalMs: 10_000 });
    const seen: number[] = [];
    const watched = async (minutes: number) => {
      for (let step = 0; step < minutes * 4; step += 1) {
        await world.clock.step(15_000);
        seen.push(watch.run(`instance ${id}`).spentUsd ?? Number.NaN);
      }
    };
    await watched(20);
    await world.world.live(world.world.client.instances.setState(id, 'stopped'));
    await watched(10);
    expect(watch.run(`instance ${id}`).status).toBe('stopped');
    const stopped = seen.at(-1) ?? 0;
    await world.world.live(world.world.client.instances.setState(id, 'running'));
    await watched(20);
    expect(watch.run(`instance ${id}`).status).toBe('running');
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBeGreaterThan(1.3 * stopped);
  });
});
