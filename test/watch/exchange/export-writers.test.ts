import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatIso } from '../../../src/base/std/index.ts';
import { exportCsv, exportParquet } from '../../../src/watch/exchange/export/day-files.ts';
import { exportOpenMetrics } from '../../../src/watch/exchange/export/openmetrics-export.ts';
import { listDays, type Selection } from '../../../src/watch/exchange/export/selection.ts';
import { exportSqlite } from '../../../src/watch/exchange/export/sqlite-export.ts';
import { streamSink, writeThroughSink } from '../../../src/watch/exchange/export/text-sink.ts';
import { literal } from '../../../src/watch/exchange/source/duckdb-session.ts';
import { plainTables } from './plain-tables.ts';
import { aRow, COLUMNS, type Row, START_MS, someRows } from './vastwatch-files.ts';

const HOUR_MS = 3_600_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-export-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

// Three days of polls, the first and last of them cut.
const rows = someRows({ seed: 'export', polls: 60, offers: 25, intervalMs: HOUR_MS });

const sortKey = (row: readonly unknown[]) => JSON.stringify(row);
const cellsOf = (list: readonly Row[]) =>
  list.map((row) => COLUMNS.map((name) => row[name])).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));

function sqliteRows(path: string, sql: string): unknown[][] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

async function exportSqliteTo(
  path: string,
  list: readonly Row[],
  selection: Selection = {},
): Promise<number> {
  await using tables = await plainTables(list);
  const days = await listDays(tables.connection, selection);
  let written = 0;
  await exportSqlite({
    connection: tables.connection,
    days,
    target: path,
    onDay: (_day, count) => {
      written += count;
    },
  });
  return written;
}

describe('an export to SQLite', () => {
  it('holds every row, in the order of time, in the types of the original', async () => {
    expect(await exportSqliteTo(at('a.db'), rows)).toBe(rows.length);
    const found = sqliteRows(at('a.db'), 'SELECT * FROM offers_raw');
    const times = found.map((row) => String(row[0]));
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(found.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))).toEqual(cellsOf(rows));
    expect(
      sqliteRows(
        at('a.db'),
        `SELECT DISTINCT typeof(ts), typeof(offer_id), typeof(machine_id), typeof(num_gpus), typeof(gpu_frac),
           typeof(dph_total_usd), typeof(verified) FROM offers_raw`,
      ),
    ).toEqual([['text', 'integer', 'integer', 'integer', 'real', 'real', 'integer']]);
    expect(
      sqliteRows(at('a.db'), `SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name`),
    ).toEqual([
      ['idx_gpu', 'CREATE INDEX idx_gpu ON offers_raw(gpu_name, geolocation, type)'],
      ['idx_ts', 'CREATE INDEX idx_ts ON offers_raw(ts)'],
    ]);
  });

  it('holds the daily aggregates of the original recipe', async () => {
    const prices = [1, 2, 3, 4, 10];
    const day = prices.map((price, i) => aRow({ offer_id: i, rented: i < 2 ? 1 : 0, dph_total_usd: price }));
    const other = aRow({
      ts: formatIso(START_MS + 24 * HOUR_MS),
      type: null,
      rented: null,
      dph_total_usd: null,
    });
    await exportSqliteTo(at('a.db'), [...day, other]);
    expect(sqliteRows(at('a.db'), 'SELECT * FROM agg_gpu_daily ORDER BY date')).toEqual([
      // Available: 3, 4, 10; their 0.1 and 0.9 quantiles interpolated at 0.2 and 1.8 of the way.
      ['2025-09-01', 'RTX 4090', 'Sweden, SE', 'on-demand', 2, 3, 40, 1.5, 4, 3.2, 8.8],
      ['2025-09-02', 'RTX 4090', 'Sweden, SE', 'any', 0, 0, 0, null, null, null, null],
    ]);
  });

  it('takes the polls from --since on and before --until, and what the filter lets through', async () => {
    const sinceMs = START_MS + 5 * HOUR_MS;
    const untilMs = START_MS + 30 * HOUR_MS;
    const selection = {
      sinceMs,
      untilMs,
      filter: { gpuName: 'rtx_4090', type: 'on-demand', verified: true },
    };
    await exportSqliteTo(at('a.db'), rows, selection);
    const expected = rows.filter(
      (row) =>
        String(row.ts) >= formatIso(sinceMs) &&
        String(row.ts) < formatIso(untilMs) &&
        row.gpu_name === 'RTX 4090' &&
        row.type === 'on-demand',
    );
    expect(expected.length).toBeGreaterThan(10);
    const found = sqliteRows(at('a.db'), 'SELECT * FROM offers_raw');
    expect(found.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))).toEqual(cellsOf(expected));
  });
});

describe('an export to Parquet', () => {
  it('is one file with every row and leaves no parts behind', async () => {
    await using tables = await plainTables(rows);
    const days = await listDays(tables.connection, {});
    await exportParquet({
      connection: tables.connection,
      days,
      target: at('a.parquet'),
      partsDir: at('parts'),
      onDay: () => {},
    });
    const same = await tables.connection.runAndReadAll(
      `SELECT count(*) FROM (
         (FROM offers_raw EXCEPT ALL FROM read_parquet(${literal(at('a.parquet'))})) UNION ALL
         (FROM read_parquet(${literal(at('a.parquet'))}) EXCEPT ALL FROM offers_raw))`,
    );
    expect(same.getRows()).toEqual([[0n]]);
    const count = await tables.connection.runAndReadAll(`SELECT count(*) FROM ${literal(at('a.parquet'))}`);
    expect(count.getRows()).toEqual([[BigInt(rows.length)]]);
    expect(readdirSync(folder)).toEqual(['a.parquet']);
  });
});

async function csvOf(list: readonly Row[], path?: string): Promise<string> {
  await using tables = await plainTables(list);
  const days = await listDays(tables.connection, {});
  const shared = { connection: tables.connection, days, partsDir: at('parts'), onDay: () => {} };
  if (path) {
    await writeThroughSink({ path, gzip: path.endsWith('.gz') }, (sink) => exportCsv({ ...shared, sink }));
    return '';
  }
  const stream = new PassThrough({ highWaterMark: 100 });
  const received = text(stream);
  await exportCsv({ ...shared, sink: streamSink(stream) });
  stream.end();
  return received;
}

describe('an export to CSV', () => {
  it('tells NULL from an empty text, and quotes quotes and newlines', async () => {
    const csv = await csvOf([
      aRow({ offer_id: 1, gpu_name: 'a "b"\nc', geolocation: '' }),
      aRow({ offer_id: 2, gpu_name: null, geolocation: ', CN', dph_total_usd: 0.1 + 0.2, rentable: null }),
    ]);
    expect(csv).toBe(
      `${COLUMNS.join(',')}\n` +
        '2025-09-01T00:00:00Z,1,7,"a ""b""\nc",1,0.25,23.98828125,0.35481481481481486,0.9984733,"",on-demand,1,0,1,0,available\n' +
        '2025-09-01T00:00:00Z,2,7,,1,0.25,23.98828125,0.30000000000000004,0.9984733,", CN",on-demand,,0,1,0,available\n',
    );
  });

  it('gives the same bytes to a file, to a packed file and to a stream that is read slowly', async () => {
    const csv = await csvOf(rows);
    await csvOf(rows, at('a.csv'));
    await csvOf(rows, at('a.csv.gz'));
    expect(readFileSync(at('a.csv'), 'utf8')).toBe(csv);
    expect(spawnSync('gzip', ['-dc', at('a.csv.gz')], { encoding: 'utf8' }).stdout).toBe(csv);
  });

  it('rejects when the reader goes away', async () => {
    const stream = new PassThrough({ highWaterMark: 100 });
    stream.on('error', () => {});
    await using tables = await plainTables(rows);
    const days = await listDays(tables.connection, {});
    const done = exportCsv({
      connection: tables.connection,
      days,
      partsDir: at('parts'),
      onDay: () => {},
      sink: streamSink(stream),
    });
    stream.destroy(new Error('EPIPE'));
    await expect(done).rejects.toThrow('EPIPE');
    expect(readdirSync(folder)).toEqual([]);
  });
});

async function metricsOf(list: readonly Row[]): Promise<string> {
  await using tables = await plainTables(list);
  const days = await listDays(tables.connection, {});
  const stream = new PassThrough();
  const received = text(stream);
  await exportOpenMetrics({
    connection: tables.connection,
    days,
    partsDir: at('parts'),
    sink: streamSink(stream),
    onDay: () => {},
  });
  stream.end();
  return received;
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

describe('an export to OpenMetrics', () => {
  it('groups samples by family and series, in the order of time', async () => {
    const later = formatIso(START_MS + 360_000);
    const metrics = await metricsOf([
      aRow({ offer_id: 1, gpu_name: 'A "x"\\y', num_gpus: 2, dph_total_usd: 2 }),
      aRow({ offer_id: 2, gpu_name: 'A "x"\\y', num_gpus: 4, dph_total_usd: 4, rentable: 0 }),
      aRow({ offer_id: 3, gpu_name: 'A "x"\\y', num_gpus: 1, dph_total_usd: 11 }),
      aRow({ offer_id: 1, gpu_name: 'A "x"\\y', num_gpus: 2, dph_total_usd: 2, ts: later }),
    ]);
    const group = 'gpu_name="A \\"x\\"\\\\y",type="on-demand",verified="true"';
    const [first, second] = [START_MS / 1_000, START_MS / 1_000 + 360];
    const price = 'vast_market_price_usd_per_gpu_hour';
    expect(metrics.split('\n').filter((line) => !line.startsWith('# HELP'))).toEqual([
      '# TYPE vast_market_offers gauge',
      `vast_market_offers{${group},state="available"} 2 ${first}`,
      `vast_market_offers{${group},state="available"} 1 ${second}`,
      `vast_market_offers{${group},state="unavailable"} 1 ${first}`,
      `vast_market_offers{${group},state="unavailable"} 0 ${second}`,
      '# TYPE vast_market_offered_gpus gauge',
      `vast_market_offered_gpus{${group},state="available"} 3 ${first}`,
      `vast_market_offered_gpus{${group},state="available"} 2 ${second}`,
      `vast_market_offered_gpus{${group},state="unavailable"} 4 ${first}`,
      `vast_market_offered_gpus{${group},state="unavailable"} 0 ${second}`,
      `# TYPE ${price} gauge`,
      `# UNIT ${price} usd_per_gpu_hour`,
      `${price}{${group},state="available",stat="p10"} 2 ${first}`,
      `${price}{${group},state="available",stat="p10"} 1 ${second}`,
      `${price}{${group},state="available",stat="median"} 6 ${first}`,
      `${price}{${group},state="available",stat="median"} 1 ${second}`,
      `${price}{${group},state="available",stat="p90"} 10 ${first}`,
      `${price}{${group},state="available",stat="p90"} 1 ${second}`,
      `${price}{${group},state="unavailable",stat="p10"} 1 ${first}`,
      `${price}{${group},state="unavailable",stat="median"} 1 ${first}`,
      `${price}{${group},state="unavailable",stat="p90"} 1 ${first}`,
      '# EOF',
      '',
    ]);
  });

  it.skipIf(!hasPromtool)('is taken by promtool, which makes blocks of all its series', async () => {
    const metrics = await metricsOf(rows);
    writeFileSync(at('a.om'), metrics);
    const made = spawnSync(
      'promtool',
      ['tsdb', 'create-blocks-from', 'openmetrics', at('a.om'), at('blocks')],
      {
        encoding: 'utf8',
      },
    );
    expect(made.stderr).not.toMatch(/error/i);
    expect(made.status).toBe(0);
    // A dump opens a whole database, which has a folder for its log.
    mkdirSync(at('blocks/wal'));
    const dump = spawnSync('promtool', ['tsdb', 'dump', at('blocks')], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const samples = metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(dump.stdout.trim().split('\n').length).toBe(samples.length);
  });
});
