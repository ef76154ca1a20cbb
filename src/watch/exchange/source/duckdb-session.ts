// A DuckDB in memory for reading files of other people: bounded memory, UTC, spilling into a folder of ours.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { RawCell } from './raw-row.ts';

/** Enough for windows of some 200,000 rows and for sorting in pieces; what does not fit is spilled. */
const MEMORY_LIMIT = '512MB';

export interface DuckDbSession {
  readonly connection: DuckDBConnection;
  close(): void;
}

export async function openDuckDb({ spillDir }: { readonly spillDir?: string } = {}): Promise<DuckDbSession> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    ...(spillDir === undefined ? {} : { temp_directory: spillDir }),
    // Looking for extensions on the net would make a misspelt function wait for a network.
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A column's name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The rows of a query as arrays, a chunk (2,048 rows) at a time: nothing is gathered. The query must give plain
 * types only: no decimals, times or lists. Columns for which `texts` has a list are numbers of that list.
 */
export async function* streamRows(
  connection: DuckDBConnection,
  sql: string,
  texts: readonly (readonly string[] | undefined)[] = [],
): AsyncGenerator<RawCell[][]> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const columns = chunk.getColumns() as RawCell[][];
    for (const [i, list] of texts.entries()) {
      const column = columns[i];
      if (list && column) columns[i] = column.map((code) => (code === null ? null : list[Number(code)]));
    }
    const rows: RawCell[][] = [];
    for (let row = 0; row < chunk.rowCount; row += 1) rows.push(columns.map((column) => column[row]));
    yield rows;
  }
}
