import { describe, expect, it, vi } from 'vitest';
import { IntervalTooShortError } from '../../../src/watch/collector/index.ts';
import { type Fetch, openWorld, watchFalseGone } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

const START_MS = Date.UTC(2026, 0, 1);

describe('the schedule', () => {
  it('keeps polls an interval apart, however long each takes', async () => {
    await using world = await openWorld({ sim: { offers: 150 }, collector: { intervalMs: 120_000 } });
    await world.drive(world.collector.start({ polls: 4 }).done);
    const times = world.rows('SELECT ts_ms, interval_ms FROM polls ORDER BY poll');
    expect(times).toEqual([0, 1, 2, 3].map((n) => ({ ts_ms: START_MS + n * 120_000, interval_ms: 120_000 })));
    expect(world.collector.status()).toMatchObject({ state: 'idle', polls: 4 });
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('lets a sweep that takes longer be the period', async () => {
    await using world = await openWorld({ sim: { offers: 500, cap: 64 }, collector: { intervalMs: 60_000 } });
    await world.drive(world.collector.start({ polls: 3 }).done);
    const polls = world.rows('SELECT ts_ms, interval_ms FROM polls ORDER BY poll');
    const periods = polls.slice(1).map(({ ts_ms }, index) => Number(ts_ms) - Number(polls[index]?.ts_ms));
    for (const [index, period] of periods.entries()) {
      expect(period).toBeGreaterThan(60_000);
      expect(Math.abs(period - Number(polls[index]?.interval_ms))).toBeLessThanOrEqual(1_000);
    }
  });

  it('stores a later time than before when the clock was set back', async () => {
    await using world = await openWorld({ sim: { offers: 150 } });
    const first = await world.storedPoll();
    world.clock.jump(-3_600_000);
    const second = await world.storedPoll();
    expect([second.tsMs > first.tsMs, second.tsMs % 1_000]).toEqual([true, 0]);
  });

  it('says while it waits when the next poll begins', async () => {
    await using world = await openWorld({ sim: { offers: 150 } });
    const running = world.collector.start();
    await world.clock.step(10_000);
    expect(world.collector.status()).toMatchObject({ state: 'sweeping', sinceMs: START_MS });
    await world.clock.step(110_000);
    expect(world.collector.status()).toMatchObject({ state: 'waiting', nextPollAtMs: START_MS + 360_000 });
    await running.stop();
  });

  it('is refused for an interval that the origin cannot bear', async () => {
    await using world = await openWorld({ sim: { offers: 150 } });
    expect(() => world.addCollector({ intervalMs: 0 })).toThrow(IntervalTooShortError);
  });
});

describe('a stop', () => {
  it.each([
    ['in the middle of the first sweep', 20_000, 0],
    ['in the middle of the second', 380_000, 1],
    ['between two polls', 300_000, 1],
  ])('%s stores nothing of the unfinished poll and leaves no timer', async (_title, afterMs, polls) => {
    await using world = await openWorld({ sim: { offers: 150 } });
    const running = world.collector.start();
    await world.clock.step(afterMs);
    await running.stop();
    await expect(running.done).resolves.toBeUndefined();
    expect(world.rows('SELECT count(*) polls FROM polls')).toEqual([{ polls }]);
    expect(world.clock.pendingTimers).toBe(0);
  });
});

describe('a filter', () => {
  it('limits what is collected, is stored with each poll, and makes nothing else gone', async () => {
    await using world = await openWorld({ sim: { offers: 500 } });
    const wrong = watchFalseGone(world);
    await world.storedPoll();
    const before = world.openOffers('on-demand').size;
    const filtered = world.addCollector({ filter: 'gpu_name=RTX_4090 num_gpus<=2' });
    for (let poll = 0; poll < 4; poll += 1) {
      await world.drive(filtered.pollOnce(new AbortController().signal));
    }
    const polls = world.rows(
      'SELECT filter, n, (SELECT count(*) FROM state_ev WHERE s = 255 AND poll = polls.poll) gone FROM polls',
    );
    expect(polls.map(({ filter }) => filter)).toEqual([
      '',
      ...Array.from({ length: 4 }, () => 'gpu_name=RTX_4090 num_gpus<=2'),
    ]);
    expect(polls[1]?.n).toBeGreaterThan(0);
    expect(polls[1]?.n).toBeLessThan(before);
    // Only what passes the filter could be told gone, and in these minutes hardly anything went.
    expect(polls.reduce((sum, { gone }) => sum + Number(gone), 0)).toBeLessThan(5);
    expect(wrong).toEqual([]);
  });

  it('belongs to it that unverified offers are left out', async () => {
    await using world = await openWorld({ sim: { offers: 300 }, collector: { includeUnverified: false } });
    await world.storedPoll();
    expect(world.rows('SELECT filter FROM polls')).toEqual([{ filter: 'verified=true' }]);
    expect(world.rows('SELECT DISTINCT verified FROM attrs')).toEqual([{ verified: 1 }]);
  });

  it('that matches nothing stores an empty poll, which is whole', async () => {
    await using world = await openWorld({ sim: { offers: 150 }, collector: { filter: 'num_gpus>=1000' } });
    expect(await world.storedPoll()).toMatchObject({ rows: 0, complete: true, searches: 6 });
  });

  it('that is under the cap by chance at a usual number is still collected whole', async () => {
    await using world = await openWorld({
      network: exactly(64),
      sim: { offers: 400 },
      collector: { types: ['on-demand'] },
    });
    const report = await world.storedPoll();
    expect(report).toMatchObject({ complete: true });
    expect(report.types[0]?.rows).toBeGreaterThan(64);
  });

  it('that cannot be read is refused with the place of the mistake', async () => {
    await using world = await openWorld({ sim: { offers: 150 } });
    expect(() => world.addCollector({ filter: 'gpu_nam=RTX_4090' })).toThrow(/gpu_name/);
  });
});

describe('the API', () => {
  it('is told when it sends a new field or drops one', async () => {
    const fields = { isRenamed: false };
    const renamed =
      (fetch: Fetch) =>
      async (...[input, init]: Parameters<Fetch>) => {
        const answer = (await (await fetch(input, init)).json()) as { offers: Record<string, unknown>[] };
        const offers = fields.isRenamed
          ? answer.offers.map(({ hosting_type: type, ...rest }) => ({ ...rest, host_kind: type }))
          : answer.offers;
        return Response.json({ offers }, { headers: { 'content-type': 'application/json' } });
      };
    await using world = await openWorld({ network: renamed, sim: { offers: 150 } });
    const told: string[] = [];
    world.collector.events.on('field:new', ({ name }) => told.push(`new ${name}`));
    world.collector.events.on('field:vanished', ({ name }) => told.push(`vanished ${name}`));
    await world.storedPoll();
    expect(told).toEqual([]);
    fields.isRenamed = true;
    expect(await world.storedPoll()).toMatchObject({ complete: true });
    await world.storedPoll();
    expect(told).toEqual(['new host_kind', 'vanished hosting_type']);
  });
});

/** A service without a cap, whose available offers happen to be so many. */
function exactly(rows: number) {
  let chosen: ReadonlySet<number> | undefined;
  return (fetch: Fetch) =>
    async (...[input, init]: Parameters<Fetch>) => {
      const answer = (await (await fetch(input, init)).json()) as {
        offers: { id: number; rentable: boolean }[];
      };
      // The first search of all is the one for available offers.
      chosen ??= new Set(answer.offers.slice(0, rows).map(({ id }) => id));
      const offers = answer.offers.filter(({ id, rentable }) => !rentable || chosen?.has(id));
      return Response.json({ offers }, { headers: { 'content-type': 'application/json' } });
    };
}
