// What a GPU costs now: over the hosts of Vast.ai, beside what two other clouds publish.
import {
  makeOfferQuery,
  type Offer,
  priceFor,
  resolveGpuName,
  type VastClient,
} from '../../../net/vast/index.ts';
import type { CloudPrice } from './clouds/cloud-price.ts';
import { type CloudsOptions, pricesElsewhere } from './clouds/prices-elsewhere.ts';

/** Dollars for one GPU and hour, with 5 GB of disk; null without hosts. Each host counts once, with its cheapest. */
export interface PriceSpread {
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
  readonly hosts: number;
  /** Chunks of a machine overlap, so this is no number of GPUs. */
  readonly offers: number;
}

export interface GpuPricing {
  /** As the service writes it. */
  readonly gpu: string;
  readonly currency: 'USD';
  /** Median over the hosts, at a fixed price. */
  readonly pricePerHour: number | null;
  /** Median over the hosts of the bid that is needed now. */
  readonly spotPricePerHour: number | null;
  /** Seconds: the service bills by the second. */
  readonly billingIncrementS: 1;
  readonly onDemand: PriceSpread;
  readonly spot: PriceSpread;
  /** Of each cloud whose key is known. */
  readonly elsewhere: readonly CloudPrice[];
}

export interface PricingOptions {
  /** Default true. */
  readonly isVerifiedOnly?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The service may answer with a sample of its offers. Rejects with UnknownGpuError, which names the nearest models, and
 * with the errors of the client; a cloud that does not answer is said in its row.
 */
export async function getPricing(
  { client, clouds }: { readonly client: VastClient; readonly clouds: CloudsOptions },
  wanted: string,
  { isVerifiedOnly = true, signal }: PricingOptions,
): Promise<GpuPricing> {
  const gpu = await resolveGpuName(client, wanted, { signal });
  const spreadOf = async (type: 'on-demand' | 'interruptible') => {
    const answer = await client.offers.search(
      makeOfferQuery({
        filters: [{ field: 'gpu_name', op: 'eq', value: gpu }],
        cleared: isVerifiedOnly ? [] : ['verified'],
        type,
        bundling: 'unbundled',
      }),
      { signal },
    );
    return spreadOverHosts(answer.offers, (offer) => priceFor(offer, type));
  };
  const elsewhere = pricesElsewhere(clouds, gpu, signal);
  // Where Vast.ai fails first, nobody asks for it any more.
  elsewhere.catch(() => {});
  const onDemand = await spreadOf('on-demand');
  const spot = await spreadOf('interruptible');
  return {
    gpu,
    currency: 'USD',
    pricePerHour: onDemand.median,
    spotPricePerHour: spot.median,
    billingIncrementS: 1,
    onDemand,
    spot,
    elsewhere: await elsewhere,
  };
}

export function spreadOverHosts(
  offers: readonly Offer[],
  priceOf: (offer: Offer) => number | null,
): PriceSpread {
  const cheapest = new Map<string, number>();
  let count = 0;
  for (const offer of offers) {
    const price = priceOf(offer);
    if (price === null || offer.numGpus === null || offer.numGpus === 0) continue;
    count += 1;
    const host = offer.hostId === null ? `machine ${offer.machineId}` : `host ${offer.hostId}`;
    const each = price / offer.numGpus;
    cheapest.set(host, Math.min(each, cheapest.get(host) ?? each));
  }
  const prices = [...cheapest.values()].sort((a, b) => a - b);
  const half = Math.floor(prices.length / 2);
  const upper = prices[half];
  const lower = prices.length % 2 === 0 ? prices[half - 1] : upper;
  return {
    min: prices[0] ?? null,
    median: upper === undefined || lower === undefined ? null : (lower + upper) / 2,
    max: prices.at(-1) ?? null,
    hosts: prices.length,
    offers: count,
  };
}
