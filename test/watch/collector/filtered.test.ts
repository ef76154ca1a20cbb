// What a filter on things that change does to offers: leaving it is no end, leaving the market is.
import { describe, expect, it, vi } from 'vitest';
import { bodyOf, type Fetch, openWorld, type World, watchFalseGone } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

const FILTER = 'dph<0.5';

/** Four days of polls, six hours apart: many offers leave the filter, and many the market. */
async function collectDays(world: World): Promise<void> {
  for (let poll = 0; poll < 16; poll += 1) {
    await world.storedPoll();
    await world.clock.step(6 * 3_600_000);
  }
  for (let poll = 0; poll < 4; poll += 1) await world.storedPoll();
}

function missingOffers(world: World): readonly number[] {
  const newest = world.rows('SELECT line, s, max(id) FROM state_ev GROUP BY line');
  return newest.filter(({ s }) => s === 254).map(({ line }) => Math.floor(Number(line) / 16));
}

describe('an offer that a filtered sweep no longer shows', () => {
  it.each([
    ['without a cap', undefined],
    ['under a cap', 64],
  ])('is gone when it has left the market, and missing while it is listed outside the filter, %s', async (_title, cap) => {
    await using world = await openWorld({
      sim: { offers: 300, ...(cap === undefined ? {} : { cap }) },
      collector: { filter: FILTER, types: ['on-demand'] },
    });
    const wrong = watchFalseGone(world);
    await collectDays(world);
    const listed = new Set(world.sim.truth.listedOfferIds());
    const missing = missingOffers(world);

    expect(world.rows('SELECT count(*) > 20 many FROM state_ev WHERE s = 255')).toEqual([{ many: 1 }]);
    expect(wrong).toEqual([]);
    expect(missing.filter((offerId) => !listed.has(offerId))).toEqual([]);
    expect(missing.length).toBeGreaterThan(0);
  });

  it('is not taken for gone when the search by id shows nothing at all', async () => {
    const silenced =
      (fetch: Fetch) =>
      async (...[input, init]: Parameters<Fetch>) =>
        bodyOf(init).includes('ask_contract_id') ? Response.json({ offers: [] }) : fetch(input, init);
    await using world = await openWorld({
      sim: { offers: 300 },
      network: silenced,
      collector: { filter: FILTER, types: ['on-demand'] },
    });
    await collectDays(world);
    expect(world.rows('SELECT count(*) gone FROM state_ev WHERE s = 255')).toEqual([{ gone: 0 }]);
  });

  it('costs at most four searches a sweep, and none once nothing is in doubt', async () => {
    await using world = await openWorld({
      sim: { offers: 300 },
      collector: { filter: FILTER, types: ['on-demand'] },
    });
    const asked: number[] = [];
    world.collector.events.on('poll:stored', ({ searches }) => asked.push(searches));
    await collectDays(world);
    await world.storedPoll();
    await using plain = await openWorld({ sim: { offers: 300 }, collector: { types: ['on-demand'] } });
    const { searches } = await plain.storedPoll();
    // Those by id: three for the states of what is in doubt, and one for what slipped past between two searches.
    expect(Math.max(...asked)).toBeLessThanOrEqual(searches + 4);
    expect(asked.at(-1)).toBeLessThanOrEqual(searches);
  });
});
