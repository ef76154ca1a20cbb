import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { attachSql, importMarket } from '../../../src/watch/exchange/index.ts';
import { type MarketWriter, openMarketWriter, type PollInput } from '../../../src/watch/history/index.ts';
import { startStockDuckDb } from './stock-duckdb.ts';
import { COLUMNS, type Row, START_MS, someRows, writeSqlite } from './vastwatch-files.ts';

let folder: string;
beforeEach(() => {
  // Characters that mean something in patterns and in SQL.
  folder = mkdtempSync(join(tmpdir(), "vastdeck-att[a]ch-it's-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const origin = { kind: 'import', name: 'a.db' } as const;

const sorted = (rows: unknown[][]) => rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const cellsOf = (rows: readonly Row[]) => sorted(rows.map((row) => COLUMNS.map((name) => row[name])));
/** The ids come as texts, being 64 bits wide. */
const numbered = (rows: unknown[][]) =>
  sorted(rows.map((row) => row.map((cell, i) => (i === 1 || i === 2 ? Number(cell) : cell))));

const rows = someRows({ seed: 'attach', polls: 30, offers: 25 });
const first = rows.filter((row) => String(row.ts) < '2025-09-01T01:00:00Z');
const second = rows.filter((row) => String(row.ts) < '2025-09-01T02:00:00Z');

/** Puts the polls of these rows that the store does not have yet into it, as an import does. */
async function importRows(list: readonly Row[], clock: SteppedClock): Promise<void> {
  rmSync(at('a.db'), { force: true });
  writeSqlite(at('a.db'), list);
  await importMarket({ source: at('a.db'), dir: at('a.market'), clock, log: silentLog });
}

function openWriter(clock: SteppedClock): Promise<MarketWriter> {
  return openMarketWriter({ dir: at('a.market'), origin, holder: 'test', clock, log: silentLog });
}

/** A poll in which nothing at all was seen, of which nothing follows either. */
const blindPoll = (tsMs: number): PollInput => ({
  tsMs,
  filter: '',
  intervalMs: 360_000,
  slices: [],
  observations: [],
  duplicates: 0,
  covers: () => false,
});

describe('the SQL of market attach', () => {
  it('opens views in a stock DuckDB of another process, which follow snapshots and seals by themselves', async () => {
    const clock = new SteppedClock();
    await importRows(first, clock);
    await using duckdb = startStockDuckDb();
    await duckdb.query(attachSql({ dir: at('a.market') }));
    const all = `SELECT ${COLUMNS.join(', ')} FROM offers_raw`;
    expect(numbered(await duckdb.query(all))).toEqual(cellsOf(first));
    expect(await duckdb.query('SELECT count(*)::INTEGER FROM polls')).toEqual([[10]]);

    await importRows(second, clock);
    expect(numbered(await duckdb.query(all))).toEqual(cellsOf(second));
    {
      await using writer = await openWriter(clock);
      await writer.seal({ throughPoll: 15 });
      expect(numbered(await duckdb.query(all))).toEqual(cellsOf(second));
      // While the writer is there, and with polls that it has not put into a snapshot yet.
      writer.append(blindPoll(START_MS + 29 * 360_000 - 1_000));
      expect(await duckdb.query('SELECT max(poll)::INTEGER FROM polls')).toEqual([[20]]);
      await writer.snapshot();
      expect(await duckdb.query('SELECT max(poll)::INTEGER FROM polls')).toEqual([[21]]);
    }
  });

  it('gives single polls and windows of time without expanding the others', async () => {
    await importRows(rows, new SteppedClock());
    await using duckdb = startStockDuckDb();
    await duckdb.query(attachSql({ dir: at('a.market') }));
    const names = COLUMNS.join(', ');
    const poll4 = rows.filter((row) => row.ts === '2025-09-01T00:18:00Z');
    expect(numbered(await duckdb.query(`SELECT ${names} FROM offers_at(4)`))).toEqual(cellsOf(poll4));
    const window = rows.filter(
      (row) => String(row.ts) >= '2025-09-01T00:30:00Z' && String(row.ts) < '2025-09-01T01:30:00Z',
    );
    expect(
      numbered(
        await duckdb.query(
          `SELECT ${names} FROM offers_during('2025-09-01 00:30:00', '2025-09-01 01:30:00')`,
        ),
      ),
    ).toEqual(cellsOf(window));
    expect(await duckdb.query('SELECT count(*)::INTEGER FROM offers_all')).toEqual([[rows.length]]);
  });

  it('fails a query rather than leave out a file that was named while it began', async () => {
    await importRows(first, new SteppedClock());
    await using duckdb = startStockDuckDb();
    await duckdb.query(attachSql({ dir: at('a.market') }));
    const path = at('a.market/manifest.json');
    const manifest = readFileSync(path, 'utf8');
    const { open } = JSON.parse(manifest) as { open: { folder: string } };
    // As if the snapshot had been written after the files were listed and before the manifest was read.
    writeFileSync(path, manifest.replaceAll(open.folder, 'open/later'));
    await expect(duckdb.query('FROM state_spans')).rejects.toThrow(/run it again/);
    renameSync(at(`a.market/${open.folder}`), at('a.market/open/later'));
    expect((await duckdb.query('FROM state_spans')).length).toBeGreaterThan(0);
  });

  it('says that it is simulated, and how old the views may be', async () => {
    {
      await using writer = await openMarketWriter({
        dir: at('a.market'),
        origin: { kind: 'simulated', seed: '7' },
        holder: 'test',
        clock: new SteppedClock(),
        log: silentLog,
      });
      writer.append(blindPoll(START_MS));
    }
    const sql = attachSql({ dir: at('a.market') });
    expect(sql).toMatch('-- SIMULATED');
    expect(sql).toMatch('within 10 minutes');
  });

  it('is refused, saying why, for a store without a snapshot and for none at all', () => {
    expect(() => attachSql({ dir: at('b.market') })).toThrow(/has no Parquet files to attach yet/);
  });
});
