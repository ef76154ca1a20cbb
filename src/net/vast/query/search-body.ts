// A typed query as the body of `POST /bundles/`.
import { InvalidRequestError } from '../errors.ts';
import type { OfferType } from '../offer.ts';
import type { FilterOperator, WireSearchBody } from '../wire/index.ts';
import { type FilterField, fieldSpec } from './fields.ts';
import type { Filter, FilterScalar, OfferQuery } from './offer-query.ts';
import { expandPlaces, isRegion } from './regions.ts';

/** What the official CLI adds to every search; a filter on the field takes its place. */
const OFFICIAL_DEFAULTS: readonly Filter[] = [
  { field: 'verified', op: 'eq', value: true },
  { field: 'external', op: 'eq', value: false },
  { field: 'rentable', op: 'eq', value: true },
];

const WIRE_TYPES: Readonly<Record<OfferType, string>> = {
  'on-demand': 'on-demand',
  interruptible: 'bid',
  reserved: 'reserved',
};

/**
 * The body of the search: filters with the wire's units, then order, type, limit, storage. Numbers go as
 * numbers, as the API's description shows; the official CLI sends them as text, which the service takes as well.
 * Throws InvalidRequestError when two filters ask one field to be two things.
 */
export function toSearchBody(query: OfferQuery): WireSearchBody {
  const { filters, cleared, defaults, order, limit } = query;
  const asked = new Set<FilterField>([...filters.map(({ field }) => field), ...cleared]);
  const added = defaults === 'official' ? OFFICIAL_DEFAULTS.filter(({ field }) => !asked.has(field)) : [];
  const body: Record<string, Partial<Record<FilterOperator, unknown>>> = {};
  for (const filter of [...added, ...filters]) {
    const { op, value } = onWire(filter);
    const ops = body[filter.field] ?? {};
    body[filter.field] = ops;
    addCondition(ops, filter.field, op, value);
  }
  const keys = order.length > 0 ? order : [{ field: 'score', direction: 'desc' } as const];
  return {
    ...body,
    order: keys.map(({ field, direction }) => [field, direction] as const),
    type: WIRE_TYPES[query.type],
    ...(limit === undefined ? {} : { limit }),
    allocated_storage: query.storageGb,
    ...(query.bundling === 'unbundled' ? { disable_bundling: true } : {}),
  };
}

type WireValue = FilterScalar | readonly FilterScalar[];

function onWire({ field, op, value }: Filter): { op: FilterOperator; value: WireValue } {
  const { kind, factor = 1, isIntegerFlag } = fieldSpec(field);
  if (kind === 'country' && value !== null) {
    const places = (Array.isArray(value) ? value : [value]) as readonly string[];
    if (op === 'in' || op === 'notin') return { op, value: expandPlaces(places) };
    if (isRegion(places[0] as string))
      return { op: op === 'eq' ? 'in' : 'notin', value: expandPlaces(places) };
    return { op, value: places[0] as string };
  }
  const scale = (item: FilterScalar): FilterScalar => {
    if (typeof item === 'number') return item * factor;
    return typeof item === 'boolean' && isIntegerFlag ? Number(item) : item;
  };
  return { op, value: Array.isArray(value) ? value.map(scale) : scale(value as FilterScalar) };
}

/** Two conditions with the same operator become the one that says both. */
function addCondition(
  ops: Partial<Record<FilterOperator, unknown>>,
  field: FilterField,
  op: FilterOperator,
  value: WireValue,
): void {
  const before = ops[op] as WireValue | undefined;
  if (before === undefined) {
    ops[op] = value;
    return;
  }
  switch (op) {
    case 'gt':
    case 'gte':
      ops[op] = larger(before, value) ? before : value;
      return;
    case 'lt':
    case 'lte':
      ops[op] = larger(before, value) ? value : before;
      return;
    case 'in': {
      const common = (value as readonly FilterScalar[]).filter((item) =>
        (before as readonly FilterScalar[]).includes(item),
      );
      if (common.length === 0) throw contradiction(field, before, value);
      ops.in = common;
      return;
    }
    case 'notin':
      ops.notin = [
        ...new Set([...(before as readonly FilterScalar[]), ...(value as readonly FilterScalar[])]),
      ];
      return;
    case 'neq':
      if (before === value) return;
      delete ops.neq;
      addCondition(ops, field, 'notin', [before as FilterScalar, value as FilterScalar]);
      return;
    case 'eq':
      if (before !== value) throw contradiction(field, before, value);
      return;
  }
}

function larger(a: WireValue, b: WireValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a > b;
  return String(a).localeCompare(String(b), 'en', { numeric: true }) > 0;
}

function contradiction(field: string, a: WireValue, b: WireValue): InvalidRequestError {
  return new InvalidRequestError(
    `No offer can match: ${field} is asked to be ${String(a)} and ${String(b)} at once; leave one of them out`,
  );
}
