// The mark of a made-up market on what is exported of it, so that its rows are never taken for the live market's:
// metadata in Parquet, a table of its own in SQLite. CSV has no place for one.
import type { DatabaseSync } from 'node:sqlite';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './source/duckdb-session.ts';

/** The key in Parquet's metadata, and the table in SQLite; either holds the simulation's seed. */
const MARK = 'vastdeck_simulated';

/** To be added to the options of COPY; empty for a real market. */
export function parquetMark(seed: string | undefined): string {
  return seed === undefined ? '' : `, KV_METADATA {${MARK}: ${literal(seed)}}`;
}

/** The seed, or undefined where the file says nothing. */
export async function readParquetMark(
  connection: DuckDBConnection,
  path: string,
): Promise<string | undefined> {
  const reader = await connection.runAndReadAll(
    `SELECT decode(value) FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = ${literal(MARK)}`,
  );
  const seed = reader.getRows()[0]?.[0];
  return typeof seed === 'string' ? seed : undefined;
}

/** Adds the table to a database that is being written. */
export function markSqlite(db: DatabaseSync, seed: string): void {
  db.exec(`CREATE TABLE ${MARK} (seed TEXT NOT NULL)`);
  db.prepare(`INSERT INTO ${MARK} VALUES (?)`).run(seed);
}

export function readSqliteMark(db: DatabaseSync): string | undefined {
  const table = db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(MARK);
  const row = table && db.prepare(`SELECT seed FROM ${MARK}`).get();
  return typeof row?.seed === 'string' ? row.seed : undefined;
}
