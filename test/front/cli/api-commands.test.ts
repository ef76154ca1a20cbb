// Commands that ask the service, against the simulator on loopback.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { askAddress } from '../../../src/front/cli/origin.ts';
import { createSim, type SimServer } from '../../../src/sim/index.ts';
import { fillStore, type Printed, temporaryFolder, vastdeck } from './cli-world.ts';

const clock = systemClock();
const folder = temporaryFolder();
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await createSim({
    seed: 'api',
    clock,
    offers: 300,
    searchesPerMinute: Number.POSITIVE_INFINITY,
  }).serve();
  env = {
    HOME: folder.path,
    VASTDECK_HOME: join(folder.path, 'home'),
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
  };
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

const on = (...args: string[]): Promise<Printed> => vastdeck(args, { env });
type Rows = readonly Record<string, string | number | null>[];
const rowsOf = ({ out }: Printed): Rows => JSON.parse(out) as Rows;

describe('offers', () => {
  it('has one name for a GPU in all its spellings', async () => {
    const ids = await Promise.all(
      ['RTX_4090', '"RTX 4090"', 'rtx-4090', 'RTX4090'].map(async (name) =>
        rowsOf(await on('offers', `gpu_name=${name} verified=any`, '--json')).map((row) => row.id),
      ),
    );
    expect(ids[0]?.length).toBeGreaterThan(0);
    for (const some of ids) expect(some).toEqual(ids[0]);
  });

  it('takes the words of a query in one argument or in several', async () => {
    const one = await on('offers', 'num_gpus>=2 verified=any', '--json', '--limit', '5');
    const several = await on('offers', 'num_gpus>=2', 'verified=any', '--json', '--limit', '5');
    expect(rowsOf(one)).toHaveLength(5);
    expect(several.out).toBe(one.out);
  });

  it('gives the same rows in every data format', async () => {
    const rows = rowsOf(await on('offers', 'verified=any', '--limit', '3', '--json'));
    const tsv = await on('offers', 'verified=any', '--limit', '3');
    const [heads, ...lines] = tsv.out
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(heads).toEqual(Object.keys(rows[0] ?? {}));
    expect(lines.map(([id]) => Number(id))).toEqual(rows.map(({ id }) => id));
    expect((await on('offers', 'verified=any', '--limit', '3', '--format', 'csv')).out).toContain(
      heads?.join(',') as string,
    );
  });

  it('fits a narrow window, and says what is not shown', async () => {
    const { out, err } = await vastdeck(['offers', 'verified=any'], { env, isTerminal: true, columns: 80 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(err).toMatch(/Not shown for want of width: .*host_id.*--json/);
  });

  it('shows a mistake in the query under the query', async () => {
    const { code, err } = await on('offers', 'num_gpus>=2 gpu_nam=RTX_4090');
    expect(code).toBe(2);
    expect(err.split('\n').slice(0, 2)).toEqual(['num_gpus>=2 gpu_nam=RTX_4090', `${' '.repeat(12)}^`]);
    expect(err).toContain('gpu_name');
  });

  it('says why nothing may have been found', async () => {
    const { code, out, err } = await on('offers', 'gpu_name=RTX_4090 num_gpus>=999', '--json');
    expect({ code, out }).toEqual({ code: 0, out: '[]\n' });
    expect(err).toContain('verified=any');
  });

  it.each([
    [['search', 'offers', 'verified=any', '-o', 'dph-', '--limit', '2', '--raw'], 'on-demand'],
    [['search', 'offers', 'verified=any', '-b', '--limit', '2', '--raw'], 'interruptible'],
    [['search', 'offers', '-n', '-r', '--limit', '2', '--raw'], 'reserved'],
  ])('answers to the habit %j', async (args, type) => {
    const rows = rowsOf(await on(...args));
    expect(rows).toHaveLength(2);
    expect(rows.map((row) => row.type)).toEqual([type, type]);
  });
});

describe('price', () => {
  it('sums up each way of renting, in all and by region', async () => {
    const rows = rowsOf(await on('price', 'rtx 4090', '--json'));
    const all = rows.filter(({ group }) => group === 'all');
    expect(all.map(({ type }) => type)).toEqual(['on-demand', 'interruptible', 'reserved']);
    for (const { count, min, p10, median, p90, max } of all) {
      expect(count).toBeGreaterThan(0);
      expect([min, p10, median, p90, max]).toEqual(
        [min, p10, median, p90, max].sort((a, b) => Number(a) - Number(b)),
      );
    }
    for (const type of ['on-demand', 'interruptible', 'reserved']) {
      const counted = rows.filter((row) => row.type === type && row.group !== 'all');
      const sum = counted.reduce((total, { count }) => total + Number(count), 0);
      expect(sum).toBe(all.find((row) => row.type === type)?.count);
    }
    expect((await on('price', 'rtx 4090', '--format', 'json')).out).toBe(`${JSON.stringify(rows)}\n`);
  });

  it('suggests what was meant by an unknown GPU', async () => {
    const { code, err } = await on('price', 'RTX_409');
    expect(code).toBe(4);
    expect(err).toMatch(/"RTX_409"; did you mean .*RTX 4090/);
  });

  it('answers the examples of its own help', async () => {
    const help = (await on('price', '--help')).out;
    const examples = [...help.matchAll(/^ *vastdeck (price .+)$/gm)].map(([, words]) => words as string);
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) {
      const words = [...example.matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      expect(await on(...words), example).toMatchObject({ code: 0 });
    }
  });

  it('knows two groupings', async () => {
    expect(rowsOf(await on('price', 'rtx 4090', '--by', 'count', '--json'))[1]?.group).toMatch(/^\d+x$/);
    expect(await on('price', 'rtx 4090', '--by', 'moon')).toMatchObject({ code: 2, out: '' });
  });
});

describe('login', () => {
  it('tries the key, keeps it for this user only, and the next command has it', async () => {
    const home = join(folder.path, 'login');
    const without = { ...env, VASTDECK_HOME: home, VAST_API_KEY: '' };
    expect(await vastdeck(['offers'], { env: without })).toMatchObject({ code: 2 });
    const { code, err } = await vastdeck(['login', '--key-stdin'], {
      env: without,
      input: `  ${server.apiKey}\n`,
    });
    expect(code).toBe(0);
    expect(err).toContain(join(home, 'api_key'));
    expect(statSync(join(home, 'api_key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home, 'api_key'), 'utf8')).toBe(`${server.apiKey}\n`);
    expect(await vastdeck(['offers', '--limit', '1'], { env: without })).toMatchObject({ code: 0 });
  });

  it.each([
    ['a key that the service does not know', 'a-key-of-nobody-at-all', 5],
    ['what cannot be a key', 'x', 2],
    ['nothing', '', 2],
  ])('keeps nothing of %s', async (_what, input, code) => {
    const home = join(folder.path, 'refused');
    const ended = await vastdeck(['login', '--key-stdin'], { env: { ...env, VASTDECK_HOME: home }, input });
    expect(ended.code).toBe(code);
    expect(ended.err.trim().split('\n')).toHaveLength(1);
    expect(existsSync(join(home, 'api_key'))).toBe(false);
  });

  it('says how to go on where there is no terminal to ask on', async () => {
    expect((await on('login')).err).toContain('vastdeck login --key-stdin < keyfile');
  });
});

describe('An address', () => {
  it('of a simulator says whose market it is and how often it may be asked', async () => {
    const limited = await createSim({ seed: 'a seed', clock, offers: 20, searchesPerMinute: 30 }).serve();
    try {
      expect(await askAddress(`${limited.url}/api/v0`, { clock })).toEqual({
        origin: { kind: 'simulated', seed: 'a seed' },
        searchesPerMinute: 30,
      });
    } finally {
      await limited.stop();
    }
    expect(await askAddress(`${server.url}/api/v0`, { clock })).toMatchObject({
      searchesPerMinute: undefined,
    });
  });

  it('of a recording says so', async () => {
    const replay = { name: 'two polls', warnings: [], polls: [{ atMs: 0, offers: [] }] };
    const replayed = await createSim({ seed: 1, clock, replay }).serve();
    try {
      const { origin } = await askAddress(`${replayed.url}/api/v0`, { clock });
      expect(origin).toEqual({ kind: 'replay', name: 'two polls' });
    } finally {
      await replayed.stop();
    }
  });

  it('on this machine where nobody answers is no live market: exit code 5, and no store begun', async () => {
    const gone = await createSim({ seed: 1, clock, offers: 20 }).serve();
    await gone.stop();
    const home = join(folder.path, 'gone');
    const at = { env: { ...env, VASTDECK_HOME: home, VAST_BASE_URL: `${gone.url}/api/v0` } };
    for (const args of [['offers'], ['market', 'collect', '--polls', '1']]) {
      const { code, err } = await vastdeck(args, at);
      expect(code).toBe(5);
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(err).toContain(`Nothing answers at ${gone.url}/api/v0`);
    }
    expect(existsSync(join(home, 'market'))).toBe(false);
  });

  it('elsewhere is the live market, and is not asked', async () => {
    expect(await askAddress('https://host.invalid/api/v0', { clock })).toEqual({
      origin: { kind: 'live', url: 'https://host.invalid/api/v0' },
      searchesPerMinute: undefined,
    });
  });
});

it('a wrong key is one line and exit code 5, whoever asks', async () => {
  const wrong = { env: { ...env, VAST_API_KEY: 'a-key-of-nobody-at-all' } };
  for (const args of [['offers'], ['price', 'RTX 4090']]) {
    const { code, out, err } = await vastdeck(args, wrong);
    expect({ code, out }).toEqual({ code: 5, out: '' });
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('vastdeck login');
  }
});

it('up with a key does not take what is meant for a simulated market for the live one', async () => {
  const { code, out, err } = await on('up', '--seed', '7', '--offers', '60', '--polls', '1');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('--seed and --offers can be given of the simulated market only');
  expect(err).toContain('add --simulate');
  expect(existsSync(join(folder.path, 'home', 'market'))).toBe(false);
});

it('a filter that cannot be read is found before anything is started', async () => {
  const home = join(folder.path, 'filtered');
  const { code, err } = await vastdeck(['market', 'collect', '--filter', 'gpu_nam=x'], {
    env: { ...env, VASTDECK_HOME: home },
  });
  expect(code).toBe(2);
  expect(err).toContain('gpu_name');
  expect(existsSync(join(home, 'market'))).toBe(false);
});

it('the key is in no output of any command, not even with every try logged', async () => {
  const home = join(folder.path, 'quiet');
  await fillStore(join(home, 'market'), 1);
  const cwd = join(folder.path, 'project');
  mkdirSync(cwd);
  writeFileSync(join(cwd, '.env'), `VAST_API_KEY=${server.apiKey}\nLOG_LEVEL=debug\n`);
  const at = { cwd, env: { HOME: folder.path, VASTDECK_HOME: home, VAST_BASE_URL: `${server.url}/api/v0` } };
  for (const args of [
    ['config', 'show', '--json'],
    ['doctor', '--json'],
    ['offers', '--limit', '1', '--json'],
    ['offers', 'gpu_nam=1'],
    ['price', 'RTX 4090', '--json'],
    ['login', '--key-stdin'],
    ['market', 'status', '--json'],
    ['market', 'attach'],
    ['market', 'sql', 'SELECT 1', '--json'],
  ]) {
    const { out, err } = await vastdeck(args, { ...at, input: server.apiKey });
    expect(out.length + err.length).toBeGreaterThan(0);
    expect(out + err, args.join(' ')).not.toContain(server.apiKey);
  }
});
