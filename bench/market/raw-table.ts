// The reference: every observation of every poll as a row with the original's 16 columns, in SQLite and in DuckDB.
import type { DuckDBConnection } from '@duckdb/node-api';
import { BIGINT, DOUBLE, DuckDBDataChunk, type DuckDBType, INTEGER, VARCHAR } from '@duckdb/node-api';
import { formatIso } from '../../src/base/std/index.ts';
import type { Observation, PollInput } from '../../src/watch/history/index.ts';

type RawValue = string | number | null;

interface RawColumn {
  readonly name: string;
  readonly sqlite: 'TEXT' | 'INTEGER' | 'REAL';
  readonly duckdb: DuckDBType;
  readonly of: (o: Observation, ts: string) => RawValue;
}

/** In the original's order. */
export const RAW_COLUMNS: readonly RawColumn[] = [
  { name: 'ts', sqlite: 'TEXT', duckdb: VARCHAR, of: (_o, ts) => ts },
  { name: 'offer_id', sqlite: 'INTEGER', duckdb: BIGINT, of: (o) => o.offerId },
  { name: 'machine_id', sqlite: 'INTEGER', duckdb: BIGINT, of: (o) => o.machineId },
  { name: 'gpu_name', sqlite: 'TEXT', duckdb: VARCHAR, of: (o) => o.gpuName },
  { name: 'num_gpus', sqlite: 'INTEGER', duckdb: INTEGER, of: (o) => o.numGpus },
  { name: 'gpu_frac', sqlite: 'REAL', duckdb: DOUBLE, of: (o) => o.gpuFrac },
  { name: 'gpu_total_ram_gb', sqlite: 'REAL', duckdb: DOUBLE, of: (o) => o.gpuTotalRamGb },
  { name: 'dph_total_usd', sqlite: 'REAL', duckdb: DOUBLE, of: (o) => o.dphTotal },
  { name: 'reliability2', sqlite: 'REAL', duckdb: DOUBLE, of: (o) => o.reliability },
  { name: 'geolocation', sqlite: 'TEXT', duckdb: VARCHAR, of: (o) => o.geolocation },
  { name: 'type', sqlite: 'TEXT', duckdb: VARCHAR, of: (o) => o.type },
  { name: 'rentable', sqlite: 'INTEGER', duckdb: INTEGER, of: (o) => o.rentable },
  { name: 'rented', sqlite: 'INTEGER', duckdb: INTEGER, of: (o) => o.rented },
  { name: 'verified', sqlite: 'INTEGER', duckdb: INTEGER, of: (o) => o.verified },
  { name: 'deverified', sqlite: 'INTEGER', duckdb: INTEGER, of: (o) => o.deverified },
  { name: 'availability_state', sqlite: 'TEXT', duckdb: VARCHAR, of: (o) => o.availability },
];

export const RAW_SQLITE_DDL = `CREATE TABLE offers_raw (${RAW_COLUMNS.map(({ name, sqlite }) => `${name} ${sqlite}`).join(', ')});
CREATE INDEX idx_ts ON offers_raw(ts);
CREATE INDEX idx_gpu ON offers_raw(gpu_name, geolocation, type);`;

/** Rows of one DuckDB vector. */
const CHUNK_ROWS = 2048;

export interface RawTable {
  append(poll: PollInput): void;
  /** Nothing can be appended afterwards. */
  finish(): void;
}

/** Creates the table `name` in DuckDB and fills it by whole vectors. */
export async function createRawTable(connection: DuckDBConnection, name: string): Promise<RawTable> {
  const columns = RAW_COLUMNS.map((column) => `${column.name} ${String(column.duckdb)}`);
  await connection.run(`CREATE TABLE ${name} (${columns.join(', ')})`);
  const appender = await connection.createAppender(name);
  return {
    append({ tsMs, observations }) {
      const ts = formatIso(tsMs);
      for (let from = 0; from < observations.length; from += CHUNK_ROWS) {
        const rows = observations.slice(from, from + CHUNK_ROWS);
        const chunk = DuckDBDataChunk.create(
          RAW_COLUMNS.map((column) => column.duckdb),
          rows.length,
        );
        for (const [index, column] of RAW_COLUMNS.entries()) {
          const isBig = column.duckdb === BIGINT;
          const vector = chunk.getColumnVector(index);
          for (const [at, row] of rows.entries()) {
            const value = column.of(row, ts);
            vector.setItem(at, isBig && typeof value === 'number' ? BigInt(value) : value);
          }
          vector.flush();
        }
        appender.appendDataChunk(chunk);
      }
    },
    finish() {
      appender.closeSync();
    },
  };
}
