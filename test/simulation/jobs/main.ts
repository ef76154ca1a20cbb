// npm run sim -- jobs --seeds N [--from 1] [--hours 6]: lives of many seeds with jobs, one after another, and how often each
// fault fired and each invariant was looked at.
// npm run sim -- job-crashes [--every 1]: the process that drives a job dies at every point in turn.
// npm run sim -- job-kills [--times 20]: the real program is killed with -9 at random moments, in real time.
import { parseArgs } from 'node:util';
import { INVARIANTS } from '../rentals/witness.ts';
import { dieAt } from './every-crash.ts';
import { HARDSHIPS } from './hardships.ts';
import { killPrograms } from './killed-programs.ts';
import { liveWithJobs } from './life.ts';
import { JOB_LIVES } from './lives.ts';
import { JOB_INVARIANTS } from './witness.ts';
import { FAILURES } from './work.ts';
import { faultsStruck, JOB_FAULTS, openTorturedJobs, torturesFor } from './world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    hours: { type: 'string', default: '6' },
    every: { type: 'string', default: '1' },
    times: { type: 'string', default: '20' },
  },
});
const out = (text: string) => process.stdout.write(`${text}\n`);

async function everyJobCrash(): Promise<void> {
  let failures = 0;
  const every = Number(values.every);
  for (const life of JOB_LIVES) {
    const whole = await dieAt(life, undefined);
    const { points, wrong } = whole;
    out(
      `${life.name}: ${points.length} points${wrong.length === 0 ? '' : `, FAILED without a death: ${wrong[0]}`}`,
    );
    if (wrong.length > 0) failures += 1;
    for (let at = 1; at <= points.length; at += every) {
      const died = await dieAt(life, at);
      if (died.wrong.length === 0) continue;
      failures += 1;
      out(`  FAILED at ${at}, ${died.at}: ${died.wrong.join('; ')}`);
    }
  }
  out(`${failures} deaths left something behind`);
  process.exitCode = failures > 0 ? 1 : 0;
}

async function jobKills(): Promise<void> {
  const { kills, killedWhile, wrong } = await killPrograms({
    seed: `kills ${values.from}`,
    times: Number(values.times),
  });
  out(`${kills} kills, of which it was ${killedWhile.join(', ')}`);
  for (const what of wrong) out(`  FAILED: ${what}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

async function jobSwarm(): Promise<void> {
  const hours = Number(values.hours);
  const first = Number(values.from);
  const faults = new Map<string, number>();
  const looked = new Map<string, number>();
  const failed = new Map<string, number>();
  const struck = new Map<string, number>();
  const sums = { jobs: 0, succeeded: 0, failed: 0, cancelled: 0, attempts: 0, deaths: 0, sleeps: 0 };
  let failures = 0;
  const add = (to: Map<string, number>, counts: Readonly<Record<string, number>>) => {
    for (const [name, count] of Object.entries(counts)) to.set(name, (to.get(name) ?? 0) + count);
  };
  for (let index = first; index < first + Number(values.seeds); index += 1) {
    const seed = `jobs ${index}`;
    await using torture = await openTorturedJobs({ seed, ...torturesFor(seed, hours) });
    const { wrong, ...counts } = await liveWithJobs(torture, hours);
    add(faults, faultsStruck(torture.world));
    add(struck, torture.tally.struck);
    add(failed, Object.fromEntries(torture.works.fired));
    add(looked, torture.witness.looked);
    add(looked, torture.jobWitness.looked);
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += counts[name];
    if (wrong.length > 0) failures += 1;
    out(`${seed}: ${JSON.stringify(counts)}${wrong.length === 0 ? '' : ' FAILED'}`);
    for (const what of wrong.slice(0, 8)) out(`  ${what}`);
  }
  out(`\n${JSON.stringify(sums)}`);
  const columns = (title: string, names: readonly string[], counts: ReadonlyMap<string, number>) => {
    out(`\n${title}`);
    for (const name of names) out(`  ${String(counts.get(name) ?? 0).padStart(7)}  ${name}`);
  };
  columns('what jobs met', HARDSHIPS, struck);
  columns('faults fired', JOB_FAULTS, faults);
  columns('works that failed by themselves', FAILURES, failed);
  columns('invariants looked at', [...INVARIANTS, ...JOB_INVARIANTS], looked);
  const silent = [
    ...HARDSHIPS.filter((name) => !struck.get(name)),
    ...JOB_FAULTS.filter((name) => !faults.get(name)),
    ...FAILURES.filter((how) => !failed.get(how)),
  ];
  if (silent.length > 0) out(`\nnever fired: ${silent.join(', ')}`);
  out(`\n${failures} of ${values.seeds} seeds failed`);
  process.exitCode = failures > 0 || silent.length > 0 ? 1 : 0;
}

if (positionals[0] === 'job-crashes') await everyJobCrash();
else if (positionals[0] === 'jobs') await jobSwarm();
else if (positionals[0] === 'job-kills') await jobKills();
else {
  out(
    'npm run sim -- jobs --seeds N [--from 1] [--hours 6]\nnpm run sim -- job-crashes [--every 1]\nnpm run sim -- job-kills [--times 20]',
  );
  process.exitCode = 2;
}
