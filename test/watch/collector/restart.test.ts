// A collector that goes on where another stopped.
import { describe, expect, it, vi } from 'vitest';
import { openWorld } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

const signal = new AbortController().signal;

describe('a collector that is started again', () => {
  it('under a cap asks no more in its first sweep than the last one before did', async () => {
    await using world = await openWorld({ sim: { offers: 1_500, cap: 64 } });
    const learning = await world.storedPoll();
    const before = await world.storedPoll();
    const collector = await world.restart();
    const after = await world.drive(collector.pollOnce(signal));

    expect(after).toMatchObject({ kind: 'stored', complete: true, cap: { rows: 64 } });
    expect(before.searches).toBeLessThan(learning.searches);
    expect(after.searches).toBeLessThanOrEqual(before.searches + 2);
  });

  it('without a cap does not believe a market that has halved meanwhile, as the one before would not have', async () => {
    await using world = await openWorld({ sim: { offers: 300 } });
    await world.storedPoll();
    const collector = await world.restart();
    world.sim.fail('empty-listing', { times: 1_000 });
    const told: unknown[] = [];
    collector.events.on('poll:unseen', (event) => told.push(event));
    const report = await world.drive(collector.pollOnce(signal));

    expect(report).toMatchObject({ kind: 'unseen', reason: expect.stringContaining('answer shrank') });
    expect(told).toEqual([{ sinceMs: expect.any(Number), reason: expect.stringContaining('answer shrank') }]);
    expect(world.rows('SELECT count(*) gone FROM state_ev WHERE s >= 254')).toEqual([{ gone: 0 }]);
  });

  it('with another filter learns anew, and takes nothing that it does not ask for as gone', async () => {
    await using world = await openWorld({ sim: { offers: 1_500, cap: 64 } });
    await world.storedPoll();
    await world.restart();
    const narrow = world.addCollector({ filter: 'num_gpus>=4' });
    for (let poll = 0; poll < 3; poll += 1) {
      expect(await world.drive(narrow.pollOnce(signal))).toMatchObject({ kind: 'stored', complete: true });
    }
    const listed = new Set(world.sim.truth.listedOfferIds());
    expect([2, 3, 4].flatMap((poll) => world.goneIn(poll)).filter((offerId) => listed.has(offerId))).toEqual(
      [],
    );
  });

  it('writes its note only when it has changed', async () => {
    await using world = await openWorld({ sim: { offers: 300, cap: 64 } });
    await world.storedPoll();
    await world.storedPoll();
    const note = world.writer.note();
    expect(JSON.parse(note ?? '')).toMatchObject({ format: 1, cap: { rows: 64 } });
    await world.restart();
    expect(world.writer.note()).toBe(note);
  });

  it('goes on from a store whose note says nothing', async () => {
    await using world = await openWorld({ sim: { offers: 300 } });
    const report = await world.storedPoll();
    world.writer.append({
      tsMs: report.tsMs + 1_000,
      filter: '',
      intervalMs: 360_000,
      slices: [],
      observations: [],
      duplicates: 0,
      covers: () => false,
      note: '{"format":1,"slicedSearches":7}',
    });
    const collector = await world.restart();
    expect(await world.drive(collector.pollOnce(signal))).toMatchObject({ kind: 'stored', complete: true });
  });
});
