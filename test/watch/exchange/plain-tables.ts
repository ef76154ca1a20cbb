// A DuckDB in memory with tables that have the names and columns of a store's views: what the export writers read.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDuckDb } from '../../../src/watch/exchange/source/duckdb-session.ts';
import { COLUMNS, type Row, writeCsv } from './vastwatch-files.ts';

export async function plainTables(
  rows: readonly Row[],
): Promise<AsyncDisposable & { readonly connection: DuckDBConnection }> {
  const folder = mkdtempSync(join(tmpdir(), 'vastdeck-plain-'));
  const csv = join(folder, 'rows.csv');
  writeCsv(csv, rows);
  const session = await openDuckDb();
  const { connection } = session;
  const typeOf = (name: string) =>
    ['ts', 'gpu_name', 'geolocation', 'type', 'availability_state'].includes(name)
      ? 'VARCHAR'
      : name.endsWith('_id')
        ? 'BIGINT'
        : ['num_gpus', 'rentable', 'rented', 'verified', 'deverified'].includes(name)
          ? 'INTEGER'
          : 'DOUBLE';
  const columns = COLUMNS.map((name) => `'${name}': '${typeOf(name)}'`).join(', ');
  await connection.run(
    `CREATE TABLE offers_raw AS FROM read_csv('${csv}', header = true, auto_detect = false, nullstr = '',
       allow_quoted_nulls = false, columns = {${columns}})`,
  );
  await connection.run(
    `CREATE TABLE polls AS SELECT ts, epoch_ms(CAST(ts AS TIMESTAMPTZ)) AS ts_ms, CAST(count(*) AS INTEGER) AS n
     FROM offers_raw GROUP BY ALL`,
  );
  await connection.run('CREATE VIEW attr_spans AS FROM offers_raw; CREATE VIEW types AS FROM offers_raw');
  rmSync(folder, { recursive: true });
  return { connection, [Symbol.asyncDispose]: async () => session.close() };
}
