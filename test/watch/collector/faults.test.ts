import { describe, expect, it, vi } from 'vitest';
import { UnauthorizedError } from '../../../src/net/vast/index.ts';
import { FAULTS } from '../../../src/sim/index.ts';
import { bodyOf, type Fetch, openWorld, watchFalseGone } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

const SMALL = { offers: 200 };

/** After these there is no answer at all; after the others there is one, right or wrong. */
const BLINDING = [
  'rate-limit-text',
  'rate-limit-detail',
  'rate-limit-msg',
  'rate-limit-storm',
  'lost-answer',
  'gateway-timeout',
  'ill-typed-listing',
  'server-error',
  'bad-gateway',
  'hang',
  'truncated-json',
  'wrong-content-type',
];

/** Searches cannot have these. */
const ELSEWHERE: readonly string[] = ['wrong-success', 'legacy-list-gone'];
/** Faults of requests come first in the list, then those of instances and machines. */
const REQUEST_FAULTS = FAULTS.slice(0, FAULTS.indexOf('search-mismatch') + 1);
const SEARCH_FAULTS = REQUEST_FAULTS.filter((fault) => !ELSEWHERE.includes(fault));

/** Goes on for up to 90 s: longer than a slice is tried for. */
const LASTING = 'rate-limit-storm';

describe('each fault of the service, one after the other', () => {
  it('makes nothing gone or missing that is there, is told as blindness exactly when it is, and the next poll goes on', async () => {
    // Without the service's own limit: a slow answer alone can bring a true 429.
    const sim = { ...SMALL, searchesPerMinute: Number.POSITIVE_INFINITY };
    await using world = await openWorld({ sim });
    const wrong = watchFalseGone(world);
    let told: string[] = [];
    world.collector.events.on('collector:blind', () => told.push('blind'));
    world.collector.events.on('collector:seeing', () => told.push('seeing'));
    await world.storedPoll();
    for (const fault of SEARCH_FAULTS) {
      told = [];
      const listed = world.sim.truth.listedOfferIds();
      world.sim.fail(fault);
      const report = await world.storedPoll();
      const open = world.openOffers('on-demand');
      const stillListed = new Set(world.sim.truth.listedOfferIds());
      const lost = listed.filter((offerId) => stillListed.has(offerId) && !open.has(offerId));

      const most = fault === LASTING ? 20 : 1;
      expect(world.sim.faultCounts()[fault], fault).toSatisfy((n: number) => n >= 1 && n <= most);
      expect(told, fault).toEqual(BLINDING.includes(fault) ? ['blind', 'seeing'] : []);
      expect(world.collector.status().blind, fault).toBeUndefined();
      if (fault === LASTING) expect(report).toMatchObject({ complete: false, gone: 0 });
      else expect([report.complete, lost], fault).toEqual([true, []]);
      expect(await world.storedPoll(), fault).toMatchObject({ complete: true });
    }
    expect(wrong).toEqual([]);
    // A field that was missing from one answer has left no trace.
    for (const nothing of [
      'price_ev WHERE dph_total IS NULL',
      'attrs WHERE geolocation IS NULL OR gpu_frac IS NULL',
      'hardware WHERE gpu_ids IS NULL',
      'quote_ev WHERE min_bid IS NULL',
    ]) {
      expect(world.rows(`SELECT count(*) n FROM ${nothing}`), nothing).toEqual([{ n: 0 }]);
    }
  });

  it('does no harm in the middle of a sliced sweep either', async () => {
    await using world = await openWorld({ sim: { ...SMALL, cap: 64 } });
    const wrong = watchFalseGone(world);
    await world.storedPoll();
    const { slices, wholeSlices } = (await world.storedPoll()).types[0] ?? {};
    expect([wholeSlices, (slices ?? 0) > 3]).toEqual([slices, true]);
    for (const fault of SEARCH_FAULTS) {
      let asked = 0;
      const off = world.collector.events.on('slice:done', () => {
        asked += 1;
        if (asked === 2) world.sim.fail(fault);
      });
      const report = await world.storedPoll();
      off();
      if (fault === LASTING) {
        expect(report).toMatchObject({ gone: 0, complete: false });
      } else {
        expect(report, fault).toMatchObject({ complete: true });
        expect(world.sim.faultCounts()[fault], fault).toBe(1);
      }
      expect(await world.storedPoll(), fault).toMatchObject({ complete: true });
    }
    expect(wrong).toEqual([]);
  });
});

describe('an outage', () => {
  const breakable =
    (state: { isDown: boolean }) =>
    (fetch: Fetch) =>
    async (...[input, init]: Parameters<Fetch>) => {
      if (state.isDown) throw new TypeError('fetch failed');
      return fetch(input, init);
    };

  it('of half an hour stores nothing, says since when it is blind, asks ever more rarely, and ends by itself', async () => {
    const state = { isDown: false };
    await using world = await openWorld({ sim: SMALL, network: breakable(state) });
    const wrong = watchFalseGone(world);
    const seeing = world.collector.events.next('collector:seeing');
    const running = world.collector.start();
    await world.clock.step(350_000);
    expect(world.writer.lastPoll()?.poll).toBe(1);
    state.isDown = true;
    const requestsBefore = world.requests();
    await world.clock.step(30 * 60_000);
    const blindSinceMs = world.collector.status().blind?.sinceMs;
    expect(blindSinceMs).toBe(Date.UTC(2026, 0, 1, 0, 6));
    expect(world.writer.lastPoll()?.poll).toBe(1);
    // Without waiting it would be 300 at the limiter's ten a minute.
    expect(world.requests() - requestsBefore).toBeLessThan(50);
    state.isDown = false;
    await world.clock.step(20 * 60_000);
    await running.stop();

    expect(await seeing).toMatchObject({ sinceMs: blindSinceMs, reason: 'no answer' });
    expect(world.writer.lastPoll()?.poll).toBeGreaterThan(2);
    expect(wrong).toEqual([]);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('in the middle of a sliced sweep keeps what was seen, and takes nothing that was not asked for as gone', async () => {
    const state = { isDown: false };
    await using world = await openWorld({ sim: { ...SMALL, cap: 64 }, network: breakable(state) });
    const wrong = watchFalseGone(world);
    const first = await world.storedPoll();
    let asked = 0;
    const off = world.collector.events.on('slice:done', () => {
      asked += 1;
      state.isDown = asked >= 4;
    });
    // Three times: what is missed in two polls that had to show it is gone.
    for (let poll = 0; poll < 3; poll += 1) {
      asked = 0;
      state.isDown = false;
      const broken = await world.storedPoll();
      expect(broken).toMatchObject({ complete: false, gone: 0 });
      expect(broken.rows).toBeLessThan(first.rows);
      expect(broken.missing).toBeGreaterThan(0);
      expect(broken.reasons).toContain('not asked: no answer');
    }
    off();
    state.isDown = false;
    const mended = await world.storedPoll();

    expect(mended).toMatchObject({ complete: true });
    expect(wrong).toEqual([]);
  });
});

describe('a listing that stays empty', () => {
  it('is never read as an empty market, and is not stored', async () => {
    await using world = await openWorld({ sim: SMALL });
    const wrong = watchFalseGone(world);
    await world.storedPoll();
    world.sim.fail('empty-listing', { times: 1_000 });
    for (let poll = 0; poll < 12; poll += 1) {
      expect(await world.poll()).toMatchObject({
        kind: 'unseen',
        reason: expect.stringContaining('answer shrank'),
      });
    }
    expect(world.writer.lastPoll()?.poll).toBe(1);
    expect(wrong).toEqual([]);
  });

  it('for one type only leaves the other collected, and nothing gone', async () => {
    const emptied =
      (fetch: Fetch) =>
      async (...[input, init]: Parameters<Fetch>) => {
        const isEmptied = isDown && bodyOf(init).includes('"type":"bid"');
        return isEmptied ? Response.json({ offers: [] }) : fetch(input, init);
      };
    let isDown = false;
    await using world = await openWorld({ sim: SMALL, network: emptied });
    const wrong = watchFalseGone(world);
    await world.storedPoll();
    isDown = true;
    for (let poll = 0; poll < 12; poll += 1)
      expect(await world.storedPoll()).toMatchObject({ complete: false });
    expect(wrong).toEqual([]);
    expect(world.openOffers('on-demand').size).toBeGreaterThan(150);
  });
});

describe('a key that is not accepted', () => {
  it.each([
    401, 404,
  ] as const)('ends the collector with status %i after one request', async (badKeyStatus) => {
    await using world = await openWorld({ apiKey: 'nobody-knows-this-key', sim: { ...SMALL, badKeyStatus } });
    const running = world.collector.start();
    await expect(world.drive(running.done)).rejects.toThrow(UnauthorizedError);
    expect(world.requests()).toBe(1);
    expect(world.writer.lastPoll()).toBeUndefined();
  });
});

describe('an address that is not the API', () => {
  it('ends the collector before the first success', async () => {
    const notFound = () => async () =>
      new Response('{"error":"not_found","msg":"no route"}', { status: 404 });
    await using world = await openWorld({ sim: SMALL, network: notFound });
    await expect(world.poll()).rejects.toThrow(/VAST_BASE_URL/);
  });
});
