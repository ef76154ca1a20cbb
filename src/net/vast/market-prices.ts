// What a GPU costs on the market now.

import type { CallOptions } from './api-call.ts';
import type { VastClient } from './client.ts';
import { UnknownGpuError } from './errors.ts';
import { canonicalGpuName, suggestGpuNames } from './gpu/canonical-name.ts';
import type { Offer, OfferType } from './offer.ts';
import { quantile } from './quantile.ts';
import { makeOfferQuery } from './query/offer-query.ts';

/** All prices are dollars per GPU and hour, with the storage of a plain search (5 GB); null without offers. */
export interface MarketPrices {
  /** Offers that the figures are of. Chunks of one machine overlap, so it is no number of GPUs. */
  readonly count: number;
  readonly min: number | null;
  readonly p10: number | null;
  readonly p25: number | null;
  readonly median: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly max: number | null;
}

export interface MarketPricesOptions extends CallOptions {
  /** Default `on-demand`; for `interruptible` the price is the bid needed now. */
  readonly type?: OfferType | undefined;
  /** Default true, as in the official CLI. */
  readonly verifiedOnly?: boolean | undefined;
}

/**
 * Spread of the prices asked for one model, over the offers that can be rented now, every chunk of a machine
 * for itself; quantiles of type 7. The service may answer with a sample. Throws UnknownGpuError with the
 * nearest names when neither the program nor the service knows the model.
 */
export async function getMarketPrices(
  client: VastClient,
  gpu: string,
  options: MarketPricesOptions = {},
): Promise<MarketPrices> {
  const { type = 'on-demand', verifiedOnly = true, ...readOptions } = options;
  const gpuName = await resolveGpuName(client, gpu, readOptions);
  const answer = await client.offers.search(
    makeOfferQuery({
      filters: [{ field: 'gpu_name', op: 'eq', value: gpuName }],
      cleared: verifiedOnly ? [] : ['verified'],
      type,
      bundling: 'unbundled',
    }),
    readOptions,
  );
  return summarisePrices(answer.offers, type);
}

/** The same figures of offers at hand. Offers without a price or a number of GPUs do not count. */
export function summarisePrices(offers: readonly Offer[], type: OfferType): MarketPrices {
  const prices: number[] = [];
  for (const offer of offers) {
    const price = priceFor(offer, type);
    if (price !== null && offer.numGpus !== null) prices.push(price / offer.numGpus);
  }
  prices.sort((a, b) => a - b);
  const at = (p: number) => (prices.length === 0 ? null : quantile(prices, p));
  return {
    count: prices.length,
    min: at(0),
    p10: at(0.1),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    max: at(1),
  };
}

/** Dollars an hour for the whole offer when rented in this way, with storage; null when it is not said. */
export function priceFor(offer: Offer, type: OfferType): number | null {
  return type === 'reserved' ? (offer.reservedPricePerHour ?? offer.pricePerHour) : offer.pricePerHour;
}

/** The service's spelling of a model; asks the service only when the program does not know the name. */
export async function resolveGpuName(
  client: VastClient,
  gpu: string,
  options?: CallOptions,
): Promise<string> {
  const known = canonicalGpuName(gpu);
  if (known !== undefined) return known;
  const learned = await client.gpuNames.list(options);
  const name = canonicalGpuName(gpu, learned);
  if (name === undefined) throw new UnknownGpuError(gpu, suggestGpuNames(gpu, { learned }));
  return name;
}
