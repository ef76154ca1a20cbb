import { describe, expect, it, vi } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import { bodyOf, type Fetch, openWorld, type World, watchFalseGone } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

/** Offers that stay listed while `work` runs, as far as looking before, between the searches and after tells. */
async function listedThroughout(world: World, work: () => Promise<unknown>): Promise<readonly number[]> {
  let listed = world.sim.truth.listedOfferIds();
  const look = () => {
    const now = new Set(world.sim.truth.listedOfferIds());
    listed = listed.filter((offerId) => now.has(offerId));
  };
  const off = world.collector.events.on('slice:done', look);
  await work();
  off();
  look();
  return listed;
}

describe('a sweep of a market that comes whole', () => {
  it('asks the three searches of the original for both types, and compares the long answers with a part once a day', async () => {
    await using world = await openWorld({ sim: { offers: 1_500 } });
    const first = await world.storedPoll();
    const second = await world.storedPoll();
    const asked = world.rows(
      "SELECT type, search, predicate <> '' AS sliced FROM slices WHERE poll = 1 ORDER BY slice",
    );
    for (const type of ['on-demand', 'interruptible']) {
      expect(
        asked.filter((slice) => slice.type === type).map(({ search, sliced }) => `${search} ${sliced}`),
      ).toEqual(['available 1', 'available 0', 'rented 0', 'unavailable 1', 'unavailable 0']);
    }
    expect(first).toMatchObject({ searches: 10, complete: true, cap: undefined });
    // Two more at most, for offers that were not seen any more.
    expect(second.searches).toBeLessThanOrEqual(8);
    await world.clock.step(DAY_MS);
    expect((await world.storedPoll()).searches).toBeGreaterThanOrEqual(10);
  });

  it('neither loses nor doubles offers that change their state between two searches', async () => {
    // Half an hour passes before each search, so that many do.
    const state = { isSlow: false };
    await using world = await openWorld({
      sim: { offers: 1_000 },
      timeoutMs: HOUR_MS,
      network: (fetch: Fetch, clock) => async (input, init) => {
        if (state.isSlow) await clock.sleep(30 * 60_000);
        return fetch(input, init);
      },
    });
    await world.storedPoll();
    state.isSlow = true;
    const throughout = await listedThroughout(world, () => world.storedPoll());
    for (const type of ['on-demand', 'interruptible'] as const) {
      const open = world.openOffers(type);
      expect(throughout.filter((offerId) => !open.has(offerId))).toEqual([]);
    }
    const [{ n, lines, changed } = {}] = world.rows(`SELECT n,
      (SELECT count(DISTINCT line) FROM state_ev WHERE s < 254) lines,
      (SELECT count(DISTINCT line) FROM state_ev WHERE poll = 2 AND s < 254) changed
      FROM polls WHERE poll = 2`);
    expect(n).toBeLessThanOrEqual(Number(lines));
    expect(changed).toBeGreaterThan(20);
  });

  it('merges rows with one id in one answer by score, and counts them', async () => {
    const doubled =
      (fetch: Fetch) =>
      async (...[input, init]: Parameters<Fetch>) => {
        const answer = (await (await fetch(input, init)).json()) as {
          offers: { score: number; dph_total: number }[];
        };
        const [first] = answer.offers;
        if (first && bodyOf(init).includes('"rentable":{"eq":true}')) {
          answer.offers.push({ ...first, score: first.score + 1, dph_total: 777 });
          answer.offers.push({ ...first, score: first.score - 1, dph_total: 555 });
        }
        return Response.json(answer, { headers: { 'content-type': 'application/json' } });
      };
    await using world = await openWorld({ network: doubled, collector: { types: ['on-demand'] } });
    const { duplicates } = await world.storedPoll();
    // The comparison with a part of the answer is doubled as well.
    expect(duplicates).toBe(4);
    expect(world.rows('SELECT count(*) n FROM price_ev WHERE dph_total = 777')).toEqual([{ n: 2 }]);
    expect(world.rows('SELECT count(*) n FROM price_ev WHERE dph_total = 555')).toEqual([{ n: 0 }]);
  });
});

describe('a cap', () => {
  it('that comes, changes and goes by day is learned within the sweep, with nothing lost or wrongly gone', async () => {
    const none = 1_000_000;
    const caps = [none, 64, 128, 64, 77, none, 500];
    await using world = await openWorld({ sim: { offers: 900, cap: caps } });
    const wrong = watchFalseGone(world);
    const learned: unknown[] = [];
    for (const [day] of caps.entries()) {
      const report = await listedAndHeld(world);
      learned.push(report.cap?.rows ?? none);
      expect(report).toMatchObject({ complete: true });
      const again = await listedAndHeld(world);
      expect([again.complete, again.cap?.rows]).toEqual([true, report.cap?.rows]);
      await world.clock.step((day + 1) * DAY_MS - world.clock.monotonic());
    }
    expect(learned).toEqual(caps);
    expect(wrong).toEqual([]);
  });

  it('that changes in the middle of a sweep is learned there', async () => {
    await using world = await openWorld({ sim: { offers: 900, cap: [128, 64] } });
    await world.storedPoll();
    // Two minutes before midnight: the sweep takes some four.
    await world.clock.step(DAY_MS - world.clock.monotonic() - 120_000);
    const report = await listedAndHeld(world);
    expect(report).toMatchObject({ complete: true, cap: { rows: 64 } });
  });

  it('leaves as few searches as a steady market needs, the same from poll to poll', async () => {
    await using world = await openWorld({ sim: { offers: 900, cap: 64 } });
    const first = await world.storedPoll();
    await world.storedPoll();
    const third = await world.storedPoll();
    const sliceTexts = (poll: number) =>
      world
        .rows(
          `SELECT type, predicate FROM slices WHERE poll = ${poll} AND predicate NOT LIKE 'ask_contract_id%'`,
        )
        .map(({ type, predicate }) => `${type} ${predicate}`)
        .sort();
    expect(third.searches).toBeLessThan(0.8 * first.searches);
    // Full slices of 64 would be 29 for both types.
    expect(third.searches).toBeLessThan(60);
    expect(sliceTexts(3)).toEqual(sliceTexts(2));
  });

  it('is inferred when it is the limit that was asked for', async () => {
    await using world = await openWorld({ sim: { offers: 300 }, collector: { limitRows: 90 } });
    const report = await listedAndHeld(world);
    expect(report.complete).toBe(true);
    expect(report.types[0]?.slices).toBeGreaterThan(3);
  });

  it('is overcome state by state where a search without a state shows rentable offers only', async () => {
    await using world = await openWorld({ sim: { offers: 600, cap: 64, searchDefaults: 'documented' } });
    await world.storedPoll();
    const searches = world.rows("SELECT DISTINCT search FROM slices WHERE poll = 1 AND predicate <> ''");
    expect(searches.map(({ search }) => String(search)).sort((a, b) => a.localeCompare(b))).toEqual([
      'available',
      'unavailable',
    ]);
    const [{ unavailable } = {}] = world.rows(
      "SELECT sum(rows) unavailable FROM slices WHERE poll = 1 AND search = 'unavailable' AND complete",
    );
    expect(unavailable).toBeGreaterThan(50);
  });

  async function listedAndHeld(world: World) {
    let report: Awaited<ReturnType<World['storedPoll']>> | undefined;
    const throughout = await listedThroughout(world, async () => {
      report = await world.storedPoll();
    });
    if (!report) throw new Error('no report');
    for (const type of ['on-demand', 'interruptible'] as const) {
      const open = world.openOffers(type);
      expect(throughout.filter((offerId) => !open.has(offerId))).toEqual([]);
    }
    return report;
  }
});
