// What listings have in common: filters, order, columns and pages, as they stand in a query.
import { ApiError } from './api-error.ts';
import { numberOf } from './read-body.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A parameter that holds JSON; undefined when it is absent or null. Throws ApiError 400 for what is no JSON. */
export function jsonParam(query: URLSearchParams, name: string): unknown {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  try {
    return (JSON.parse(text) as unknown) ?? undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ApiError(400, 'invalid_request', `Error in query parameters: ${name} is no JSON`);
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  neq: (order) => order !== 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
};

/**
 * Rows that fit `{"field": {"op": value}}`; all must hold. Throws ApiError 400 for an unknown operator, and for a
 * field that is not among `fields` when those are given.
 */
export function filterRows<T extends Row>(
  rows: readonly T[],
  filters: unknown,
  fields?: readonly string[],
): T[] {
  if (filters === undefined) return [...rows];
  if (!isRow(filters)) throw badFilter('select_filters is no object');
  const tests = Object.entries(filters).flatMap(([field, conditions]) => {
    if (fields && !fields.includes(field)) throw badFilter(`${field} is not a valid search key`);
    const byOp = isRow(conditions) ? conditions : { eq: conditions };
    return Object.entries(byOp).map(([op, wanted]) => testOf(field, op, wanted));
  });
  return rows.filter((row) => tests.every((test) => test(row)));
}

function testOf(field: string, op: string, wanted: unknown): (row: Row) => boolean {
  if (op === 'in' || op === 'notin') {
    const list: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    return (row) => list.some((each) => compare(row[field], each) === 0) === (op === 'in');
  }
  const holds = COMPARISONS[op];
  if (!holds) throw badFilter(`${op} is not a valid search op`);
  return (row) => {
    const order = compare(row[field], wanted);
    return order === undefined ? op === 'neq' : holds(order);
  };
}

/** Undefined when the two cannot be compared, as anything with null, except null with null. */
function compare(value: unknown, wanted: unknown): number | undefined {
  const given = value ?? null;
  if (given === null || wanted === null) return given === wanted ? 0 : undefined;
  if (typeof given === 'number') return orderOf(given, Number(wanted));
  if (typeof given === 'boolean') return String(given) === wordOf(wanted).toLowerCase() ? 0 : undefined;
  if (typeof given === 'string') return orderOf(given, wordOf(wanted));
  return undefined;
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function orderOf<T extends number | string>(a: T, b: T): number | undefined {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined;
}

/**
 * Ordered by `[{"col", "dir"}]` or `[["col", "dir"]]`, ties by `id`; a direction that is none counts as `fallback`.
 * Nulls come last.
 */
export function orderRows<T extends Row>(
  rows: readonly T[],
  orderBy: unknown,
  fallback: 'asc' | 'desc' = 'asc',
): T[] {
  const terms = (Array.isArray(orderBy) ? (orderBy as readonly unknown[]) : []).map(termOf);
  return [...rows].sort((a, b) => {
    for (const { col, dir } of [...terms, { col: 'id', dir: undefined }]) {
      const [left, right] = [a[col] ?? null, b[col] ?? null];
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1;
        continue;
      }
      const order = compare(left, right) ?? 0;
      const direction = dir === 'asc' || dir === 'desc' ? dir : fallback;
      if (order !== 0) return direction === 'desc' ? -order : order;
    }
    return 0;
  });
}

function termOf(term: unknown): { readonly col: string; readonly dir: unknown } {
  if (Array.isArray(term)) return { col: String(term[0]), dir: term[1] };
  if (isRow(term)) return { col: String(term.col), dir: term.dir };
  return { col: String(term), dir: undefined };
}

/** The named columns, null where a row has none; all of them for `["*"]` or nothing. */
export function selectCols<T extends Row>(rows: readonly T[], cols: unknown): readonly Row[] {
  if (!Array.isArray(cols) || cols.includes('*')) return rows;
  return rows.map((row) => Object.fromEntries(cols.map((col) => [String(col), row[String(col)] ?? null])));
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Undefined behind the last page. */
  readonly nextToken: string | null;
}

/** The page that a query asks for by `limit` and `after_token`. Throws ApiError 400 as `pageOf` does. */
export function askedPage<T extends Row>(
  rows: readonly T[],
  query: URLSearchParams,
  { usual, most }: { readonly usual: number; readonly most: number },
): Page<T> {
  const limit = numberOf({ limit: query.get('limit') }, 'limit') ?? usual;
  return pageOf(rows, Math.min(most, Math.max(1, limit)), query.get('after_token'));
}

/**
 * The next `limit` rows after the one that the token names by its `id`. Throws ApiError 400 for a token that is none,
 * or whose row is gone.
 */
export function pageOf<T extends Row>(rows: readonly T[], limit: number, afterToken: string | null): Page<T> {
  const start = afterToken ? indexAfter(rows, afterToken) : 0;
  const page = rows.slice(start, start + limit);
  const last = page.at(-1);
  const isMore = start + limit < rows.length;
  return { rows: page, nextToken: isMore && last ? tokenOf(last.id) : null };
}

function tokenOf(id: unknown): string {
  return Buffer.from(`{"values": {"id": ${JSON.stringify(id)}}}`).toString('base64');
}

function indexAfter(rows: readonly Row[], token: string): number {
  const index = rows.findIndex(({ id }) => tokenOf(id) === token);
  if (index < 0) throw new ApiError(400, 'invalid_token', 'Invalid pagination token');
  return index + 1;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badFilter(what: string): ApiError {
  return new ApiError(400, 'invalid_request', `Error in query parameters: ${what}`);
}
