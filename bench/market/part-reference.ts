// How the original stores polls, on the same trace: all rows into SQLite with its two indexes, one transaction a
// poll; and the same rows as Parquet, sorted by offer and time within a day. One day is enough to see the rates.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { formatIso, systemClock } from '../../src/base/std/index.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { folderBytes } from './folder-size.ts';
import { createRawTable, RAW_COLUMNS, RAW_SQLITE_DDL } from './raw-table.ts';
import { tracePolls } from './trace/trace.ts';

export async function measureReference({ days }: { readonly days: number }, report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vd-bench-reference-'));
  try {
    const span = Math.min(1, days);
    measureSqlite(folder, span, report);
    await measureRawParquet(folder, span, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const spanText = (days: number) => (days === 1 ? '1 day' : `${days} day`);

function measureSqlite(folder: string, days: number, report: Report): void {
  const clock = systemClock();
  const db = new DatabaseSync(join(folder, 'reference.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec(RAW_SQLITE_DDL);
  const insert = db.prepare(`INSERT INTO offers_raw VALUES (${RAW_COLUMNS.map(() => '?').join(', ')})`);
  const times: number[] = [];
  let rows = 0;
  for (const poll of tracePolls(days)) {
    if (times.length % 60 === 0) progress(`reference SQLite: poll ${times.length}`);
    const ts = formatIso(poll.tsMs);
    const startMs = clock.monotonic();
    db.exec('BEGIN');
    for (const row of poll.observations) insert.run(...RAW_COLUMNS.map((column) => column.of(row, ts)));
    db.exec('COMMIT');
    times.push(clock.monotonic() - startMs);
    rows += poll.observations.length;
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const name = `reference SQLite (${spanText(days)})`;
  report(`${name}: bytes`, folderBytes(folder) / rows, 'B/obs');
  report(`${name}: poll, median`, median(times), 'ms');
  report(`${name}: poll, p99`, quantile(times, 0.99), 'ms');
}

async function measureRawParquet(folder: string, days: number, report: Report): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const table = await createRawTable(connection, 'raw');
  let rows = 0;
  for (const poll of tracePolls(days)) {
    table.append(poll);
    rows += poll.observations.length;
  }
  table.finish();
  const path = join(folder, 'raw.parquet');
  const clock = systemClock();
  const startMs = clock.monotonic();
  await connection.run(
    `COPY (SELECT * FROM raw ORDER BY offer_id, ts) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  const name = `raw Parquet (${spanText(days)}, sorted)`;
  report(`${name}: bytes`, statSync(path).size / rows, 'B/obs');
  report(`${name}: sort and write`, clock.monotonic() - startMs, 'ms');
  connection.closeSync();
  instance.closeSync();
}
