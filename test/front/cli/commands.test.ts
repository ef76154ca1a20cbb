import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillStore, type Printed, temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
const env = { VASTDECK_HOME: home, HOME: folder.path };
const POLLS = 8;

beforeAll(async () => {
  await fillStore(join(home, 'sim', 'market'), POLLS);
});
afterAll(() => folder.remove());

const on = (...args: string[]): Promise<Printed> => vastdeck(args, { env });

describe('a command that prints rows', () => {
  it.each([
    [['market', 'report']],
    [['market', 'report', '--mode', 'latest']],
    [['market', 'report', '--mode', 'both']],
    [['market', 'report', '--mode', 'ttr', '--by', 'gpu']],
    [['market', 'report', '--mode', 'prices', '--by', 'family,region']],
    [['market', 'report', '--mode', 'daily']],
    [['market', 'report', '--mode', 'whole-gpu']],
    [['market', 'report', '--gaps', 'carry', '--state', 'rented', '--by', 'gpu']],
    [['market', 'status']],
    [['market', 'check']],
    [['market', 'sql', 'SELECT count(*) AS n FROM offers_raw']],
    [['market', 'sql', '--recipe', 'device-occupancy']],
    [['config', 'show']],
    [['doctor']],
  ])('%j prints one JSON array of snake_case objects with --json, and nothing else on stdout', async (args) => {
    const { code, out } = await on(...args, '--json');
    expect(code).toBe(0);
    const rows = JSON.parse(out) as Record<string, unknown>[];
    expect(Array.isArray(rows)).toBe(true);
    for (const row of rows) for (const key of Object.keys(row)) expect(key).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  it('takes --format json for the same', async () => {
    const json = await on('market', 'report', '--by', 'gpu', '--json');
    expect((await on('market', 'report', '--by', 'gpu', '--format', 'json')).out).toBe(json.out);
  });

  it('marks every row of a simulated market, and its title', async () => {
    const { out, err } = await on('market', 'report', '--mode', 'latest', '--json');
    const rows = JSON.parse(out) as { simulated?: boolean }[];
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row.simulated === true)).toBe(true);
    expect(err).toContain('SIMULATED');
  });

  it('prints TSV when piped and a table on a terminal', async () => {
    const piped = await on('market', 'report', '--by', 'gpu');
    expect(piped.out.split('\n')[0]?.split('\t')).toContain('utilization_pct');
    const shown = await vastdeck(['market', 'report', '--by', 'gpu'], {
      env,
      isTerminal: true,
      columns: 100,
    });
    expect(shown.out).toContain('SIMULATED: Occupancy');
    expect(shown.out).toContain('again: vastdeck market report');
    for (const line of shown.out.split('\n').filter((text) => text.startsWith('RTX'))) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it('reports every poll that was stored', async () => {
    const { out } = await on('market', 'sql', 'SELECT count(DISTINCT ts) AS polls FROM offers_raw', '--json');
    expect(JSON.parse(out)).toEqual([{ polls: POLLS }]);
  });

  it('gives the same report again by the line that it ends with', async () => {
    const first = await on('market', 'report', '--by', 'gpu', '--json');
    const again = /again: vastdeck (.+)/.exec(first.err)?.[1]?.split(' ') ?? [];
    expect((await on(...again, '--json')).out).toBe(first.out);
  });
});

describe('a mistake on the command line', () => {
  it.each([
    [['market', 'report', '--since', 'nonsense'], /"nonsense" is not a time; write it like 7d/],
    [['market', 'report', '--mode', 'nonsense'], /nonsense.*occupancy/],
    [['market', 'report', '--by', 'nonsense'], /nonsense.*gpu/],
    [['market', 'report', '--since', '2026-11-20', '--until', '2026-11-19'], /until|since/],
    [['market', 'sql', 'SELEC 1'], /only SELECT/],
    [['market', 'sql', 'SELECT nonsense FROM offers_raw'], /Line 1, column 8.*nonsense/],
    [['market', 'sql'], /SELECT/],
    [['market', 'export', 'nonsense', '--out', 'x'], /parquet, csv, sqlite, openmetrics/],
    [['sim', '--fault', 'nonsense=1'], /rate-limit-text/],
    [['nonsense'], /nonsense/],
    [['market', 'reprot'], /report/],
    [['offers', '--type', 'nonsense'], /nonsense/],
  ])('%j is a sentence that shows how, and exit code 2', async (args, sentence) => {
    const { code, out, err } = await on(...args);
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n').length).toBeLessThanOrEqual(4);
    expect(code).toBe(2);
    expect(out).toBe('');
  });

  it('in the settings is told together with all others', async () => {
    const broken = { ...env, VW_POLL_INTERVAL_SEC: 'often', VW_TIMEOUT_SEC: '-1', VAST_BASE_URL: 'nowhere' };
    const { code, err } = await vastdeck(['config', 'show'], { env: broken });
    expect(code).toBe(2);
    for (const name of ['VW_POLL_INTERVAL_SEC', 'VW_TIMEOUT_SEC', 'VAST_BASE_URL'])
      expect(err).toContain(name);
  });

  it('keeps nobody from the help', async () => {
    const { code, out } = await vastdeck([], { env: { ...env, VW_TIMEOUT_SEC: 'x' } });
    expect(code).toBe(0);
    expect(out).toContain('Watch:');
  });
});

describe('a store', () => {
  it('that is not there is said to be missing, with what makes one', async () => {
    const { code, err } = await vastdeck(['market', 'report'], {
      env: { ...env, VASTDECK_HOME: join(folder.path, 'empty') },
    });
    expect(code).toBe(4);
    expect(err).toContain('vastdeck market collect');
  });

  it('named by VW_DB=NAME.db is the folder NAME.market beside it', async () => {
    const { out } = await vastdeck(['config', 'show', '--json'], {
      env: { ...env, VW_DB: join(folder.path, 'watch.db') },
    });
    expect(out).toContain(join(folder.path, 'watch.market'));
  });

  it('that is a VastWatch database is recognised, and the import command said', async () => {
    const path = join(folder.path, 'vastwatch.db');
    makeVastWatch(path);
    const { code, err } = await vastdeck(['market', 'report'], { env: { ...env, VW_DB: path } });
    expect(code).not.toBe(0);
    expect(err).toContain(
      `if it is a VastWatch database, bring it over with "vastdeck market import ${path} --live"`,
    );
  });

  it('takes a VastWatch database in and gives it back', async () => {
    const path = join(folder.path, 'source.db');
    makeVastWatch(path);
    const into = { ...env, VW_DB: join(folder.path, 'imported.market') };
    expect((await vastdeck(['market', 'import', path], { env: into })).code).toBe(0);
    const counted = await vastdeck(['market', 'sql', 'SELECT count(*) AS n FROM offers_raw', '--json'], {
      env: into,
    });
    expect(JSON.parse(counted.out)).toEqual([{ n: 4 }]);
    const out = join(folder.path, 'back.db');
    expect((await vastdeck(['market', 'export', 'sqlite', '--out', out], { env: into })).code).toBe(0);
    const db = new DatabaseSync(out);
    expect(db.prepare('SELECT count(*) AS n, max(dph_total_usd) AS top FROM offers_raw').get()).toMatchObject(
      { n: 4, top: 0.1 + 0.2 },
    );
    db.close();
  });

  it('of a newer version is refused by name', async () => {
    const dir = join(folder.path, 'newer.market');
    mkdirSync(dir);
    writeFileSync(
      join(dir, 'store.json'),
      JSON.stringify({ format: 99, origin: { kind: 'simulated', seed: '1' }, createdAt: '' }),
    );
    const { code, err } = await on('market', 'report', '--store', dir);
    expect(code).toBe(1);
    expect(err).toMatch(/99.*update vastdeck/);
  });

  it('that is damaged is said to be, and how to look closer', async () => {
    const dir = join(folder.path, 'damaged.market');
    await fillStore(dir, 1);
    writeFileSync(join(dir, 'journal.db'), Buffer.alloc(8_192, 7));
    const { code, err } = await on('market', 'report', '--store', dir);
    expect(code).toBe(1);
    expect(err).toMatch(/market check/);
    expect((await on('market', 'check', '--store', dir)).code).toBe(1);
  });
});

describe('an API key', () => {
  it('is never printed, only hinted at', async () => {
    const key = '0123456789abcdef0123456789abcdef';
    const withKey = { ...env, VAST_API_KEY: key, VAST_BASE_URL: 'http://127.0.0.1:1/api/v0' };
    for (const args of [
      ['config', 'show'],
      ['doctor'],
      ['offers'],
      ['market', 'collect', '--polls', '1', '--interval', '5'],
    ]) {
      const { out, err } = await vastdeck(args, { env: { ...withKey, LOG_LEVEL: 'debug' } });
      expect(out + err).not.toContain(key);
    }
    const { out } = await vastdeck(['config', 'show'], { env: withKey });
    expect(out).toContain('…cdef');
  });

  it('in .env is used', async () => {
    const cwd = join(folder.path, 'project');
    mkdirSync(cwd);
    writeFileSync(join(cwd, '.env'), 'VAST_API_KEY=abcdefghijklmnop1234\n');
    const { out } = await vastdeck(['config', 'show'], { env, cwd });
    expect(out).toContain(join(cwd, '.env'));
    expect(out).toContain('…1234');
  });

  it('that is missing is asked for', async () => {
    const { code, err } = await on('offers');
    expect(code).toBe(2);
    expect(err).toContain('vastdeck login');
  });
});

it('an interval under a minute is refused for the live service, with the reason', async () => {
  const { code, err } = await vastdeck(['market', 'collect', '--interval', '5'], {
    env: { ...env, VAST_API_KEY: 'abcdefghijklmnop1234' },
  });
  expect(code).toBe(2);
  expect(err).toMatch(/10 searches a minute.*60 s/);
  expect(existsSync(join(home, 'market'))).toBe(false);
});

it('the version is that of the package', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect((await on('--version')).out.trim()).toBe(manifest.version);
});

function makeVastWatch(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`CREATE TABLE offers_raw (ts TEXT NOT NULL, offer_id INTEGER NOT NULL, machine_id INTEGER NOT NULL,
    gpu_name TEXT, num_gpus INTEGER, gpu_frac REAL, gpu_total_ram_gb REAL, dph_total_usd REAL, reliability2 REAL,
    geolocation TEXT, type TEXT, rentable INTEGER, rented INTEGER, verified INTEGER, deverified INTEGER,
    availability_state TEXT)`);
  const insert = db.prepare('INSERT INTO offers_raw VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)');
  for (const ts of ['2026-11-20T00:00:00Z', '2026-11-20T00:06:00Z']) {
    insert.run(
      ts,
      1,
      10,
      'RTX 4090',
      1,
      0.5,
      24,
      0.1 + 0.2,
      0.99,
      'Sweden, SE',
      null,
      1,
      0,
      1,
      0,
      'available',
    );
    insert.run(ts, 2, 10, 'RTX 4090', 1, 0.5, 24, 0.25, 0.99, 'Sweden, SE', null, 0, 0, 1, 0, 'unavailable');
  }
  db.close();
}
