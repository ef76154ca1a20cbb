// Goal: the daemon as a user has it: started behind, looked at, killed, started again, stopped; it never spends unasked, and no
// machine is touched by its end.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Secret, systemClock } from '../../../src/base/std/index.ts';
import { findDaemon } from '../../../src/front/app/index.ts';
import { createDaemonClient } from '../../../src/front/http/index.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { temporaryFolder } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  const simulator = createSim({
    seed: 'daemon',
    clock: systemClock(),
    offers: 100,
    searchesPerMinute: Number.POSITIVE_INFINITY,
  });
  server = await simulator.serve({ port: 0 });
  env = {
    ...(process.env as Record<string, string>),
    HOME: folder.path,
    VASTDECK_HOME: home,
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
    VASTDECK_DATABASE_URL: '',
    VW_DB: '',
  };
});

afterAll(async () => {
  const left = findDaemon(home);
  if (left) kill(left.pid, 'SIGKILL');
  killPrograms();
  await server.stop();
  folder.remove();
});

const start = (args: readonly string[], extra: Record<string, string> = {}) =>
  new Program(process.execPath, [BIN, ...args], { ...env, ...extra });

async function run(args: readonly string[], extra?: Record<string, string>) {
  const program = start(args, extra);
  const code = await program.exit;
  return { code, out: program.out, err: program.err };
}

const PARTS = 'rentals,jobs,notify,housekeeping';
/** No machine of this market is so cheap: it waits for one. */
const WAITING_JOB = `name: waiting
image: pytorch/pytorch:latest
run: echo done
resources: { disk: 20GB, verified: any, max_price_per_hour: 0.0001 }
retry: { no_capacity: { for: 8h } }
max_duration: 1h
budget: 5
`;

function client() {
  const { address, token } = findDaemon(home) ?? {};
  return createDaemonClient({
    address: address as string,
    token: token as Secret,
    fetch: globalThis.fetch,
  });
}

/** The end of a killed process is seen a moment after it. */
async function killDaemon(): Promise<void> {
  kill(findDaemon(home)?.pid as number, 'SIGKILL');
  await expect.poll(() => findDaemon(home)).toBeUndefined();
}

describe('without a daemon', () => {
  it('status says so with code 4 and down with code 0, and neither makes one', async () => {
    const status = await run(['status', '--json']);
    expect(status).toMatchObject({ code: 4, out: '[]\n', err: expect.stringContaining('No daemon runs') });
    expect(await run(['down'])).toMatchObject({ code: 0, err: expect.stringContaining('No daemon runs') });
    expect(existsSync(join(home, 'daemon.json'))).toBe(false);
  });
});

describe('what cannot be meant is refused with code 2', () => {
  it.each([
    [['up', '--only', 'rental'], 'do you mean rentals?'],
    [['up', '--only', ''], '--only is empty'],
    [['up', '--port', '65536'], '--port "65536"'],
    [['up', '--interval', 'often'], '--interval "often"'],
    [['up', '--only', 'notify', '--listen', '203.0.113.9'], 'one of its own addresses'],
    [['up', '--simulate', '-d'], '--simulate shows a simulated market'],
  ])('%j', async (args, said) => {
    const { code, err } = await run(args);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(said) });
    expect(findDaemon(home)).toBeUndefined();
  });

  it('a market asked more often than the live service allows', async () => {
    const live = { VAST_BASE_URL: 'https://host.invalid/api/v0' };
    const { code, err } = await run(['up', '--interval', '1'], live);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('interval') });
  });

  it('a daemon without a key', async () => {
    const { code, err } = await run(['up', '-d'], { VAST_API_KEY: '' });
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('vastdeck login') });
  });
});

describe('in the foreground', () => {
  it('with so many polls it ends by itself after them, and says what goes on', async () => {
    const { code, err } = await run(['up', '--only', 'collector', '--polls', '1']);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('Ended after 1 poll.') });
    expect(err).toContain('No machine was touched, and none runs.');
    expect(existsSync(join(home, 'market', 'store.json'))).toBe(true);
    expect(existsSync(join(home, 'daemon.json'))).toBe(false);
  });

  it('ends in order when it is asked to', async () => {
    const program = start(['up', '--only', PARTS]);
    await program.printed(/The daemon runs as process/);
    program.child.kill('SIGTERM');
    expect(await program.exit, program.err).toBe(0);
    expect(program.err).toContain('The daemon has ended');
    expect(existsSync(join(home, 'daemon.json'))).toBe(false);
  });
});

describe('behind', () => {
  it('is started, looked at, and there once', async () => {
    const up = await run(['up', '-d', '--only', PARTS]);
    expect(up).toMatchObject({ code: 0, err: expect.stringContaining('The daemon runs as process') });
    for (const name of ['daemon.json', 'daemon.token', 'daemon-read.token', 'daemon.log'])
      expect(statSync(join(home, name)).mode & 0o777, name).toBe(0o600);
    const { code, out } = await run(['status', '--json']);
    expect(code).toBe(0);
    const parts = JSON.parse(out) as { part: string; status: string }[];
    expect(parts.find(({ part }) => part === 'jobs')?.status).toBe('running');
    expect(parts.find(({ part }) => part === 'collector')?.status).toBe('off');
    expect(await run(['up'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('has a daemon already'),
    });
    expect(readFileSync(join(home, 'daemon.log'), 'utf8')).not.toContain(server.apiKey);
  });

  it('goes on with its jobs after it was killed and started again, and asks before it goes on spending', async () => {
    await client().submitJob({ job: WAITING_JOB, folder: home });
    await killDaemon();
    expect(await run(['status'])).toMatchObject({ code: 4 });
    const unasked = await run(['up', '-d', '--only', PARTS]);
    expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining('add --yes') });
    expect(unasked.err).toContain('It drives 1 job to the end');
    expect(await run(['up', '--dry-run', '--only', PARTS])).toMatchObject({
      code: 0,
      err: expect.stringContaining('Nothing was done'),
    });
    expect(findDaemon(home)).toBeUndefined();
    expect((await run(['up', '-d', '--yes', '--only', PARTS])).code).toBe(0);
    const { jobs } = await client().jobs({ isLive: true });
    expect(jobs).toMatchObject([{ name: 'waiting' }]);
  });

  it('keeps its tokens over restarts, and tells in the store that it was started each time', async () => {
    const { token } = findDaemon(home) ?? {};
    const { events } = await client().events({ noun: 'daemon' });
    // Twice in the foreground with their ends, twice behind of which one was killed.
    expect(events.map(({ status }) => status)).toEqual([
      'started',
      'ended',
      'started',
      'ended',
      'started',
      'started',
    ]);
    await killDaemon();
    await run(['up', '-d', '--yes', '--only', PARTS]);
    expect(findDaemon(home)?.token?.reveal()).toBe(token?.reveal());
  });

  it('is stopped, and the job that it drove is still there', async () => {
    const { pid } = findDaemon(home) ?? {};
    const down = await run(['down']);
    expect(down).toMatchObject({ code: 0, err: expect.stringContaining(`process ${pid}) is stopped`) });
    expect(down.err).toContain('No machine was touched');
    expect(findDaemon(home)).toBeUndefined();
    expect(readFileSync(join(home, 'daemon.log'), 'utf8')).toContain('The daemon has ended');
    expect((await run(['up', '--dry-run', '--only', PARTS])).err).toContain('It drives 1 job to the end');
  });

  it('says why when it cannot be started', async () => {
    const taken = new URL(server.url).port;
    const { code, err } = await run(['up', '-d', '--yes', '--only', 'notify', '--port', taken]);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('The port is taken') });
    expect(findDaemon(home)).toBeUndefined();
  });
});
