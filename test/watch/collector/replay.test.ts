import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { loadReplay } from '../../../src/sim/index.ts';
import { openWorld } from './world.ts';

// Many searches each: a busy machine takes several times as long as a quiet one.
vi.setConfig({ testTimeout: 120_000 });

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 6, 1, 12, 0, 7);

function recorded(day: number, ids: readonly number[]) {
  const offers = ids.map((id) => ({
    id,
    machine_id: id * 10,
    gpu_name: 'RTX 4090',
    num_gpus: 1,
    gpu_ids: [3, 0, 1],
    dph_total: 0.1 + id / 1_000 + day / 7,
    geolocation: 'Sweden, SE',
    rentable: true,
    rented: false,
    disk_space: id,
  }));
  return { atMs: START_MS + day * DAY_MS, offers };
}

it('collects a recording poll by poll with the times and prices that it has, and ends with it', async () => {
  const days = [
    recorded(0, [1, 2, 3]),
    // A collapse by half and an empty day are what was recorded; asking again would skip to the next poll.
    recorded(
      1,
      Array.from({ length: 64 }, (_, index) => index + 1),
    ),
    recorded(
      2,
      Array.from({ length: 20 }, (_, index) => index + 1),
    ),
    recorded(5, []),
    recorded(6, [2, 3]),
  ];
  await using world = await openWorld({
    sim: { replay: { name: 'recording', warnings: [], polls: days } },
    collector: { intervalMs: 60_000 },
  });
  await world.drive(world.collector.start().done);

  // The empty day is not stored: nobody can tell an empty market from a failed search.
  expect(world.rows('SELECT ts_ms, n FROM polls ORDER BY poll')).toEqual(
    [days[0], days[1], days[2], days[4]].map((day) => ({ ts_ms: day?.atMs, n: day?.offers.length })),
  );
  const prices = world.rows('SELECT dph_total FROM price_ev WHERE poll = 1 ORDER BY line');
  expect(prices.map(({ dph_total }) => dph_total)).toEqual(days[0]?.offers.map(({ dph_total }) => dph_total));
  expect(world.rows('SELECT DISTINCT gpu_ids FROM hardware')).toEqual([{ gpu_ids: '0,1,3' }]);
});

const CAPTURED = fileURLToPath(
  new URL('../../../../shared/data/vast-offers-2024-11-05/search-all-2024-11-05.json.gz', import.meta.url),
);

it.skipIf(!existsSync(CAPTURED))(
  'keeps each of the 1,396 offers captured on 2024-11-05, prices to the last bit',
  async () => {
    const replay = await loadReplay(CAPTURED);
    await using world = await openWorld({ sim: { replay } });
    const report = await world.storedPoll();
    expect(report).toMatchObject({ rows: 1_396, complete: true, duplicates: 0 });
    const kept = new Map(
      world
        .rows('SELECT line, dph_total FROM price_ev')
        .map(({ line, dph_total }) => [Math.floor(Number(line) / 16), dph_total]),
    );
    const offers = replay.polls[0]?.offers ?? [];
    expect(offers.filter(({ id, dph_total }) => kept.get(Number(id)) !== dph_total)).toEqual([]);
  },
);
