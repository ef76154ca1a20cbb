// npm run sim -- crashes: the process of a rental dies at every point in turn.
// npm run sim -- jobs, job-crashes, job-kills: the same with jobs (../jobs/main.ts).
// npm run sim -- rentals --seeds N [--from 1] [--hours 24]: lives of many seeds, one after another, and how often each
// fault fired, each invariant was looked at, and what a person was told.
import { parseArgs } from 'node:util';
import { dieAt, SHORT_LIVES } from './every-crash.ts';
import { liveOn } from './life.ts';
import { INVARIANTS } from './witness.ts';
import { openWorld, SWARM_FAULTS, swarmFor } from './world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    hours: { type: 'string', default: '24' },
    every: { type: 'string' },
    times: { type: 'string' },
  },
});
const out = (text: string) => process.stdout.write(`${text}\n`);
if (positionals[0] === 'crashes') await everyCrash();
else if (positionals[0] === 'rentals') await swarm();
else if (/^job(s|-crashes|-kills)$/.test(positionals[0] ?? '')) await import('../jobs/main.ts');
else {
  out(
    'npm run sim -- rentals --seeds N [--from 1] [--hours 24]\nnpm run sim -- crashes\nnpm run sim -- jobs --seeds N [--from 1] [--hours 6]\nnpm run sim -- job-crashes [--every 1]\nnpm run sim -- job-kills [--times 20]',
  );
  process.exitCode = 2;
}

async function everyCrash(): Promise<void> {
  let failures = 0;
  for (const life of SHORT_LIVES) {
    const { points, wrong } = await dieAt(life, undefined);
    out(
      `${life.name}: ${points.length} points${wrong.length === 0 ? '' : `, FAILED without a death: ${wrong[0]}`}`,
    );
    for (let at = 1; at <= points.length; at += 1) {
      const died = await dieAt(life, at);
      if (died.wrong.length === 0) continue;
      failures += 1;
      out(`  FAILED at ${at}, ${died.at}: ${died.wrong.join('; ')}`);
    }
  }
  out(`${failures} deaths left something behind`);
  process.exitCode = failures > 0 ? 1 : 0;
}

async function swarm(): Promise<void> {
  const hours = Number(values.hours);
  const first = Number(values.from);
  const faults = new Map<string, number>();
  const looked = new Map<string, number>();
  const told = new Map<string, number>();
  const sums = { rentals: 0, gone: 0, void: 0, creates: 0, deaths: 0 };
  let failures = 0;
  const add = (to: Map<string, number>, counts: Readonly<Record<string, number>>) => {
    for (const [name, count] of Object.entries(counts)) to.set(name, (to.get(name) ?? 0) + count);
  };
  for (let index = first; index < first + Number(values.seeds); index += 1) {
    const seed = `swarm ${index}`;
    await using world = await openWorld({ seed, faults: swarmFor(seed, { untilMs: hours * 3_600_000 }) });
    const report = await liveOn(world, { hours, capUsd: 10 * hours });
    add(faults, world.sim.faultCounts());
    add(looked, world.witness.looked);
    add(told, report.told);
    for (const name of ['rentals', 'gone', 'void', 'creates', 'deaths'] as const) sums[name] += report[name];
    const wrong = [
      ...world.witness.broken.map(
        ({ invariant, what, atMs }) => `${invariant}: ${what} (${new Date(atMs).toISOString()})`,
      ),
      ...report.unsettled,
    ];
    if (wrong.length > 0) failures += 1;
    out(`${seed}: ${report.rentals} rentals, ${report.deaths} deaths${wrong.length === 0 ? '' : ' FAILED'}`);
    for (const what of wrong.slice(0, 8)) out(`  ${what}`);
  }
  out(`\n${JSON.stringify(sums)}`);
  out('\nfaults fired');
  for (const name of SWARM_FAULTS) out(`  ${String(faults.get(name) ?? 0).padStart(7)}  ${name}`);
  out('\ninvariants looked at');
  for (const name of INVARIANTS) out(`  ${String(looked.get(name) ?? 0).padStart(7)}  ${name}`);
  out('\ntold to the person');
  for (const [name, count] of [...told].sort((a, b) => b[1] - a[1]))
    out(`  ${String(count).padStart(7)}  ${name}`);
  const silent = SWARM_FAULTS.filter((name) => !faults.get(name));
  if (silent.length > 0) out(`\nnever fired: ${silent.join(', ')}`);
  out(`\n${failures} of ${values.seeds} seeds failed`);
  process.exitCode = failures > 0 || silent.length > 0 ? 1 : 0;
}
