// Goal: a daemon that is killed loses nothing: whoever starts the next one finds the job where it was, on the machine that it
// had. The real program on a simulator with real machines; what then becomes of jobs is tested on a stepped clock, since a
// killed leader is only followed after a minute.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Secret } from '../../../src/base/std/index.ts';
import { findDaemon } from '../../../src/front/app/index.ts';
import { createDaemonClient } from '../../../src/front/http/index.ts';
import { temporaryFolder } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
let env: Record<string, string>;
let simulator: Program;

const start = (args: readonly string[]) => new Program(process.execPath, [BIN, ...args], env);

beforeAll(async () => {
  env = {
    ...(process.env as Record<string, string>),
    HOME: folder.path,
    VASTDECK_HOME: home,
    VASTDECK_DATABASE_URL: '',
    VW_DB: '',
  };
  simulator = start([
    'sim',
    '--seed',
    'killed',
    '--offers',
    '100',
    '--speed',
    '60',
    '--searches-per-minute',
    '0',
  ]);
  const lines = createInterface({ input: simulator.child.stdout as NodeJS.ReadableStream });
  const [line] = await new Promise<[string]>((resolve) => lines.once('line', (text) => resolve([text])));
  const { url, apiKey } = JSON.parse(line) as { url: string; apiKey: string };
  env = { ...env, VAST_BASE_URL: `${url}/api/v0`, VAST_API_KEY: apiKey };
}, 30_000);

afterAll(async () => {
  const left = findDaemon(home);
  if (left) kill(left.pid, 'SIGKILL');
  simulator.child.kill('SIGTERM');
  await simulator.exit;
  killPrograms();
  folder.remove();
});

const JOB = `name: killed
image: pytorch/pytorch:latest
run: |
  mkdir -p out
  for i in 1 2 3 4 5 6; do echo "step $i/6 loss 0.5"; echo $i >> out/steps.txt; sleep 0.5; done
artifacts: ['out/*.txt']
resources: { disk: 20GB, verified: any }
max_duration: 4h
budget: 20
`;

function client() {
  const { address, token } = findDaemon(home) ?? {};
  return createDaemonClient({ address: address as string, token: token as Secret, fetch: globalThis.fetch });
}

async function up(): Promise<string> {
  const program = start(['up', '-d', '--yes', '--only', 'rentals,jobs,notify']);
  expect(await program.exit, program.err).toBe(0);
  return program.err;
}

async function killDaemon(): Promise<number> {
  const pid = findDaemon(home)?.pid as number;
  kill(pid, 'SIGKILL');
  await expect.poll(() => findDaemon(home)).toBeUndefined();
  return pid;
}

/** Machines of the account, as the daemon sees them. */
const listed = async () => (await client().instances()).instances.map(({ id }) => id);

it('killed twice while its job boots, the next one finds job and machine as they were, and rents nothing more', async () => {
  await up();
  const { jobs } = await client().submitJob({ job: JOB, folder: home });
  const id = jobs[0]?.id as string;
  const status = async () => (await client().job(id)).status;
  await expect.poll(status, { timeout: 30_000, interval: 50 }).toBeOneOf(['booting', 'setting-up']);
  await expect.poll(listed, { timeout: 10_000 }).toHaveLength(1);
  const machines = await listed();
  for (const _ of ['while it leads the job', 'while the one killed still seems to']) {
    const { rentalId } = await client().job(id);
    const pid = await killDaemon();
    expect(await up()).toContain(`The daemon before (process ${pid}, `);
    expect(await client().job(id)).toMatchObject({ attempt: 1, rentalId });
    await expect.poll(listed, { timeout: 10_000 }).toEqual(machines);
  }
  // How each of them ended is told to whoever asks later, too.
  const { events } = await client().events({ noun: 'daemon' });
  expect(events.map(({ status: said, reason }) => `${said} ${reason.includes('was killed')}`)).toEqual([
    'started false',
    'started true',
    'started true',
  ]);
  const down = start(['down']);
  expect(await down.exit).toBe(0);
  expect(down.err).not.toContain('none runs');
  expect(JSON.parse(readFileSync(join(home, 'daemon-end.json'), 'utf8'))).toMatchObject({ kind: 'in-order' });
  expect(existsSync(join(home, 'daemon.json'))).toBe(false);
}, 60_000);

it('that ends by an error of its own says so with its trace, and whoever starts the next one is told', async () => {
  const falling = 'process.on("SIGUSR2", () => { throw new Error("the sky fell"); });';
  const daemon = new Program(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(falling)}`,
      BIN,
      'up',
      '--yes',
      '--only',
      'notify',
    ],
    env,
  );
  await daemon.printed(/notify: running/);
  daemon.child.kill('SIGUSR2');
  expect(await daemon.exit).toBe(1);
  expect(daemon.err).toMatch(/the sky fell[\s\S]* at /);
  expect(findDaemon(home)).toBeUndefined();
  const next = start(['up', '--dry-run', '--only', 'notify']);
  const status = start(['status']);
  await Promise.all([next.exit, status.exit]);
  expect(status.err).toContain('by an error: the sky fell');
  expect(next.err).toMatch(
    new RegExp(`The daemon before \\(process ${daemon.child.pid}, .* by an error: the sky fell\\.`),
  );
}, 30_000);
