// The search functions of the two older programs that this one replaces, with their arguments.

import type { CallOptions } from './api-call.ts';
import type { VastClient } from './client.ts';
import { resolveGpuName } from './market-prices.ts';
import type { Offer } from './offer.ts';
import { type Filter, makeOfferQuery } from './query/offer-query.ts';
import type { WireSearchBody } from './wire/index.ts';

/** The market tracker's search: by flags, everything of one kind. */
export interface SearchByFlags {
  /** Relative to the caller. */
  readonly rented: boolean;
  /** Default true; null asks for both. */
  readonly rentable?: boolean | null;
  /** Filters and options in the service's words, which win over all others. */
  readonly extraFilters?: WireSearchBody;
  /** Default true: unverified and deverified offers too. */
  readonly includeUnverified?: boolean;
}

/** The host tool's search: the cheapest offers of a model. */
export interface SearchByWish {
  /** In any spelling; default all models. */
  readonly gpuName?: string;
  /** Dollars an hour for the whole offer. */
  readonly maxDph?: number;
  /** 0 to 1. */
  readonly minReliability?: number;
  /** Default true. */
  readonly verifiedOnly?: boolean;
  /** Default 100. */
  readonly limit?: number;
}

/** Throws the errors of the client, and UnknownGpuError for a model that does not exist. */
export function searchOffers(
  client: VastClient,
  request: SearchByFlags,
  options?: CallOptions,
): Promise<readonly Offer[]>;
export function searchOffers(
  client: VastClient,
  request?: SearchByWish,
  options?: CallOptions,
): Promise<readonly Offer[]>;
export async function searchOffers(
  client: VastClient,
  request: SearchByFlags | SearchByWish = {},
  options: CallOptions = {},
): Promise<readonly Offer[]> {
  if ('rented' in request) {
    return (await client.offers.searchBody(flagsBody(request), options)).offers;
  }
  const filters: Filter[] = [];
  if (request.gpuName !== undefined) {
    const value = await resolveGpuName(client, request.gpuName, options);
    filters.push({ field: 'gpu_name', op: 'eq', value });
  }
  if (request.maxDph !== undefined) filters.push({ field: 'dph_total', op: 'lte', value: request.maxDph });
  if (request.minReliability !== undefined) {
    filters.push({ field: 'reliability', op: 'gte', value: request.minReliability });
  }
  const query = makeOfferQuery({
    filters,
    cleared: request.verifiedOnly === false ? ['verified'] : [],
    order: [{ field: 'dph_total', direction: 'asc' }],
    limit: request.limit ?? 100,
  });
  return (await client.offers.search(query, options)).offers;
}

function flagsBody(request: SearchByFlags): WireSearchBody {
  const { rented, rentable = true, includeUnverified = true, extraFilters } = request;
  return {
    rented: { eq: rented },
    external: { eq: false },
    ...(rentable === null ? {} : { rentable: { eq: rentable } }),
    ...(includeUnverified ? {} : { verified: { eq: true } }),
    type: 'on-demand',
    limit: 10_000,
    ...extraFilters,
  };
}
