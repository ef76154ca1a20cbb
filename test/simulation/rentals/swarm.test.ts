// Twenty seeds of a few hours, each with its own third of the faults. More, and whole days: npm run sim -- rentals.
import { expect, it } from 'vitest';
import { liveOn } from './life.ts';
import { openWorld, swarmFor } from './world.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => `swarm ${index + 1}`);

it.each(SEEDS)('%s: nothing rented twice, forgotten, overspent or lost', {
  timeout: 120_000,
}, async (seed) => {
  await using world = await openWorld({ seed, faults: swarmFor(seed, { untilMs: 4 * 3_600_000 }) });
  const report = await liveOn(world, { hours: 4 });
  expect(world.witness.broken).toEqual([]);
  expect(report.unsettled).toEqual([]);
});
