// The pages of the listing: which instances fit, in which order, from where on.
import { ApiError } from '../api/api-error.ts';
import { filterRows, jsonParam, orderRows, type Row } from '../api/list-query.ts';
import type { Instance } from './instance.ts';

/** Columns that are stored with the contract; what is computed cannot be searched for. */
const SEARCHABLE = [
  'id',
  'label',
  'actual_status',
  'intended_status',
  'cur_state',
  'next_state',
  'gpu_name',
  'verification',
  'machine_id',
  'host_id',
  'image_uuid',
  'image_runtype',
  'template_id',
  'template_hash_id',
  'is_bid',
  'disk_space',
  'start_date',
  'end_date',
];

const MOST_ROWS = 25;
const ROWS_OF_NONSENSE = 5;

export interface ListQuery {
  readonly filters: unknown;
  readonly orderBy: unknown;
  readonly limit: number;
  readonly afterToken: string | null;
  readonly columns: unknown;
}

/** Throws ApiError 400 for parameters that are no JSON. */
export function readListQuery(query: URLSearchParams): ListQuery {
  return {
    filters: jsonParam(query, 'select_filters'),
    orderBy: jsonParam(query, 'order_by'),
    limit: limitOf(query.get('limit')),
    afterToken: query.get('after_token'),
    columns: jsonParam(query, 'select_cols'),
  };
}

/** At most 25 rows; none or fewer means 5. */
function limitOf(text: string | null): number {
  if (text === null || text === '') return MOST_ROWS;
  const limit = Number(text);
  if (!Number.isInteger(limit)) {
    throw new ApiError(400, 'invalid_request', `Error in query parameters: limit ${text} is not an integer`);
  }
  return limit <= 0 ? ROWS_OF_NONSENSE : Math.min(limit, MOST_ROWS);
}

export interface ListPage {
  readonly instances: readonly Instance[];
  readonly total: number;
  readonly labelCounts: Readonly<Record<string, number>>;
  readonly nextToken: string | null;
}

/** Throws ApiError 400 for a key that cannot be searched for, an operator that is none, a token that is none. */
export function pageOfInstances(
  instances: readonly Instance[],
  { filters, orderBy, limit, afterToken }: ListQuery,
  rowOf: (instance: Instance) => Row,
): ListPage {
  // What the official client asks for: everything by id. It is asked often enough to be worth a short way.
  const isPlain = isEmpty(filters) && columnsOf(orderBy).every((column) => column === 'id');
  const rows = instances.map((instance) => ({ ...(isPlain ? {} : rowOf(instance)), id: instance.id }));
  const found = orderRows(filterRows(rows, filters, SEARCHABLE), orderBy);
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const start = afterToken ? startAfter(found, orderBy, afterToken) : 0;
  const page = found.slice(start, start + limit);
  const last = page.at(-1);
  const isMore = last !== undefined && start + limit < found.length;
  const labelCounts: Record<string, number> = {};
  for (const { id } of found) {
    const label = byId.get(id)?.label ?? '';
    labelCounts[label] = (labelCounts[label] ?? 0) + 1;
  }
  return {
    instances: page.map(({ id }) => byId.get(id) as Instance),
    total: found.length,
    labelCounts,
    nextToken: isMore ? tokenOf(last, orderBy) : null,
  };
}

function isEmpty(filters: unknown): boolean {
  return (
    filters === undefined ||
    (typeof filters === 'object' && filters !== null && Object.keys(filters).length === 0)
  );
}

function columnsOf(orderBy: unknown): readonly string[] {
  if (!Array.isArray(orderBy)) return [];
  return orderBy.map((term: unknown) => String((term as { readonly col?: unknown } | null)?.col));
}

/** Base64 of `{"values": {"id": 123}}`, with the columns that are sorted by. */
function tokenOf(row: Row, orderBy: unknown): string {
  const values = Object.fromEntries([...columnsOf(orderBy), 'id'].map((col) => [col, row[col] ?? null]));
  return Buffer.from(JSON.stringify({ values })).toString('base64');
}

/** The rows behind the token's values: its own row may be gone by now. */
function startAfter(rows: readonly Row[], orderBy: unknown, token: string): number {
  const values = valuesOf(token);
  // The token's own row ties with it and stays before it, since sorting keeps the order of what is alike.
  return orderRows([...rows, { ...values, isMark: true }], orderBy).findIndex(
    ({ isMark }) => isMark === true,
  );
}

function valuesOf(token: string): Row {
  const invalid = () => new ApiError(400, 'invalid_token', 'Invalid pagination token');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid();
  }
  const values = (parsed as { readonly values?: unknown } | null)?.values;
  if (typeof values !== 'object' || values === null || !('id' in values)) throw invalid();
  if (typeof values.id !== 'number') throw invalid();
  return values as Row;
}
