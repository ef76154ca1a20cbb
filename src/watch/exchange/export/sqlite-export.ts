// A SQLite file as VastWatch writes it, `offers_raw` with its two indexes, and `agg_gpu_daily` as its recipe
// fills it: whatever was built on such a file goes on working.
import { DatabaseSync } from 'node:sqlite';
import type { DuckDBConnection } from '@duckdb/node-api';
import { markSqlite } from '../simulated-mark.ts';
import { streamRows } from '../source/duckdb-session.ts';
import { RAW_COLUMNS } from '../source/raw-row.ts';
import { openStoredRows } from '../stored-rows.ts';
import type { DayDone } from './day-files.ts';
import type { ExportDay } from './selection.ts';

const SCHEMA = `
CREATE TABLE offers_raw (
  ts TEXT NOT NULL,
  offer_id INTEGER NOT NULL,
  machine_id INTEGER NOT NULL,
  gpu_name TEXT,
  num_gpus INTEGER,
  gpu_frac REAL,
  gpu_total_ram_gb REAL,
  dph_total_usd REAL,
  reliability2 REAL,
  geolocation TEXT,
  type TEXT,
  rentable INTEGER,
  rented INTEGER,
  verified INTEGER,
  deverified INTEGER,
  availability_state TEXT
);
CREATE TABLE agg_gpu_daily (
  date TEXT,
  gpu_name TEXT,
  geolocation TEXT,
  type TEXT,
  rented_offers INTEGER,
  available_offers INTEGER,
  utilization_pct REAL,
  median_price_rented REAL,
  median_price_avail REAL,
  p10_price_avail REAL,
  p90_price_avail REAL
);`;

const INDEXES = `
CREATE INDEX idx_ts ON offers_raw(ts);
CREATE INDEX idx_gpu ON offers_raw(gpu_name, geolocation, type);`;

/** The daily recipe: it goes by `rented`, as the original's does. */
const DAILY = `
SELECT substr(ts, 1, 10), gpu_name, geolocation, coalesce(type, 'any'),
  CAST(count(*) FILTER (WHERE rented = 1) AS DOUBLE),
  CAST(count(*) FILTER (WHERE rented = 0) AS DOUBLE),
  round(100e0 * count(*) FILTER (WHERE rented = 1) / count(*), 2),
  median(dph_total_usd) FILTER (WHERE rented = 1),
  median(dph_total_usd) FILTER (WHERE rented = 0),
  quantile_cont(dph_total_usd, 0.10) FILTER (WHERE rented = 0),
  quantile_cont(dph_total_usd, 0.90) FILTER (WHERE rented = 0)
FROM offers_raw`;

export interface SqliteExportOptions {
  readonly connection: DuckDBConnection;
  readonly days: readonly ExportDay[];
  readonly target: string;
  /** Marks a made-up market with a table of its own. */
  readonly simulatedSeed?: string | undefined;
  readonly onDay: DayDone;
  readonly signal?: AbortSignal | undefined;
}

/** Writes the file a day a transaction, rows in the order of time. */
export async function exportSqlite({
  connection,
  days,
  target,
  simulatedSeed,
  onDay,
  signal,
}: SqliteExportOptions): Promise<void> {
  const db = new DatabaseSync(target);
  try {
    // The file has no name yet that anybody knows: it needs no safety until it is whole, and is flushed then.
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;');
    db.exec(SCHEMA);
    if (simulatedSeed !== undefined) markSqlite(db, simulatedSeed);
    const insertRaw = db.prepare(`INSERT INTO offers_raw VALUES (${marks(RAW_COLUMNS.length)})`);
    const insertDaily = db.prepare(`INSERT INTO agg_gpu_daily VALUES (${marks(11)})`);
    const stored = await openStoredRows(connection);
    for (const day of days) {
      db.exec('BEGIN');
      let rows = 0;
      // Ids come as doubles; the columns' affinity makes integers of them again.
      for await (const chunk of stored.stream(`WHERE ${day.where} ORDER BY ts, offer_id, type`)) {
        signal?.throwIfAborted();
        for (const row of chunk) insertRaw.run(...(row as SqlValue[]));
        rows += chunk.length;
      }
      const daily = `${DAILY} WHERE ${day.where} GROUP BY ALL ORDER BY ALL`;
      for await (const chunk of streamRows(connection, daily)) {
        for (const row of chunk) insertDaily.run(...(row as SqlValue[]));
      }
      db.exec('COMMIT');
      onDay(day, rows);
    }
    db.exec(INDEXES);
  } finally {
    db.close();
  }
}

type SqlValue = string | number | null;

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
