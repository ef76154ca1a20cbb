// A few lives with jobs, each with its own third of the faults. More, and whole days: npm run sim -- jobs.
import { expect, it } from 'vitest';
import { liveWithJobs } from './life.ts';
import { JOB_FAULTS, jobSwarmFor, openTorturedJobs } from './world.ts';

const SEEDS = 4;
const HOURS = 3;

it('in worlds full of faults no job is lost, doubled, overspent or forgotten', {
  timeout: 240_000,
}, async () => {
  const fired = new Set<string>();
  const wrong: string[] = [];
  let jobs = 0;
  for (let index = 1; index <= SEEDS; index += 1) {
    const seed = `jobs ${index}`;
    await using torture = await openTorturedJobs({ seed, faults: jobSwarmFor(seed, HOURS) });
    const report = await liveWithJobs(torture, HOURS);
    jobs += report.jobs;
    for (const what of report.wrong) wrong.push(`${seed}: ${what}`);
    for (const [name, count] of Object.entries(torture.world.sim.faultCounts())) {
      if (count > 0) fired.add(name);
    }
  }
  expect(wrong).toEqual([]);
  expect(jobs).toBeGreaterThan(10 * SEEDS);
  // All of them fire in twenty seeds, as `npm run sim -- jobs` asks for; in four most do.
  expect(fired.size).toBeGreaterThan(JOB_FAULTS.length / 2);
});
