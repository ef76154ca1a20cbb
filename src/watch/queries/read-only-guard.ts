// Lets through only queries that read the store's tables: DuckDB's own parser says what a query is made of, and
// everything in it that is not known to be harmless is refused. The session denies files by itself as well; here
// the refusal is a sentence.
import type { DuckDBConnection } from '@duckdb/node-api';
import { assert } from '../../base/std/index.ts';
import { charOffset, placeAt, SqlError, type SqlPlace } from './sql-error.ts';
import type { Translation } from './sqlite-dialect.ts';

/** Table functions that only make or describe rows. */
const TABLE_FUNCTIONS = new Set([
  'unnest',
  'range',
  'generate_series',
  'repeat_row',
  'duckdb_tables',
  'duckdb_views',
  'duckdb_columns',
  'duckdb_functions',
  'duckdb_types',
  'pragma_table_info',
  'json_each',
  'json_tree',
]);

/** Scalar functions that look outside of the tables. */
const OUTSIDE = new Set([
  'getenv',
  'read_text',
  'read_blob',
  'current_setting',
  'nextval',
  'setseed',
  'write_log',
  'add_parquet_key',
]);

type Node = { readonly [key: string]: unknown };

export interface GuardRequest {
  /** The query alone, at the places that it has in the text. */
  readonly sql: string;
  /** The text as it was written, for places in sentences. */
  readonly text: string;
  readonly translation: Pick<Translation, 'offsetOf'>;
}

/** Resolves with the names of the tables that the query reads; throws SqlError for what it may not. */
export async function guardQuery(
  connection: DuckDBConnection,
  { sql, text, translation }: GuardRequest,
): Promise<ReadonlySet<string>> {
  const place = (byteOffset: unknown): SqlPlace | undefined => {
    const offset = Number(byteOffset);
    if (!Number.isSafeInteger(offset)) return undefined;
    return placeAt(text, translation.offsetOf(charOffset(sql, offset)));
  };
  const tree = await parse(connection, sql);
  if (tree.error === true) {
    if (tree.error_type === 'parser')
      throw new SqlError(`${oneLine(tree.error_message)}.`, place(tree.position));
    throw new SqlError(
      'only SELECT is run here, alone or behind WITH; PIVOT and everything that writes is not',
    );
  }
  const known = await catalogNames(connection);
  const read = new Set<string>();
  const defined = commonTableNames(tree);
  visit(tree, (node) => {
    const at = () => place(node.query_location);
    if (node.type === 'TABLE_FUNCTION') {
      const name = lower((node.function as Node | undefined)?.function_name);
      if (!TABLE_FUNCTIONS.has(name) && !known.tableMacros.has(name)) {
        throw new SqlError(
          `the table function ${name}() is not run here: a query reads the store's tables, and no file, setting or other database`,
          at(),
        );
      }
    }
    if (node.class === 'FUNCTION' && OUTSIDE.has(lower(node.function_name))) {
      throw new SqlError(
        `the function ${lower(node.function_name)}() is not run here: it looks outside of the store`,
        at(),
      );
    }
    if (node.type === 'BASE_TABLE') {
      const name = lower(node.table_name);
      read.add(name);
      if (!defined.has(name) && !known.tables.has(name)) {
        throw new SqlError(
          `there is no table "${typeof node.table_name === 'string' ? node.table_name : ''}"; the store has ${known.shown.join(', ')}`,
          at(),
        );
      }
    }
  });
  return read;
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Node> {
  const reader = await connection.runAndReadAll(`SELECT json_serialize_sql('${sql.replaceAll("'", "''")}')`);
  const json = reader.getRows()[0]?.[0];
  assert(typeof json === 'string', 'DuckDB gave no tree of the query');
  return JSON.parse(json) as Node;
}

async function catalogNames(connection: DuckDBConnection) {
  const tables = await textRows(
    connection,
    `SELECT lower(table_name), schema_name = 'main' FROM duckdb_tables()
     UNION ALL SELECT lower(view_name), schema_name = 'main' AND NOT internal FROM duckdb_views()`,
  );
  const macros = await textRows(
    connection,
    "SELECT lower(function_name), true FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal",
  );
  const shown = tables.filter(({ isShown, name }) => isShown && !name.startsWith('vd_'));
  return {
    // Those of information_schema are not in DuckDB's own lists.
    tables: new Set([...tables.map(({ name }) => name), 'tables', 'columns', 'views', 'schemata']),
    shown: [...new Set(shown.map(({ name }) => name))].sort((a, b) => a.localeCompare(b)),
    tableMacros: new Set(macros.map(({ name }) => name)),
  };
}

async function textRows(connection: DuckDBConnection, sql: string) {
  const rows = (await connection.runAndReadAll(sql)).getRows();
  return rows.map(([name, isShown]) => ({
    name: typeof name === 'string' ? name : '',
    isShown: isShown === true,
  }));
}

function commonTableNames(tree: Node): ReadonlySet<string> {
  const names = new Set<string>();
  visit(tree, (node) => {
    const map = (node.cte_map as Node | undefined)?.map;
    if (Array.isArray(map)) for (const entry of map as Node[]) names.add(lower(entry.key));
  });
  return names;
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const element of node) visit(element, see);
  } else if (node !== null && typeof node === 'object') {
    see(node as Node);
    for (const value of Object.values(node)) visit(value, see);
  }
}

function lower(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function oneLine(value: unknown): string {
  return (typeof value === 'string' ? value : 'the query cannot be read').replaceAll(/\s+/g, ' ').trim();
}
