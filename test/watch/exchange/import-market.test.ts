import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatIso, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import {
  exportMarket,
  type ImportOptions,
  type ImportResult,
  importMarket,
  type Progress,
} from '../../../src/watch/exchange/index.ts';
import { openMarketReader, openMarketWriter } from '../../../src/watch/history/index.ts';
import {
  aRow,
  COLUMNS,
  FIFTEEN,
  type Row,
  START_MS,
  someRows,
  writeCsv,
  writeSqlite,
  writeThroughDuckDb,
} from './vastwatch-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const world = () => ({ clock: new SteppedClock(), log: silentLog });

function runImport(name: string, options: Partial<ImportOptions> = {}): Promise<ImportResult> {
  return importMarket({ source: at(name), dir: at('a.market'), ...world(), ...options });
}

async function storedRows(dir = at('a.market')): Promise<unknown[][]> {
  await using reader = await openMarketReader({ dir, ...world() });
  const rows = await reader.rows(`SELECT ${COLUMNS.join(', ')} FROM offers_raw`);
  return sorted(rows.map((row) => COLUMNS.map((name) => row[name])));
}

const sorted = (rows: unknown[][]) => rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const cellsOf = (rows: readonly Row[]) => sorted(rows.map((row) => COLUMNS.map((name) => row[name])));

function sqliteRows(path: string): unknown[][] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return sorted(
      db
        .prepare('SELECT * FROM offers_raw')
        .all()
        .map((row) => Object.values(row)),
    );
  } finally {
    db.close();
  }
}

describe('an import', () => {
  const rows = someRows({ seed: 'import', polls: 40, offers: 30 });

  it.each([
    'a.db',
    'a.duckdb',
    'a.parquet',
    'a.csv.gz',
  ])('of %s gives back exactly its rows', async (name) => {
    writeSqlite(at('a.db'), rows);
    writeCsv(at('a.csv'), rows);
    writeCsv(at('a.csv.gz'), rows);
    await writeThroughDuckDb({ csv: at('a.csv'), duckdb: at('a.duckdb'), parquet: at('a.parquet') });
    const result = await runImport(name);
    expect(result).toMatchObject({
      origin: { kind: 'import', name },
      intervalMs: 360_000,
      firstPoll: '2025-09-01T00:00:00Z',
      lastPoll: formatIso(START_MS + 39 * 360_000),
      pollsImported: 40,
      rowsImported: rows.length,
      duplicates: 0,
      rowsRefused: 0,
      proof: { polls: 40, rows: rows.length },
    });
    expect(await storedRows()).toEqual(cellsOf(rows));
    expect(readdirSync(folder).filter((file) => file.includes('spool'))).toEqual([]);
  });

  it('of a file with 15 columns leaves the sixteenth null', async () => {
    writeSqlite(at('a.db'), rows, { columns: FIFTEEN });
    const result = await runImport('a.db');
    expect(result.missingColumns).toEqual(['availability_state']);
    expect(await storedRows()).toEqual(cellsOf(rows.map((row) => ({ ...row, availability_state: null }))));
  });

  it('says what was not kept: earlier rows of one offer and type, and rows that cannot be read', async () => {
    writeSqlite(at('a.db'), [
      aRow({ offer_id: 1, dph_total_usd: 1 }),
      aRow({ offer_id: 1, dph_total_usd: 2 }),
      aRow({ offer_id: 'x' }),
    ]);
    const result = await runImport('a.db');
    expect(result).toMatchObject({ duplicates: 1, rowsRefused: 1, proof: { polls: 1, rows: 1 } });
    expect(result.refused).toEqual([{ where: 'rowid 3', reason: 'offer_id is "x", not a number' }]);
    expect(await storedRows()).toEqual(cellsOf([aRow({ offer_id: 1, dph_total_usd: 2 })]));
  });

  it('leaves out a poll of which no row can be read, so that the market does not vanish in it', async () => {
    const second = formatIso(START_MS + 360_000);
    writeSqlite(at('a.db'), [aRow(), aRow({ ts: second, machine_id: 'x' })]);
    const result = await runImport('a.db');
    expect(result).toMatchObject({ pollsImported: 1, rowsRefused: 1, proof: { polls: 1 } });
    expect(await storedRows()).toEqual(cellsOf([aRow()]));
  });

  it('takes the median of the gaps for the interval, whatever the holes', async () => {
    const minutes = [0, 6, 12, 18, 2_000, 2_006, 2_012];
    writeSqlite(
      at('a.db'),
      minutes.map((minute) => aRow({ ts: formatIso(START_MS + minute * 60_000) })),
    );
    expect(await runImport('a.db')).toMatchObject({ intervalMs: 360_000, pollsImported: 7 });
  });

  it('done again imports only what has come since, and proves everything', async () => {
    const half = rows.filter((row) => String(row.ts) < formatIso(START_MS + 20 * 360_000));
    writeSqlite(at('a.db'), half);
    expect(await runImport('a.db')).toMatchObject({ pollsImported: 20 });
    rmSync(at('a.db'));
    writeSqlite(at('a.db'), rows);
    expect(await runImport('a.db')).toMatchObject({
      pollsImported: 20,
      proof: { polls: 40, rows: rows.length },
    });
    expect(await runImport('a.db')).toMatchObject({
      pollsImported: 0,
      proof: { polls: 40, rows: rows.length },
    });
    expect(await storedRows()).toEqual(cellsOf(rows));
  });

  it.each([
    'a.db',
    'a.csv',
  ])('of %s goes on after a kill at any poll, and is equal at the end', async (name) => {
    writeSqlite(at('a.db'), rows);
    writeCsv(at('a.csv'), rows);
    for (const polls of [17, 9]) {
      const child = spawnSync(
        process.execPath,
        [
          fileURLToPath(new URL('./import-until-killed.ts', import.meta.url)),
          at(name),
          at('a.market'),
          String(polls),
        ],
        { encoding: 'utf8', timeout: 30_000 },
      );
      expect([child.signal, child.stderr]).toEqual(['SIGKILL', '']);
    }
    const result = await runImport(name);
    // Progress is told before a poll is written: 16 and 8 of them were.
    expect(result).toMatchObject({ pollsImported: 40 - 16 - 8, proof: { polls: 40, rows: rows.length } });
    expect(await storedRows()).toEqual(cellsOf(rows));
    expect(existsSync(at('a.market.import-spool'))).toBe(false);
  });

  it('stopped by its signal keeps what it has, and goes on later', async () => {
    writeSqlite(at('a.db'), rows);
    const stop = new AbortController();
    const stopped = runImport('a.db', {
      clock: everSlower(),
      signal: stop.signal,
      onProgress: ({ pollsDone }) => pollsDone === 10 && stop.abort(new Error('stopped by hand')),
    });
    await expect(stopped).rejects.toThrow('stopped by hand');
    expect(await runImport('a.db')).toMatchObject({ pollsImported: 30, proof: { polls: 40 } });
  });

  it('tells how far it is, in both stages', async () => {
    writeSqlite(at('a.db'), rows);
    const told: Progress<string>[] = [];
    await runImport('a.db', { clock: everSlower(), onProgress: (progress) => told.push(progress) });
    const importing = told.filter((progress) => progress.stage === 'importing');
    expect(importing.at(-1)).toMatchObject({
      pollsDone: 40,
      pollsTotal: 40,
      rowsDone: rows.length,
      leftMs: 0,
    });
    expect(importing.map((progress) => progress.rowsDone)).toEqual(
      importing.map((progress) => progress.rowsDone).toSorted((a, b) => a - b),
    );
    expect(importing[5]?.rowsPerSecond).toBeGreaterThan(0);
    expect(told.at(-1)).toMatchObject({ stage: 'proving', pollsDone: 40, rowsDone: rows.length });
  });

  it('names the poll that the store does not have as the source has it', async () => {
    writeSqlite(at('a.db'), rows);
    await runImport('a.db');
    const db = new DatabaseSync(at('a.db'));
    const ts = formatIso(START_MS + 7 * 360_000);
    db.exec(
      `UPDATE offers_raw SET dph_total_usd = 99 WHERE rowid = (SELECT min(rowid) FROM offers_raw WHERE ts = '${ts}')`,
    );
    db.close();
    await expect(runImport('a.db')).rejects.toMatchObject({ name: 'ImportProofError', poll: ts });
    await expect(runImport('a.db')).rejects.toThrow(/the source has .*"dphTotal":99.*; the store has/);
  });

  it('names the poll that the source has lost, and the one that it has got since in between', async () => {
    writeSqlite(at('a.db'), rows);
    await runImport('a.db');
    const ts = formatIso(START_MS + 7 * 360_000);
    const db = new DatabaseSync(at('a.db'));
    db.exec(`DELETE FROM offers_raw WHERE ts = '${ts}'`);
    db.close();
    await expect(runImport('a.db')).rejects.toMatchObject({ name: 'ImportProofError', poll: ts });
    rmSync(at('a.db'));
    writeSqlite(at('a.db'), [...rows, aRow({ ts: formatIso(START_MS + 1_000) })]);
    await expect(runImport('a.db')).rejects.toMatchObject({ poll: formatIso(START_MS + 1_000) });
  });

  it('is refused by a store that collects something else, which stays as it was', async () => {
    writeSqlite(at('a.db'), rows);
    {
      await using writer = await openMarketWriter({
        dir: at('a.market'),
        origin: { kind: 'live', url: 'https://console.vast.ai/api/v0' },
        holder: 'test',
        ...world(),
      });
      expect(writer.lastPoll()).toBeUndefined();
    }
    await expect(runImport('a.db')).rejects.toThrow(/vastdeck market import|another|other/);
    expect(await storedRows()).toEqual([]);
  });
});

/** A clock on which a second passes at each look. */
function everSlower(): SteppedClock {
  const clock = new SteppedClock();
  let elapsedMs = 0;
  clock.monotonic = () => {
    elapsedMs += 1_000;
    return elapsedMs;
  };
  return clock;
}

const cell = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 });
const flag = cell(fc.constantFrom(0, 1));
const real = cell(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0));
const anyRow: fc.Arbitrary<Row> = fc.record({
  ts: fc.integer({ min: 0, max: 5 }).map((poll) => formatIso(START_MS + poll * 360_000)),
  offer_id: fc.integer({ min: 0, max: 6 }),
  machine_id: fc.integer({ min: 0, max: 3 }),
  gpu_name: cell(fc.string({ unit: 'grapheme' })),
  num_gpus: cell(fc.integer({ min: 0, max: 14 })),
  gpu_frac: real,
  gpu_total_ram_gb: real,
  dph_total_usd: real,
  reliability2: real,
  geolocation: cell(fc.string()),
  type: cell(fc.constantFrom('on-demand', 'interruptible', 'reserved', 'bid', 'ask', '')),
  rentable: flag,
  rented: flag,
  verified: flag,
  deverified: flag,
  availability_state: cell(fc.constantFrom('available', 'rented', 'unavailable', 'unknown')),
});

describe('import and export', () => {
  it('are each other’s inverse, whatever the rows hold', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 40 }), async (rows) => {
        round += 1;
        const name = (suffix: string) => at(`${round}${suffix}`);
        writeSqlite(name('.db'), rows);
        const kept = new Map(rows.map((row) => [JSON.stringify([row.ts, row.offer_id, row.type]), row]));
        await importMarket({ source: name('.db'), dir: name('.market'), ...world() });
        await exportMarket({ dir: name('.market'), format: 'sqlite', out: name('-out.db'), ...world() });
        expect(sqliteRows(name('-out.db'))).toEqual(cellsOf([...kept.values()]));
        await importMarket({ source: name('-out.db'), dir: name('-2.market'), ...world() });
        await exportMarket({ dir: name('-2.market'), format: 'sqlite', out: name('-out2.db'), ...world() });
        expect(sqliteRows(name('-out2.db'))).toEqual(sqliteRows(name('-out.db')));
      }),
      { numRuns: 3 },
    );
  });
});
