// A slice: the part of the market that one search asks for. Slices are made only by splitting, and the
// parts of a split never overlap and leave nothing out, whatever values the market holds.

/** The types of rental that are swept. The service calls the second one `bid`. */
export const MARKET_TYPES = ['on-demand', 'interruptible'] as const;
export type MarketType = (typeof MARKET_TYPES)[number];

/** The original's three searches, and the one that asks for all states at once. */
export type SearchState = 'available' | 'rented' | 'unavailable' | 'any';

/** One of these values, or none of them. `notin` is what makes a split exhaustive: it holds the unknown values. */
export interface OneOf<T> {
  readonly op: 'in' | 'notin';
  readonly values: readonly T[];
}

/** min <= x < below; an absent bound is open. */
export interface Span {
  readonly min?: number | undefined;
  readonly below?: number | undefined;
}

export interface Slice {
  readonly type: MarketType;
  readonly search: SearchState;
  readonly gpuName?: OneOf<string> | undefined;
  readonly numGpus?: OneOf<number> | undefined;
  /** Two-letter country codes. */
  readonly region?: OneOf<string> | undefined;
  /** Dollars an hour with storage, as this slice's type prices it. */
  readonly price?: Span | undefined;
  readonly machineId?: Span | undefined;
}

/** What the collector remembers of an offer it saw: all that a slice can ask for. */
export interface Listing {
  readonly offerId: number;
  readonly machineId: number;
  readonly gpuName: string | null;
  readonly numGpus: number | null;
  readonly region: string | null;
  readonly price: number | null;
  /** What the bid search would price it at, as far as another type's answer tells. */
  readonly bidPrice: number | null;
  readonly isRentable: boolean | null;
  readonly isRented: boolean | null;
}

/** The country code that ends a geolocation such as `Sweden, SE` or `, US`; null when there is none. */
export function regionOf(geolocation: string | null): string | null {
  const code = geolocation === null ? null : (/(?:^|,\s*)([A-Z]{2})\s*$/.exec(geolocation)?.[1] ?? null);
  // Asked for, it means the countries of the union and not the offers that say no more than that.
  return code === 'EU' ? null : code;
}

/** Whether the slice's search must answer with this listing. A value that is unknown matches no condition, as in SQL. */
export function holds(slice: Slice, listing: Listing): boolean {
  return (
    isInState(slice.search, listing) &&
    isOneOf(slice.gpuName, listing.gpuName) &&
    isOneOf(slice.numGpus, listing.numGpus) &&
    isOneOf(slice.region, listing.region) &&
    isWithin(slice.price, listing.price) &&
    isWithin(slice.machineId, listing.machineId)
  );
}

/**
 * Whether the slice could hold an offer with these last known attributes. State and price are not looked
 * at, because they change; a value that is unknown could be any.
 */
export function couldHold(slice: Slice, known: Pick<Listing, 'gpuName' | 'numGpus' | 'region'>): boolean {
  return (
    (known.gpuName === null || isOneOf(slice.gpuName, known.gpuName)) &&
    (known.numGpus === null || isOneOf(slice.numGpus, known.numGpus)) &&
    (known.region === null || isOneOf(slice.region, known.region))
  );
}

function isInState(search: SearchState, { isRentable, isRented }: Listing): boolean {
  switch (search) {
    case 'any':
      return true;
    case 'rented':
      return isRented === true;
    case 'available':
      return isRentable === true && isRented !== true;
    case 'unavailable':
      return isRentable !== true && isRented !== true;
  }
}

function isOneOf<T>(condition: OneOf<T> | undefined, value: T | null): boolean {
  if (!condition) return true;
  if (value === null) return false;
  return condition.values.includes(value) === (condition.op === 'in');
}

function isWithin(span: Span | undefined, value: number | null): boolean {
  if (!span) return true;
  if (value === null) return false;
  return (span.min === undefined || value >= span.min) && (span.below === undefined || value < span.below);
}
