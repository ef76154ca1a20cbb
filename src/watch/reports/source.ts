// What reports need of a market reader, and how rows come out of DuckDB as plain numbers and text.
import type { DuckDBConnection } from '@duckdb/node-api';
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
  const result = await source.connection.runAndReadAll(sql);
  const names = result.columnNames();
  // Raw columns: what reports ask for needs no conversion, which would take longer than the query.
  const columns = result.getColumns();
  const rows: Row[] = [];
  for (let at = 0; at < result.currentRowCount; at += 1) {
    const row: Record<string, Cell> = {};
    for (let column = 0; column < names.length; column += 1) {
      row[names[column] as string] = toCell(columns[column]?.[at]);
    }
    rows.push(row);
  }
  return rows;
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new AssertionError(`A report's column holds ${typeof value}, which is no plain value`);
}

/** Text as a SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
