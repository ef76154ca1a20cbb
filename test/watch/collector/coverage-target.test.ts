import { expect, it, vi } from 'vitest';
import { HOUR_MS } from '../../../src/base/std/index.ts';
import { openWorld, watchFalseGone } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

it('under cap 64 and 10 searches a minute the store holds 99 % of 5,000 offers after an hour, of both types, and none is gone that is there', async () => {
  await using world = await openWorld({ sim: { offers: 5_000, cap: 64 } });
  const wrong = watchFalseGone(world);
  const running = world.collector.start();
  let throughout = world.sim.truth.listedOfferIds();
  expect(throughout.length).toBeGreaterThan(4_500);
  for (let minute = 0; minute < 60; minute += 1) {
    await world.clock.step(HOUR_MS / 60);
    const listed = new Set(world.sim.truth.listedOfferIds());
    throughout = throughout.filter((offerId) => listed.has(offerId));
  }
  await running.stop();

  for (const type of ['on-demand', 'interruptible'] as const) {
    const open = world.openOffers(type);
    const held = throughout.filter((offerId) => open.has(offerId));
    expect(held.length / throughout.length).toBeGreaterThanOrEqual(0.99);
  }
  expect(wrong).toEqual([]);
  expect(world.requests()).toBeLessThanOrEqual(601);
  expect(world.clock.pendingTimers).toBe(0);
});

it('goes on under the cap for hours without reporting anything gone that is there, and does report what is gone', async () => {
  await using world = await openWorld({ sim: { offers: 300, cap: 64 } });
  const wrong = watchFalseGone(world);
  const running = world.collector.start();
  await world.clock.step(4 * HOUR_MS);
  await running.stop();

  const [{ polls, gone, incomplete } = {}] = world.rows(
    'SELECT (SELECT count(*) FROM polls) polls, (SELECT count(*) FROM state_ev WHERE s = 255) gone, (SELECT count(*) FROM polls WHERE NOT complete) incomplete',
  );
  expect(wrong).toEqual([]);
  expect(polls).toBe(40);
  expect(incomplete).toBe(0);
  expect(gone).toBeGreaterThan(0);
  const listed = new Set(world.sim.truth.listedOfferIds());
  const stale = [...world.openOffers('on-demand')].filter((offerId) => !listed.has(offerId));
  expect(stale.length / listed.size).toBeLessThan(0.01);
});
