// `vastdeck rent` from the question to a machine that ssh enters, on a simulated Vast.ai over a socket with real machines,
// and what the money commands say of it then.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { createSim, realInside, type Sim, type SimServer } from '../../../src/sim/index.ts';
import { type Printed, type RunOptions, temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
const run = promisify(execFile);
let sim: Sim;
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  const dir = join(folder.path, 'machines');
  mkdirSync(dir);
  const base = systemClock();
  // Minutes of pulling are seconds here; the machines themselves live in real time.
  const clock = new PacedClock({ base, speed: 40 });
  const inside = await realInside({ dir, clock: base, log: silentLog });
  sim = createSim(
    { seed: 'box', clock, offers: 400, intervalFactor: 0, searchesPerMinute: Number.POSITIVE_INFINITY },
    inside,
  );
  server = await sim.serve();
  env = {
    HOME: folder.path,
    VASTDECK_HOME: join(folder.path, 'home'),
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
    USER: 'ann',
  };
});
afterAll(async () => {
  await server.stop();
  await sim.close();
  folder.remove();
});

const on = (args: readonly string[], options: RunOptions = {}): Promise<Printed> =>
  vastdeck(args, { env, ...options });
const rowsOf = ({ out }: Printed) => JSON.parse(out) as Record<string, unknown>[];

describe('before a box is rented', () => {
  it('a dry run shows the ranking and what is set aside, and rents nothing', async () => {
    const { code, out, err } = await on(['rent', '--gpu', 'any', '--for', '8h', '--dry-run', '--json']);
    expect(code).toBe(0);
    const rows = JSON.parse(out) as Record<string, unknown>[];
    expect(rows[0]).toMatchObject({ rank: 1, why: '' });
    expect(rows[1]?.why).not.toBe('');
    expect(err).toMatch(/Set aside until it is surely gone: \$[\d.]+ = /);
    expect(err).toContain('Nothing was done: this is a dry run.');
    expect(sim.truth.instances()).toEqual([]);
  });

  it.each([
    [['--gpu', 'any', '--for', '8h'], 2, /no terminal to ask on/],
    [
      ['--gpu', 'any', '--for', '8h', '--vram', '500GB', '--yes'],
      6,
      /^No available instances found matching criteria: of \d+ offers/m,
    ],
    [['--gpu', 'RTX 9999', '--for', '8h', '--yes'], 4, /No GPU on Vast\.ai is called/],
    [['--gpu', 'any', '--for', '8h', '--yes', '--budget', '0.01'], 3, /more than --budget \$0\.0100/],
    [
      ['--gpu', 'any', '--for', '8h', '--yes', '--interruptible', '--bid', '0.001'],
      6,
      /no offer takes a bid/,
    ],
  ])('%j ends with %i', async (flags, code, sentence) => {
    const ended = await on(['rent', ...flags]);
    expect(ended.err).toMatch(sentence);
    expect(ended.code).toBe(code);
    expect(sim.truth.instances()).toEqual([]);
  });

  it('a halt denies it before anybody is asked', async () => {
    await on(['halt', 'the bill']);
    const ended = await on(['rent', '--gpu', 'any', '--for', '8h', '--yes']);
    await on(['resume']);
    expect(ended).toMatchObject({ code: 3, err: expect.stringContaining('All spending is halted') });
  });

  it('a cap denies it with the command that raises it', async () => {
    await on(['budget', 'set', 'label:small', 'all', '0.01']);
    const ended = await on(['rent', '--gpu', 'any', '--for', '8h', '--label', 'small', '--yes']);
    expect(ended.code).toBe(3);
    expect(ended.err).toMatch(/raise it with: vd budget set label:small all \d+\.\d\d/);
    expect(sim.truth.instances()).toEqual([]);
  });
});

describe('a rented box', () => {
  it('is entered by ssh, and every command about money knows it', async () => {
    const rent = [
      'rent',
      '--gpu',
      'any',
      '--for',
      '8h',
      '--name',
      'lab',
      '--jupyter',
      '--ssh-config',
      '--yes',
    ];
    const rented = await on([...rent, '--json']);
    expect(rented.err).toMatch(/Instance \d+ \(lab\) is made on machine/);
    expect(rented.code).toBe(0);
    const [row] = rowsOf(rented);
    expect(row).toMatchObject({ name: 'lab', ssh_command: 'ssh lab' });
    const config = join(env.VASTDECK_HOME ?? '', 'ssh', 'config');
    expect(readFileSync(join(folder.path, '.ssh', 'config'), 'utf8')).toBe(`Include ${config}\n`);
    const inside = await run('ssh', ['-F', config, '-o', 'BatchMode=yes', 'lab', 'echo $CONTAINER_ID']);
    expect(inside.stdout.trim()).toBe(String(row?.instance_id));
    // The notebook's token opens the machine: only a terminal may show it.
    expect(rented.out + rented.err).not.toContain('token');

    const again = await on([...rent, '--json']);
    expect(again.err).toContain('lab is there already');
    expect(sim.truth.instances()).toHaveLength(1);

    const screen = await on(rent, { isTerminal: true });
    expect(screen.out).toMatch(
      /lab is ready: instance \d+.*\n {2}ssh lab\n {2}Jupyter: https:\/\/.*\?token=\w+/,
    );

    const why = rowsOf(await on(['why', 'lab', '--json']));
    expect(why.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['reserved', 'creating', 'booting', 'ready']),
    );
    const offline = rowsOf(await on(['why', 'lab', '--json', '--offline']));
    expect(offline.length).toBeGreaterThan(4);
    expect(offline.length).toBeLessThan(why.length);
    const keys = rowsOf(await on(['key', 'show', '--json']));
    expect(keys.filter(({ is_ours: isOurs }) => isOurs).map(({ where }) => where)).toEqual([
      'this computer',
      'lab',
    ]);
    const budget = rowsOf(await on(['budget', '--json']));
    expect(budget).toMatchObject([{ name: 'label:small', reserved_usd: 0 }]);
    expect((await on(['budget'])).err).toContain('1 act that is under way');
    const audit = rowsOf(await on(['audit', '--json', '--since', '1d']));
    expect(audit.map(({ section, name }) => [section, name])).toEqual(
      expect.arrayContaining([['spent', 'lab']]),
    );
    const cost = rowsOf(await on(['cost', '--json', '--by', 'label', '--since', '1d']));
    const charged = cost.find(({ value }) => value === 'charged');
    expect(Number(charged?.usd)).toBeGreaterThan(0);
    expect(await on(['gc'])).toMatchObject({
      code: 0,
      err: expect.stringContaining('Nothing is left behind'),
    });
    expect(await on(['recover'])).toMatchObject({ code: 0, err: expect.stringContaining('has its rental') });
  }, 60_000);

  it('is found again when the store is lost, and the new store puts it under care', async () => {
    const lost = { ...env, VASTDECK_DATABASE_URL: join(folder.path, 'other.db') };
    const found = await on(['recover', '--json'], { env: lost });
    expect(rowsOf(found)).toMatchObject([{ kind: 'lost', state: 'found' }]);
    const orphans = rowsOf(await on(['gc', '--json'], { env: lost }));
    expect(orphans).toMatchObject([{ what: 'orphan', state: 'first-pass' }]);
    const recovered = rowsOf(await on(['recover', '--apply', '--json'], { env: lost }));
    expect(recovered).toMatchObject([{ state: 'recovered' }]);
    expect(rowsOf(await on(['gc', '--json'], { env: lost }))).toEqual([]);
  });

  it('rotates the key: the new one enters, the old one is off', async () => {
    const config = join(env.VASTDECK_HOME ?? '', 'ssh', 'config');
    const enter = async () =>
      (await run('ssh', ['-F', config, '-o', 'BatchMode=yes', 'lab', 'echo in'])).stdout;
    const rotated = await on(['key', 'rotate', '--yes']);
    expect(rotated.err).toMatch(/it opens 1 machine, and the old one is off/);
    expect(rotated.code).toBe(0);
    expect(await enter()).toBe('in\n');
    expect(existsSync(join(env.VASTDECK_HOME ?? '', 'ssh_key.next'))).toBe(false);
    const keys = rowsOf(await on(['key', 'show', '--json']));
    expect(keys.filter(({ where }) => where === 'lab')).toMatchObject([{ is_ours: true }]);
    expect(keys.filter(({ where }) => where === 'the account')).toMatchObject([{ is_ours: true }]);
  }, 40_000);
});
