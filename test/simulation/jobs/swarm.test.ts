// A few lives with jobs, each with its own third of the faults and troubles. More, and whole days: npm run sim -- jobs.
import { expect, it } from 'vitest';
import { HARDSHIPS } from './hardships.ts';
import { liveWithJobs } from './life.ts';
import { openTorturedJobs, torturesFor } from './world.ts';

const SEEDS = 3;
const HOURS = 3;

it('in worlds full of faults no job is lost, doubled, overspent or forgotten', {
  timeout: 300_000,
}, async () => {
  const struck = new Set<string>();
  const wrong: string[] = [];
  let jobs = 0;
  for (let index = 1; index <= SEEDS; index += 1) {
    const seed = `jobs ${index}`;
    await using torture = await openTorturedJobs({ seed, ...torturesFor(seed, HOURS) });
    const report = await liveWithJobs(torture, HOURS);
    jobs += report.jobs;
    for (const what of report.wrong) wrong.push(`${seed}: ${what}`);
    for (const name of HARDSHIPS) if (torture.tally.struck[name] > 0) struck.add(name);
  }
  expect(wrong).toEqual([]);
  expect(jobs).toBeGreaterThan(10 * SEEDS);
  // All of them strike in twenty seeds, as `npm run sim -- jobs` asks for; in three many do.
  expect(struck.size).toBeGreaterThan(HARDSHIPS.length / 3);
});
