// The columns of a store's `offers_raw` as they are streamed into JavaScript: ids as doubles, which hold them
// exactly, and texts as numbers of lists.
import type { DuckDBConnection } from '@duckdb/node-api';
import { AVAILABILITIES } from '../history/index.ts';
import { type CodedTexts, codeTexts } from './source/coded-texts.ts';
import { literal, streamRows } from './source/duckdb-session.ts';
import { RAW_COLUMNS, type RawCell, type RawColumn } from './source/raw-row.ts';

/** Where the texts of a column come from without expanding a single poll. */
const OCCURRING: Readonly<Partial<Record<RawColumn, string>>> = {
  ts: 'SELECT ts FROM polls',
  gpu_name: 'SELECT gpu_name FROM attr_spans',
  geolocation: 'SELECT geolocation FROM attr_spans',
  type: 'SELECT type FROM types',
  availability_state: `VALUES ${AVAILABILITIES.map((name) => `(${literal(name)})`).join(', ')}`,
};

export interface StoredRows {
  /** Rows in the order of `RAW_COLUMNS`; `rest` is what follows FROM offers_raw. */
  stream(rest: string): AsyncIterable<RawCell[][]>;
}

/** Prepares the lists; once a connection. */
export async function openStoredRows(connection: DuckDBConnection): Promise<StoredRows> {
  const columns: CodedTexts[] = [];
  for (const column of RAW_COLUMNS) {
    const occurring = OCCURRING[column];
    columns.push(
      occurring === undefined
        ? { expression: `CAST(${column} AS DOUBLE)`, texts: undefined }
        : await codeTexts({ connection, name: column, expression: column, occurring }),
    );
  }
  const select = `SELECT ${columns.map((column) => column.expression).join(', ')} FROM offers_raw`;
  const texts = columns.map((column) => column.texts);
  return { stream: (rest) => streamRows(connection, `${select} ${rest}`, texts) };
}
