// Commands on a store: what they print for people, and the files they take in and give back.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillStore, type Printed, temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
const store = join(folder.path, 'filled.market');
const env = { HOME: folder.path, VASTDECK_HOME: join(folder.path, 'home'), VW_DB: store };

beforeAll(() => fillStore(store, 6));
afterAll(() => folder.remove());

const on = (...args: string[]): Promise<Printed> => vastdeck(args, { env });
const shown = (columns: number, ...args: string[]): Promise<Printed> =>
  vastdeck(args, { env, isTerminal: true, columns, rows: 30 });

describe('A report on a terminal', () => {
  it.each([
    'occupancy',
    'latest',
    'both',
    'ttr',
    'prices',
    'daily',
    'whole-gpu',
  ])('fits 80 columns in mode %s, and says what it left out', async (mode) => {
    const { code, out } = await shown(80, 'market', 'report', '--mode', mode);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^again: vastdeck market report --mode /);
    for (const line of lines.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(80);
    // A time that is cut says nothing.
    expect(out).not.toMatch(/\d{4}-\d\d-\d\d[T\d:]*…/);
  });

  it('shows what fits of many rows, and all of them with --limit or piped', async () => {
    const many = await shown(120, 'market', 'report', '--mode', 'latest');
    expect(many.out).toMatch(/16 of \d\d+ rows are shown \(--limit\)/);
    const few = await shown(120, 'market', 'report', '--mode', 'latest', '--limit', '3');
    expect(few.out).toMatch(/3 of \d\d+ rows are shown/);
    const piped = await on('market', 'report', '--mode', 'latest');
    expect(piped.out.trimEnd().split('\n').length).toBeGreaterThan(20);
  });

  it('names the columns that a narrow window does not show', async () => {
    const narrow = await shown(80, 'market', 'report', '--by', 'gpu');
    expect(narrow.out.replaceAll('\n', ' ')).toMatch(/Not shown for want of width: .*samples.*--json/);
    const wide = await shown(300, 'market', 'report', '--by', 'gpu');
    expect(wide.out).not.toContain('Not shown');
  });

  it('warns of what rentable=false does not say, and of a simulated market', async () => {
    const { out } = await shown(200, 'market', 'report', '--by', 'gpu');
    expect(out).toContain('An offer with rentable=false is counted as rented.');
    expect(out).toContain('SIMULATED: this market was made up');
  });
});

describe('status', () => {
  it('says how old the newest poll is, what is covered and what the reports lack', async () => {
    const { code, out } = await shown(100, 'market', 'status');
    expect(code).toBe(0);
    expect(out).toContain('SIMULATED');
    expect(out).toMatch(/newest poll +6 of 2026-11-20T/);
    expect(out).toMatch(/coverage +on-demand available/);
    expect(out).toMatch(/report +occupancy: ready/);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('opens the store once', async () => {
    const { err } = await vastdeck(['market', 'status'], { env: { ...env, LOG_LEVEL: 'debug' } });
    expect(err.match(/store opened/g)).toHaveLength(1);
  });
});

describe('check', () => {
  it('says that a store is whole, and what it looked at', async () => {
    const { code, out } = await shown(100, 'market', 'check');
    expect(code).toBe(0);
    expect(out).toMatch(/^The store is whole: 6 polls with [\d,]+ observations in \d+ files, /);
  });
});

describe('export', () => {
  it('writes a file, and says so to programs that ask', async () => {
    const out = join(folder.path, 'offers.csv');
    const ended = await on('market', 'export', 'csv', '--out', out, '--json');
    expect(ended.code).toBe(0);
    const [row] = JSON.parse(ended.out) as { format: string; out: string; polls: number; rows: number }[];
    expect(row).toMatchObject({ format: 'csv', out, polls: 6, simulated: true });
    expect(ended.err).toContain('SIMULATED market: nothing here is real.');
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength((row?.rows ?? 0) + 1);
    expect(lines[0]).toMatch(/^ts,offer_id,machine_id,gpu_name/);
  });

  it('keeps a file that is there, unless it may be replaced', async () => {
    const out = join(folder.path, 'kept.csv');
    writeFileSync(out, 'mine');
    const refused = await on('market', 'export', 'csv', '--out', out);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('--overwrite');
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect((await on('market', 'export', 'csv', '--out', out, '--overwrite')).code).toBe(0);
    expect(readFileSync(out, 'utf8')).not.toBe('mine');
  });

  it('goes to standard output for -, alone', async () => {
    const { code, out, err } = await on('market', 'export', 'csv', '--out', '-');
    expect(code).toBe(0);
    expect(out).toMatch(/^ts,offer_id/);
    expect(err).toMatch(/rows of 6 polls written to standard output/);
    expect(await on('market', 'export', 'csv', '--out', '-', '--json')).toMatchObject({ code: 2, out: '' });
    expect(await on('market', 'export', 'parquet', '--out', '-')).toMatchObject({ code: 1, out: '' });
  });

  it('keeps to the GPU, the type and the verification that are asked for', async () => {
    const counted = async (...flags: string[]) => {
      const { out } = await on('market', 'export', 'csv', '--out', '-', ...flags);
      return out.trimEnd().split('\n').length - 1;
    };
    const wanted = async (where: string) => {
      const { out } = await on(
        'market',
        'sql',
        `SELECT count(*) AS n FROM offers_raw WHERE ${where}`,
        '--json',
      );
      return (JSON.parse(out) as { n: number }[])[0]?.n;
    };
    const some = await wanted("gpu_name = 'RTX 4090' AND type = 'on-demand'");
    expect(some).toBeGreaterThan(0);
    expect(await counted('--gpu', 'rtx-4090', '--type', 'ondemand')).toBe(some);
    expect(await counted('--type', 'spot', '--verified')).toBe(
      await wanted("type = 'interruptible' AND verified = 1"),
    );
    const none = await on('market', 'export', 'csv', '--out', '-', '--gpu', 'RTX 9999');
    expect(none.err).toContain('Nothing in the store is of these times, GPU and type.');
    const wrong = await on('market', 'export', 'csv', '--out', '-', '--type', 'foo');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('--type "foo" is not known') });
  });

  it('keeps to the time that is asked for', async () => {
    const since = ['--since', '2026-11-20T00:18:00Z', '--until', '2026-11-20T00:30:00Z'];
    const { err } = await on('market', 'export', 'csv', '--out', '-', ...since);
    expect(err).toMatch(/rows of 2 polls/);
    expect((await on('market', 'export', 'csv', '--out', '-', '--since', 'nonsense')).code).toBe(2);
  });
});

describe('import', () => {
  it('takes an export in again, proven equal, and once only', async () => {
    const file = join(folder.path, 'again.csv');
    await on('market', 'export', 'csv', '--out', file);
    const into = ['--store', join(folder.path, 'again.market')];
    const first = JSON.parse((await on('market', 'import', file, '--json', ...into)).out) as object[];
    expect(first).toMatchObject([
      { polls_imported: 6, proof_polls: 6, rows_refused: 0, origin: 'import again.csv' },
    ]);
    const second = JSON.parse((await on('market', 'import', file, '--json', ...into)).out) as object[];
    expect(second).toMatchObject([{ polls_imported: 0, proof_polls: 6 }]);
  });

  it('of the live market may be collected into afterwards', async () => {
    const file = join(folder.path, 'live.csv');
    await on('market', 'export', 'csv', '--out', file);
    const into = join(folder.path, 'live.market');
    const { out } = await on('market', 'import', file, '--live', '--json', '--store', into);
    expect(JSON.parse(out)).toMatchObject([{ origin: 'live https://console.vast.ai/api/v0' }]);
  });

  it('says that a file is not there, with exit code 4, and begins no store', async () => {
    const into = join(folder.path, 'none.market');
    const { code, err } = await on('market', 'import', join(folder.path, 'none.db'), '--store', into);
    expect(code).toBe(4);
    expect(err).toContain('There is no file');
    expect(existsSync(into)).toBe(false);
  });
});

describe('A database of the original that VW_DB still names', () => {
  it('is not collected beside: its years and the new polls belong into one store', async () => {
    const file = join(folder.path, 'vastwatch.db');
    writeFileSync(file, 'SQLite format 3\0');
    const { code, err } = await vastdeck(['market', 'collect'], {
      env: { ...env, VW_DB: file, VAST_API_KEY: 'a-key-that-is-not-used' },
    });
    expect(code).toBe(4);
    expect(err).toContain(`vastdeck market import ${file} --live`);
    expect(existsSync(join(folder.path, 'vastwatch.market'))).toBe(false);
  });
});

describe('attach', () => {
  it('prints SQL, and as JSON a row with it', async () => {
    const { out } = await on('market', 'attach');
    expect(out).toContain('CREATE OR REPLACE VIEW');
    expect(JSON.parse((await on('market', 'attach', '--json')).out)).toEqual([{ sql: out }]);
  });
});

describe('sql', () => {
  it.each([
    [['market', 'sql'], 'Give one SELECT'],
    [['market', 'sql', 'SELECT 1', '--recipe', 'daily'], 'Give one SELECT'],
    [['market', 'sql', '--recipe', 'nonsense'], 'device-occupancy'],
    [['market', 'sql', 'SELECT 1', '--param', 'since'], 'write it like --param since=2026-11-20'],
    [['market', 'sql', 'SELECT $x'], ':x'],
  ])('%j is a mistake with a sentence', async (args, part) => {
    const { code, out, err } = await on(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(part);
  });

  it('binds variables', async () => {
    const { out } = await on(
      'market',
      'sql',
      'SELECT $n AS n, $t AS t',
      '--param',
      'n=3',
      't=text',
      '--json',
    );
    expect(JSON.parse(out)).toEqual([{ n: 3, t: 'text' }]);
  });
});
