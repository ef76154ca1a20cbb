// A search body as sent, parsed: options, order, and the tests of its filter fields.
import type { MarketView, PriceType } from '../market/market.ts';
import { type Column, findColumn } from './fields.ts';
import { compileField, type FilterContext, type RowTest } from './filter.ts';
import { SearchError } from './search-error.ts';

/** `none`: what is not filtered is answered, as recorded. `documented`: the defaults of the published schema. */
export const SEARCH_DEFAULTS = ['none', 'documented'] as const;
export type SearchDefaults = (typeof SEARCH_DEFAULTS)[number];

export interface SearchQuery {
  readonly view: MarketView;
  readonly tests: readonly RowTest[];
  readonly order: readonly SortKey[];
  readonly limit: number;
  readonly isUnbundled: boolean;
}

export interface SortKey {
  readonly column: Column;
  readonly direction: 'asc' | 'desc';
}

/** GB that are priced when the search does not say (2026-07-18: every row has the price of 8). */
const DEFAULT_ALLOCATED_GB = 8;

const TYPES: Readonly<Record<string, PriceType>> = {
  ondemand: 'on-demand',
  'on-demand': 'on-demand',
  bid: 'bid',
  reserved: 'reserved',
};

const OPTIONS = new Set(['type', 'order', 'limit', 'allocated_storage', 'disable_bundling', 'select_cols']);

const DOCUMENTED_DEFAULTS: Readonly<Record<string, unknown>> = {
  verified: { eq: true },
  rentable: { eq: true },
  rented: { eq: false },
};

/** Throws SearchError. */
export function parseSearch(body: unknown, context: FilterContext, defaults: SearchDefaults): SearchQuery {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new SearchError('Invalid json body');
  const fields: Record<string, unknown> = { ...body };
  if (defaults === 'documented') {
    for (const [name, condition] of Object.entries(DOCUMENTED_DEFAULTS)) fields[name] ??= condition;
  }
  const type = fields.type ?? 'on-demand';
  const priceType = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!priceType) {
    throw new SearchError(`Error in query parameters: ${JSON.stringify(type)} is not a valid type`);
  }
  const allocatedGb = parseAmount(fields.allocated_storage, 'allocated_storage', DEFAULT_ALLOCATED_GB);
  const tests = Object.entries(fields)
    .filter(([name, value]) => !OPTIONS.has(name) && value !== undefined)
    .flatMap(([name, conditions]) => compileField(name, conditions, context));
  if (fields.allocated_storage !== undefined && fields.allocated_storage !== null) {
    tests.push(...compileField('disk_space', { gte: allocatedGb }, context));
  }
  return {
    view: { type: priceType, allocatedGb },
    tests,
    order: parseOrder(fields.order, context),
    limit: parseLimit(fields.limit),
    isUnbundled: fields.disable_bundling === true || fields.disable_bundling === 'true',
  };
}

function parseAmount(value: unknown, name: string, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number) || number < 0) {
    throw new SearchError(
      `Error in query parameters: ${JSON.stringify(value)} is not a valid value for ${name}`,
    );
  }
  return number;
}

function parseLimit(value: unknown): number {
  const limit = parseAmount(value, 'limit', Number.POSITIVE_INFINITY);
  if (limit !== Number.POSITIVE_INFINITY && !Number.isInteger(limit)) {
    throw new SearchError(`Error in query parameters: ${String(value)} is not a valid value for limit`);
  }
  return limit;
}

function parseOrder(value: unknown, { extraColumns }: FilterContext): SortKey[] {
  if (value === undefined || value === null) return [sortKey('score', 'desc', extraColumns)];
  if (!Array.isArray(value)) throw new SearchError('Error in query parameters: order is not a list');
  return value.map((entry: unknown) => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') {
      throw new SearchError(`Error in query parameters: ${JSON.stringify(entry)} is not a valid order`);
    }
    return sortKey(entry[0], entry[1] ?? 'asc', extraColumns);
  });
}

function sortKey(name: string, direction: unknown, extra: FilterContext['extraColumns']): SortKey {
  const column = findColumn(name, extra);
  if (!column) throw new SearchError(`Error in query parameters: ${name} is not a valid search key`);
  if (direction !== 'asc' && direction !== 'desc') {
    throw new SearchError(`Error in query parameters: ${String(direction)} is not a valid order direction`);
  }
  return { column, direction };
}
