// A search as data: what the text of the official CLI means, and what `toSearchBody` sends.
import type { OfferType } from '../offer.ts';
import type { FilterOperator } from '../wire/index.ts';
import type { FilterField } from './fields.ts';

export type FilterScalar = string | number | boolean | null;

/** One condition. All conditions of a query hold together; there is no "or". */
export interface Filter {
  readonly field: FilterField;
  readonly op: FilterOperator;
  /**
   * In the units of query text: memory in GB, duration in days. Driver versions are integers
   * (`535.86.05` is 535086005), countries two letters or the name of a region. A list for `in` and `notin`.
   */
  readonly value: FilterScalar | readonly FilterScalar[];
}

const ORDER_DIRECTIONS = ['asc', 'desc'] as const;
export type OrderDirection = (typeof ORDER_DIRECTIONS)[number];

export interface OrderKey {
  readonly field: FilterField;
  readonly direction: OrderDirection;
}

/** `official`: what the official CLI adds: `verified=true external=false rentable=true`. */
const DEFAULT_FILTERS = ['official', 'none'] as const;
export type DefaultFilters = (typeof DEFAULT_FILTERS)[number];

export interface OfferQuery {
  readonly filters: readonly Filter[];
  /** Fields of which `any` was asked: their default filter is left out. In alphabetical order. */
  readonly cleared: readonly FilterField[];
  readonly defaults: DefaultFilters;
  readonly type: OfferType;
  /** Empty for the service's own ranking, which has an element of chance. */
  readonly order: readonly OrderKey[];
  /** The service caps answers by itself, at a number that changes by day. */
  readonly limit: number | undefined;
  /** Priced into `dph_total`, and the least disk that an offer must have. */
  readonly storageGb: number;
  /** `unbundled` gives every chunk of a machine, `bundled` one row for similar ones. */
  readonly bundling: 'bundled' | 'unbundled';
}

/** What the official CLI sends when nothing is said. */
const DEFAULT_STORAGE_GB = 5;

/** Completes a query; without arguments it is the official CLI's plain search. */
export function makeOfferQuery(parts: Partial<OfferQuery> = {}): OfferQuery {
  return {
    filters: [],
    cleared: [],
    defaults: 'official',
    type: 'on-demand',
    order: [],
    limit: undefined,
    storageGb: DEFAULT_STORAGE_GB,
    bundling: 'bundled',
    ...parts,
  };
}
