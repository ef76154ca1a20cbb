// Query results as plain JavaScript values that survive JSON.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';

/** Runs a query and returns its rows; parameters are given by name (`$name`). */
export async function toPlainRows(
  connection: DuckDBConnection,
  sql: string,
  params?: Record<string, unknown>,
): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(sql, params as Record<string, DuckDBValue> | undefined);
  const plain = await plainly();
  const names = reader.deduplicatedColumnNames();
  const columns = reader.getColumns();
  return Array.from({ length: reader.currentRowCount }, (_, row) =>
    Object.fromEntries(names.map((name, column) => [name, plain(columns[column]?.[row] ?? null)])),
  );
}

/** Whole numbers as numbers where they are exact, else as bigint; dates and times as ISO 8601 (UTC). */
async function plainly(): Promise<(value: DuckDBValue) => unknown> {
  const {
    DuckDBDateValue,
    DuckDBDecimalValue,
    DuckDBListValue,
    DuckDBStructValue,
    DuckDBTimestampTZValue,
    DuckDBTimestampValue,
  } = await import('@duckdb/node-api');
  return function plain(value: DuckDBValue): unknown {
    if (typeof value === 'bigint') {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof DuckDBDecimalValue) return value.toDouble();
    if (value instanceof DuckDBDateValue) return value.toString();
    if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
      return isoOfMicros(value.micros);
    }
    if (value instanceof DuckDBListValue) return value.items.map(plain);
    if (value instanceof DuckDBStructValue) {
      return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, plain(entry)]));
    }
    return value.toString();
  };
}

function isoOfMicros(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString().replace('.000Z', 'Z');
}
