// A query's result as plain JSON values, whatever DuckDB's types are.
import type { DuckDBMaterializedResult } from '@duckdb/node-api';

export type SqlValue =
  | string
  | number
  | boolean
  | null
  | readonly SqlValue[]
  | { readonly [key: string]: SqlValue };

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, SqlValue>>[];
  /** What a reader must know to not be misled. */
  readonly warnings: readonly string[];
}

/** Integers become numbers where those are exact, else text; times become ISO 8601 text, decimals numbers. */
export async function readAnswer(result: DuckDBMaterializedResult): Promise<SqlAnswer> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  const columns = await result.getColumns();
  const rows: Record<string, SqlValue>[] = [];
  const count = columns[0]?.length ?? 0;
  for (let at = 0; at < count; at += 1) {
    const row: Record<string, SqlValue> = {};
    for (const [place, name] of names.entries()) row[name] = toValue(columns[place]?.[at]);
    rows.push(row);
  }
  return { columns: names.map((name, place) => ({ name, type: String(types[place]) })), rows, warnings: [] };
}

function toValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    case 'number':
    case 'string':
    case 'boolean':
      return value;
    default:
      return objectValue(value);
  }
}

function objectValue(value: object): SqlValue {
  const { items, entries, toDouble } = value as {
    items?: unknown;
    entries?: unknown;
    toDouble?: () => number;
  };
  if (typeof toDouble === 'function') return toDouble.call(value);
  if (Array.isArray(items)) return items.map(toValue);
  if (entries !== null && typeof entries === 'object') return structValue(entries);
  // Dates, times, intervals, UUIDs and the like write themselves as SQL does; a timestamp as ISO 8601.
  return String(value as { toString(): string }).replace(
    /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?$/,
    '$1T$2Z',
  );
}

function structValue(entries: object): SqlValue {
  if (Array.isArray(entries)) {
    return Object.fromEntries(
      entries.map((entry: { key: unknown; value: unknown }) => [
        JSON.stringify(toValue(entry.key)).replace(/^"(.*)"$/, '$1'),
        toValue(entry.value),
      ]),
    );
  }
  return Object.fromEntries(Object.entries(entries).map(([key, inner]) => [key, toValue(inner)]));
}
