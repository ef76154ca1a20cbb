// What reports need of a market reader, and how rows come out of DuckDB as plain numbers and text.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import { AssertionError, assertNever } from '../../base/std/index.ts';
import type { Origin } from '../history/index.ts';
import type { Cell, Row } from './report.ts';

/** The part of a MarketReader that reports use. */
export interface ReportSource {
  readonly origin: Origin;
  readonly connection: DuckDBConnection;
}

export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'live':
      return `live ${origin.url}`;
    case 'simulated':
      return `simulated, seed ${origin.seed}`;
    case 'replay':
    case 'import':
      return `${origin.kind} ${origin.name}`;
    default:
      return assertNever(origin, 'origin of a store');
  }
}

/** All rows of a query whose columns are DOUBLE, INTEGER, VARCHAR or BOOLEAN; a bigint becomes a number. */
export async function queryRows(source: ReportSource, sql: string): Promise<Row[]> {
  const { length, cells } = await queryColumns(source, sql);
  const columns = Object.entries(cells);
  return Array.from({ length }, (_, at) =>
    Object.fromEntries(columns.map(([name, column]) => [name, column[at] as Cell])),
  );
}

/** The same by columns. */
export async function queryColumns(
  source: ReportSource,
  sql: string,
): Promise<{ readonly length: number; readonly cells: Readonly<Record<string, readonly Cell[]>> }> {
  const result = await source.connection.runAndReadAll(sql);
  // Raw columns: what reports ask for needs no conversion, which would take longer than the query.
  const columns = result.getColumns();
  const cells = result
    .columnNames()
    .map((name, column) => [name, columns[column]?.map(toCell) ?? []] as const);
  return { length: result.currentRowCount, cells: Object.fromEntries(cells) };
}

/** The same where all columns are DOUBLE, by their names; null is NaN. */
export async function queryDoubles<Name extends string>(
  source: ReportSource,
  sql: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, Float64Array>>> {
  const result = await source.connection.run(sql);
  const columns = names.map(() => new Float64Array(result.rowCount));
  let at = 0;
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    for (const [number, column] of columns.entries()) copyColumn(chunk, number, column, at);
    at += chunk.rowCount;
  }
  return Object.fromEntries(names.map((name, number) => [name, columns[number]])) as Record<
    Name,
    Float64Array
  >;
}

/** Null is NaN. */
export function copyColumn(
  chunk: DuckDBDataChunk,
  column: number,
  target: Uint8Array | Int32Array | Float64Array,
  at: number,
): void {
  const vector = chunk.getColumnVector(column);
  const numbers = plainNumbers(vector);
  if (numbers) {
    target.set(numbers, at);
    return;
  }
  const rows = chunk.rowCount;
  for (let row = 0; row < rows; row += 1) target[at + row] = (vector.getItem(row) ?? Number.NaN) as number;
}

/** The numbers of a vector of them, null as NaN: a copy of their own where none is null, and then without a loop. */
export function numbersOf(vector: DuckDBVector): Float64Array {
  const numbers = plainNumbers(vector);
  if (numbers instanceof Float64Array) return numbers;
  return Float64Array.from({ length: vector.itemCount }, (_, at) => Number(vector.getItem(at) ?? Number.NaN));
}

/**
 * The numbers of a vector in which none is null, where the package keeps them as we know it: copied as a whole, they
 * take a tenth of the time. It has no public way to them; undefined when it keeps them otherwise.
 */
function plainNumbers(vector: DuckDBVector): Float64Array | Int32Array | Uint8Array | undefined {
  const items: unknown = Reflect.get(vector, 'items');
  const validity: unknown = Reflect.get(vector, 'validity');
  const isWithoutNull =
    typeof validity === 'object' && validity !== null && Reflect.get(validity, 'data') === null;
  const isPlain = items instanceof Float64Array || items instanceof Int32Array || items instanceof Uint8Array;
  return isWithoutNull && isPlain && items.length === vector.itemCount ? items : undefined;
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new AssertionError(`A report's column holds ${typeof value}, which is no plain value`);
}

/** As the engine first said it: it cuts digits off, so that a limit read and set anew each time would shrink. */
const memoryLimits = new WeakMap<DuckDBConnection, string>();

/**
 * Makes DuckDB's allocator return the pages that it keeps for its next query: 100 MB after the spans of a year. The
 * engine does so whenever its limit is set, and only then; the limit stays as it is, to a tenth of a MiB.
 */
export async function giveMemoryBack(source: ReportSource): Promise<void> {
  const { connection } = source;
  let limit = memoryLimits.get(connection);
  if (limit === undefined) {
    const [row] = await queryRows(source, `SELECT current_setting('memory_limit') AS memory`);
    limit = String(row?.memory);
    memoryLimits.set(connection, limit);
  }
  await connection.run(`SET memory_limit = ${sqlText(limit)}`);
}

/** Text as a SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
