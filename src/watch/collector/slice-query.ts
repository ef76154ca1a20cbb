// A slice, or some offers, as the body of a search.
import {
  type Filter,
  type FilterField,
  formatOfferQuery,
  makeOfferQuery,
  type OfferQuery,
  toSearchBody,
  type WireSearchBody,
} from '../../net/vast/index.ts';
import type { Ask } from './answer.ts';
import type { OneOf, SearchState, Slice, Span } from './slice.ts';

/** What is collected, whatever the slice. */
export interface Scope {
  /** The collection filter, and what goes with every search unless the filter speaks of it. */
  readonly filters: readonly Filter[];
  /** Undefined: the service prices what it does by itself. */
  readonly storageGb: number | undefined;
  readonly limitRows: number;
}

export interface ScopeOptions {
  readonly filter: OfferQuery | undefined;
  readonly includeUnverified: boolean;
  readonly storageGb: number | undefined;
  readonly limitRows: number;
}

/** Offers resold from other providers are left out, as the original and every other collector do. */
const WITHOUT_EXTERNAL: Filter = { field: 'external', op: 'eq', value: false };
const VERIFIED_ONLY: Filter = { field: 'verified', op: 'eq', value: true };

export function makeScope({ filter, includeUnverified, storageGb, limitRows }: ScopeOptions): Scope {
  const spoken = new Set<FilterField>([
    ...(filter?.filters.map(({ field }) => field) ?? []),
    ...(filter?.cleared ?? []),
  ]);
  const filters = [...(filter?.filters ?? [])];
  if (!spoken.has('external')) filters.push(WITHOUT_EXTERNAL);
  if (!includeUnverified && !spoken.has('verified') && !spoken.has('verification'))
    filters.push(VERIFIED_ONLY);
  return { filters, storageGb, limitRows };
}

/**
 * The filter as it is stored with each poll; empty when everything is collected. What the options leave out
 * belongs to it: a store must see that the question has changed.
 */
export function formatScope({ filters }: Scope): string {
  const told = filters.filter((filter) => filter !== WITHOUT_EXTERNAL);
  return formatOfferQuery({ filters: told, cleared: [] });
}

/** Throws InvalidRequestError when the slice contradicts the filter. */
export function makeSearchBody(
  { slice, offerIds, isUnfiltered = false }: Ask,
  { filters, storageGb, limitRows }: Scope,
): WireSearchBody {
  const ids: Filter[] = offerIds ? [{ field: 'ask_contract_id', op: 'in', value: offerIds }] : [];
  const body = toSearchBody(
    makeOfferQuery({
      filters: [
        ...(isUnfiltered ? [] : filters),
        ...stateFilters(slice.search),
        ...sliceFilters(slice),
        ...ids,
      ],
      defaults: 'none',
      type: slice.type,
      limit: limitRows,
      bundling: 'unbundled',
    }),
  );
  const { allocated_storage: _, ...unpriced } = body;
  // Sent, it would also hide every offer with less disk: one of 1,396 on 2024-11-05.
  return storageGb === undefined || isUnfiltered ? unpriced : { ...unpriced, allocated_storage: storageGb };
}

/** The slice's conditions as query text, without its state; empty for the whole market. */
export function formatSlice(slice: Slice): string {
  return formatOfferQuery({ filters: sliceFilters(slice), cleared: [] });
}

/** Identifies a slice over polls. */
export function sliceKey(slice: Slice): string {
  return `${slice.type}|${slice.search}|${formatSlice(slice)}`;
}

/** Those of the original's three searches that the filter leaves possible. */
export function possibleSearches(filters: readonly Filter[]): readonly SearchState[] {
  return (['available', 'rented', 'unavailable'] as const).filter((search) =>
    stateFilters(search).every(({ field, value }) =>
      filters.every((filter) => filter.field !== field || filter.op !== 'eq' || filter.value === value),
    ),
  );
}

function stateFilters(search: SearchState): readonly Filter[] {
  const flag = (field: FilterField, value: boolean): Filter => ({ field, op: 'eq', value });
  switch (search) {
    case 'any':
      return [];
    case 'available':
      return [flag('rentable', true), flag('rented', false)];
    case 'rented':
      return [flag('rented', true)];
    case 'unavailable':
      return [flag('rentable', false), flag('rented', false)];
  }
}

function sliceFilters(slice: Slice): readonly Filter[] {
  return [
    ...oneOf('gpu_name', slice.gpuName),
    ...oneOf('num_gpus', slice.numGpus),
    ...oneOf('geolocation', slice.region),
    ...within('dph_total', slice.price),
    ...within('machine_id', slice.machineId),
  ];
}

function oneOf(field: FilterField, condition: OneOf<string | number> | undefined): readonly Filter[] {
  return condition ? [{ field, op: condition.op, value: condition.values }] : [];
}

function within(field: FilterField, span: Span | undefined): readonly Filter[] {
  const filters: Filter[] = [];
  if (span?.min !== undefined) filters.push({ field, op: 'gte', value: span.min });
  if (span?.below !== undefined) filters.push({ field, op: 'lt', value: span.below });
  return filters;
}
