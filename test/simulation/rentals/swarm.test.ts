// Twenty seeds of a few hours, each with its own third of the faults. More, and whole days: npm run sim -- rentals.
import { expect, it } from 'vitest';
import { liveOn } from './life.ts';
import { openWorld, SWARM_FAULTS, swarmFor } from './world.ts';

const SEEDS = 20;
const HOURS = 4;

// One test for all of them: a fault that fires in none is a failure, since then nothing was shown about it.
it('in worlds full of faults nothing is rented twice, forgotten, overspent or lost', {
  timeout: 600_000,
}, async () => {
  const fired = new Map<string, number>();
  const wrong: string[] = [];
  for (let index = 1; index <= SEEDS; index += 1) {
    const seed = `swarm ${index}`;
    await using world = await openWorld({ seed, faults: swarmFor(seed, { untilMs: HOURS * 3_600_000 }) });
    const report = await liveOn(world, { hours: HOURS });
    for (const { invariant, what } of world.witness.broken) wrong.push(`${seed}: ${invariant}: ${what}`);
    for (const what of report.unsettled) wrong.push(`${seed}: ${what}`);
    for (const [name, count] of Object.entries(world.sim.faultCounts())) {
      fired.set(name, (fired.get(name) ?? 0) + count);
    }
  }
  expect(wrong).toEqual([]);
  expect(SWARM_FAULTS.filter((name) => !fired.get(name))).toEqual([]);
});
