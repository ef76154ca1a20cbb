// Goal: with a daemon and without one the commands about jobs and runs say the same: the daemon answers them while it runs, and
// nothing of a log is lost or doubled when it ends in between. On a simulated Vast.ai over a socket with real machines.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PacedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { findDaemon } from '../../../src/front/app/index.ts';
import { createDaemonClient } from '../../../src/front/http/index.ts';
import { createSim, realInside, type Sim, type SimServer } from '../../../src/sim/index.ts';
import { type Printed, type RunOptions, temporaryFolder, vastdeck } from './cli-world.ts';

const HANDED = 'hf_only_ann_knows_this';
const LINES = 30;
const folder = temporaryFolder();
const home = join(folder.path, 'home');
let sim: Sim;
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  const dir = join(folder.path, 'machines');
  mkdirSync(dir);
  const base = systemClock();
  const clock = new PacedClock({ base, speed: 40 });
  const inside = await realInside({ dir, clock: base, log: silentLog });
  sim = createSim(
    { seed: 'jobs', clock, offers: 400, intervalFactor: 0, searchesPerMinute: Number.POSITIVE_INFINITY },
    inside,
  );
  server = await sim.serve();
  env = {
    ...(process.env as Record<string, string>),
    HOME: folder.path,
    VASTDECK_HOME: home,
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
    USER: 'ann',
    VASTDECK_DATABASE_URL: '',
    VW_DB: '',
  };
});
afterAll(async () => {
  const left = findDaemon(home);
  if (left) kill(left.pid, 'SIGKILL');
  await server.stop();
  await sim.close();
  folder.remove();
});

const on = (args: readonly string[], options: RunOptions = {}): Promise<Printed> =>
  vastdeck(args, { env, cwd: folder.path, ...options });
const rowsOf = ({ out }: Printed) => JSON.parse(out) as Record<string, unknown>[];
const up = async () =>
  expect((await on(['up', '-d', '--yes', '--only', 'rentals,jobs,monitor'])).code).toBe(0);

function jobFile(name: string, fields: Readonly<Record<string, string>>): string {
  const all = { name, image: 'pytorch/pytorch:latest', max_duration: '30m', budget: '3', ...fields };
  const path = join(folder.path, `${name}.yaml`);
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(path, lines.join(''));
  return path;
}

const count = (lines: number) =>
  `'for i in $(seq ${lines}); do echo "step $i/${lines} loss 0.$i"; sleep 0.2; done'`;

it('A job is handed to the daemon with the values of whoever submits it, and ended by it', async () => {
  await up();
  const counts = jobFile('counts', {
    run: count(LINES),
    env: '{ TOKEN: { from_env: HF_TOKEN } }',
    setup: 'printf %s "$TOKEN" | wc -c',
  });
  const handed = await on(['job', 'submit', counts, '--yes', '--detach', '--json'], {
    env: { ...env, HF_TOKEN: HANDED },
  });
  expect(handed.code, handed.err).toBe(0);
  const { pid } = findDaemon(home) ?? {};
  expect(JSON.parse(handed.out)).toMatchObject({
    event: 'detached',
    name: 'counts',
    status: 'queued',
    watched_by: `the daemon goes on with it (process ${pid})`,
  });
  const taken = await on(['job', 'submit', counts, '--yes', '--detach', '--anyway']);
  expect(taken).toMatchObject({ code: 2, err: expect.stringContaining('A job called counts is under way') });

  const killed = jobFile('killed', { run: count(10_000) });
  expect((await on(['job', 'submit', killed, '--yes', '--detach'])).code).toBe(0);
  const ended = jobFile('ended', { run: 'sleep 600' });
  expect((await on(['job', 'submit', ended, '--yes', '--detach'])).err).toContain(
    'ended is queued, and the daemon',
  );
  const cancelled = await on(['job', 'cancel', 'end', '--yes', '--json']);
  expect(rowsOf(cancelled)).toMatchObject([{ name: 'ended', status: 'cancelled' }]);
  expect(cancelled.code).toBe(0);
  const { address = '', token } = findDaemon(home) ?? {};
  if (!token) throw new Error('the daemon is gone');
  const client = createDaemonClient({ address, token, fetch: globalThis.fetch });
  const acts = (await client.events({ noun: 'act' })).events.map(({ data }) => [
    data.verb,
    data.who,
    data.from,
  ]);
  expect(acts).toEqual([
    ['job submit', 'ann', '127.0.0.1'],
    ['job submit', 'ann', '127.0.0.1'],
    ['job submit', 'ann', '127.0.0.1'],
    ['job cancel', 'ann', '127.0.0.1'],
  ]);
}, 120_000);

it('A job that is left to the daemon at Ctrl-C has the values of the terminal that it was begun in', async () => {
  const stdin = new PassThrough();
  const listeners = new Set<() => void>();
  let isAsked = false;
  const left = await on(
    [
      ...'run --gpu any --name left --env HF_TOKEN --max-duration 30m --yes --'.split(' '),
      'printf %s "$HF_TOKEN" | wc -c',
    ],
    {
      env: { ...env, HF_TOKEN: HANDED },
      overrides: {
        inIsTerminal: true,
        stdin,
        onInterrupt: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
      onText: (printed) => {
        if (isAsked || !/left is (provisioning|booting)/.test(printed)) return;
        isAsked = true;
        for (const listener of listeners) listener();
        stdin.write('d\n');
      },
    },
  );
  expect(left.err).toMatch(/left is \w+, and the daemon goes on with it/);
  expect(left.code).toBe(0);
  const leaving = new AbortController();
  const logs = await on(['job', 'logs', '-f', 'left'], {
    overrides: { interrupted: leaving.signal },
    onText: (printed) => {
      if (/\d+\n/.test(printed)) leaving.abort(new Error('Ctrl-C'));
    },
  });
  expect(logs.out.trim()).toBe(String(HANDED.length));
}, 60_000);

it('A log that is followed goes on over the end of the daemon, each line once', async () => {
  let down: Promise<Printed> | undefined;
  const followed = await on(['job', 'logs', '-f', 'counts'], {
    onText: (printed) => {
      if (/step 5\/.*\n/.test(printed)) down ??= on(['down']).then((ended) => up().then(() => ended));
    },
  });
  expect((await down)?.err).toContain('is stopped');
  expect(followed.code).toBe(0);
  expect(followed.err.match(/The daemon does not answer any more/g)).toHaveLength(1);
  const lines = Array.from({ length: LINES }, (_, n) => `step ${n + 1}/${LINES} loss 0.${n + 1}\n`);
  expect(followed.out).toBe([`${HANDED.length}\n`, ...lines].join(''));
  expect((await on(['job', 'wait', 'counts'])).code).toBe(0);
}, 120_000);

it('What is printed with a daemon is printed without one', async () => {
  const questions = [
    'job status cou --json',
    'job why counts --json',
    'job logs counts',
    'job logs counts --tail 3',
    'runs show counts --json',
    'runs compare counts counts --all --json',
    'runs export counts --csv',
    'job status nobody',
    'job status ""',
    'runs show ""',
    'runs show nobody',
    'job logs counts --attempt 9',
  ].map((line) => line.split(' ').map((word) => (word === '""' ? '' : word)));
  const ask = async (isDaemon: boolean) => {
    expect(findDaemon(home) !== undefined).toBe(isDaemon);
    const answers: [string, Printed][] = [];
    for (const words of questions) answers.push([words.join(' '), await on(words)]);
    const { err } = await on(['job', 'list'], { env: { ...env, LOG_LEVEL: 'debug' } });
    expect(err).not.toMatch(/the daemon (is not asked|does not answer)/);
    return answers;
  };
  const withDaemon = await ask(true);
  expect((await on(['down'])).code).toBe(0);
  const without = await ask(false);
  expect(without).toEqual(withDaemon);
  expect(withDaemon.map(([, { code }]) => code)).toEqual([0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 2]);
  expect(withDaemon[2]?.[1].out.split('\n')).toHaveLength(LINES + 2);
}, 60_000);

it('A daemon that is killed in the middle of a log leaves nothing out that was kept', async () => {
  await up();
  const leaving = new AbortController();
  const followed = on(['job', 'logs', '-f', 'killed'], {
    overrides: { interrupted: leaving.signal },
    onText: (printed) => {
      const left = findDaemon(home);
      if (left && /step 5\/.*\n/.test(printed)) kill(left.pid, 'SIGKILL');
      if (/does not answer any more/.test(printed)) setImmediate(() => leaving.abort(new Error('Ctrl-C')));
    },
  });
  const { out, code } = await followed;
  expect(code).toBe(0);
  const [row] = rowsOf(await on(['job', 'status', 'killed', '--json']));
  const log = readFileSync(join(home, 'jobs', String(row?.id), 'attempt-1.log'), 'utf8');
  expect(log.startsWith(out)).toBe(true);
  expect(out).toMatch(/step 5\//);
  // Its term has most of a minute left, and whoever comes next does not wait for that.
  expect(row).toMatchObject({ status: 'running' });
  const term = () => {
    using books = new DatabaseSync(join(home, 'state.db'), { readOnly: true });
    return books.prepare('SELECT * FROM terms WHERE name = ?').get(`job ${String(row?.id)}`);
  };
  const ofTheDead = term();
  expect(ofTheDead?.holder).not.toBe('');
  expect(Number(ofTheDead?.expires_at)).toBeGreaterThan(Date.now());
  const seen = await on(['job', 'list'], { isTerminal: true });
  expect(seen.err).toContain('Nothing drives killed now: "vastdeck job wait killed" does');
  expect((await on(['job', 'wait', 'killed', '--timeout', '3s'])).err).toContain('Not over after 3s');
  expect(term()).toMatchObject({ number: Number(ofTheDead?.number) + 1, holder: '' });
}, 60_000);

it('No file of the home has a value that was handed over', () => {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(texts.join('\n')).toContain('HF_TOKEN');
  expect(texts.filter((text) => text.includes(HANDED))).toEqual([]);
});
