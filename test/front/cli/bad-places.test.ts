// Places that cannot be written, or not far enough: each is one sentence, and nothing that was stored is lost.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { fillStore, temporaryFolder, vastdeck } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const file = join(folder.path, 'a-file');
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  writeFileSync(file, '');
  const simulator = createSim({
    seed: 'places',
    clock: systemClock(),
    offers: 100,
    searchesPerMinute: Number.POSITIVE_INFINITY,
  });
  server = await simulator.serve();
  env = {
    ...(process.env as Record<string, string>),
    HOME: folder.path,
    VASTDECK_HOME: join(folder.path, 'home'),
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
  };
});
afterAll(async () => {
  killPrograms();
  await server.stop();
  folder.remove();
});

const start = (args: readonly string[], extra: Record<string, string> = {}) =>
  new Program(process.execPath, [BIN, ...args], { ...env, ...extra });

describe('A home that cannot be made', () => {
  const bad = (): [string, string][] => [
    ['below a file', join(file, 'home')],
    ...(existsSync('/proc/self') ? ([['in /proc', '/proc/vastdeck']] as [string, string][]) : []),
  ];

  it.each(bad())('%s fails the collector with one sentence', async (_where, home) => {
    const program = start(['market', 'collect', '--polls', '1', '--interval', '1'], { VASTDECK_HOME: home });
    expect(await program.exit).toBe(1);
    expect(program.err.trim().split('\n')).toHaveLength(1);
    expect(program.err).toContain(home);
    expect(program.err).toMatch(/name another store|choose another folder/);
  });

  it.each(bad())('%s is a fault for doctor, and keeps nobody from searching', async (_where, home) => {
    const at = { env: { ...env, VASTDECK_HOME: home } };
    const doctor = await vastdeck(['doctor', '--json'], at);
    expect(doctor.code).toBe(1);
    const findings = JSON.parse(doctor.out) as { check: string; result: string; detail: string }[];
    expect(findings.find(({ check }) => check === 'home')).toMatchObject({ result: 'fault' });
    expect(findings.find(({ check }) => check === 'api')).toMatchObject({ result: 'ok' });
    const offers = await vastdeck(['offers', 'verified=any', '--limit', '1', '--json'], at);
    expect(offers.code).toBe(0);
    expect(JSON.parse(offers.out)).toHaveLength(1);
  });

  it('keeps no half of a key', async () => {
    const { code, err } = await vastdeck(['login', '--key-stdin'], {
      env: { ...env, VASTDECK_HOME: join(file, 'home') },
      input: server.apiKey,
    });
    expect(code).toBe(1);
    expect(err).not.toContain(server.apiKey);
  });
});

// A file may not grow beyond this many kB: what a full disk does, without filling one.
describe.skipIf(process.platform !== 'linux')('A disk that is full', () => {
  const limited = (kilobytes: number, args: readonly string[]) =>
    new Program(
      'bash',
      ['-c', `ulimit -f ${kilobytes}; exec "$0" "$@"`, process.execPath, BIN, ...args],
      env,
    );

  it('ends the collector with one sentence, and loses no poll that was stored', async () => {
    const store = join(folder.path, 'full.market');
    const on = ['--store', store];
    expect(await start(['market', 'collect', '--polls', '1', '--interval', '1', ...on]).exit).toBe(0);
    const program = limited(60, ['market', 'collect', '--polls', '3', '--interval', '1', ...on]);
    expect(await program.exit).toBe(1);
    expect(program.err.trim().split('\n').at(-1)).toMatch(/No space is left|disk|could not be/);
    const checked = await vastdeck(['market', 'check', '--json', ...on], { env });
    expect(JSON.parse(checked.out)).toMatchObject([{ is_whole: true, findings: [] }]);
    expect(await start(['market', 'collect', '--polls', '1', '--interval', '1', ...on]).exit).toBe(0);
  });

  it('leaves no half of an export', async () => {
    const store = join(folder.path, 'exported.market');
    await fillStore(store, 6);
    const out = join(folder.path, 'market.csv');
    const program = limited(20, ['market', 'export', 'csv', '--store', store, '--out', out]);
    expect(await program.exit).toBe(1);
    expect(program.err.trim().split('\n')).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
  });
});

describe('A path that is something else', () => {
  it('a file given as the store is told from a folder', async () => {
    for (const args of [
      ['market', 'report'],
      ['market', 'collect', '--interval', '1'],
    ]) {
      const { code, err } = await vastdeck([...args, '--store', file], { env });
      expect(code).toBe(2);
      expect(err).toContain(`${file} is a file and a market store is a folder`);
    }
  });

  it('an empty folder is no store to read, and one to write', async () => {
    const empty = join(folder.path, 'empty.market');
    mkdirSync(empty);
    const { code, err } = await vastdeck(['market', 'status', '--store', empty], { env });
    expect(code).toBe(4);
    expect(err).toContain(`There is no market store at ${empty}`);
    expect(await start(['market', 'collect', '--polls', '1', '--interval', '1', '--store', empty]).exit).toBe(
      0,
    );
  });
});
