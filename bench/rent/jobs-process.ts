// The process whose memory is measured: 100 jobs at once on a simulator, then one job by itself. Talks in JSON lines.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, Secret, silentLog, systemClock } from '../../src/base/std/index.ts';
import { openJobs, openRenting } from '../../src/front/app/index.ts';
import { expandMatrix, type Job, type JobRecord, parseJobFile } from '../../src/rent/jobs/index.ts';

interface Settings {
  readonly url: string;
  readonly apiKey: string;
  readonly home: string;
  readonly jobs: number;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const clock = systemClock();
const random = createRandom(`bench jobs ${process.pid}`);

function jobs(count: number): readonly Job[] {
  const numbers = Array.from({ length: count }, (_, index) => index).join(', ');
  return expandMatrix(
    parseJobFile(`name: bench-${count}
image: pytorch/pytorch:latest
run: |
  for i in $(seq 1 40); do echo "step $i/40 loss 0.5 n $N"; sleep 1; done
  mkdir -p out; echo "$N" > out/n.txt
resources: { disk: 10GB, verified: any, max_price_per_hour: 2 }
artifacts: ["out/n.txt"]
max_duration: 12h
matrix: { N: [${numbers}] }
`),
  );
}

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

await using renting = await openRenting({
  apiKey: new Secret(settings.apiKey),
  baseUrl: `${settings.url}/api/v0`,
  stateUrl: join(settings.home, 'state.db'),
  home: settings.home,
  notify: { channels: {} } as never,
  timeoutMs: 60_000,
  pace: 'learned',
  searchesPerMinute: 10,
  priority: 'controller',
  clock,
  random,
  log: silentLog,
});
await using app = openJobs(renting, { home: settings.home, env: process.env, clock, random, log: silentLog });
const end = new AbortController();
const rounds = renting.controller.run(end.signal);
const folder = settings.home;

const states = new Map<string, string>();
const tell = () => {
  const counts: Record<string, number> = {};
  for (const status of states.values()) counts[status] = (counts[status] ?? 0) + 1;
  say({ kind: 'states', counts });
};
const alone = async (): Promise<void> => {
  const begunAtMs = clock.monotonic();
  const at: Record<string, number> = {};
  const [record] = await app.jobs.submit(jobs(1), { folder });
  await app.jobs.drive((record as JobRecord).id, {
    onChange: ({ status }) => {
      at[status] ??= clock.monotonic() - begunAtMs;
    },
    onLog: () => {
      at.line ??= clock.monotonic() - begunAtMs;
    },
  });
  say({ kind: 'alone', at });
};
const all = async (): Promise<void> => {
  const records = await app.jobs.submit(jobs(settings.jobs), { folder });
  for (const { id } of records) states.set(id, 'queued');
  const timer = clock.setTimer(0, function again() {
    tell();
    timers.push(clock.setTimer(15_000, again));
  });
  const timers = [timer];
  const overs = await Promise.all(
    records.map(({ id }) => app.jobs.drive(id, { onChange: (record) => void states.set(id, record.status) })),
  );
  for (const each of timers) each.cancel();
  tell();
  const whole = overs.filter(({ status, id }) => status === 'succeeded' && isHere(id)).length;
  say({ kind: 'all', whole, peakMb: process.resourceUsage().maxRSS / 1024 });
};

function isHere(id: string): boolean {
  return readFileSync(join(app.jobs.artifactsFolder(id), 'out/n.txt'), 'utf8').length > 0;
}

await alone();
await all();
end.abort();
await rounds;
