// From a need to candidates: one search of the market, the ranking, and for each offer what renting it can cost at most.
import type { Clock } from '../../../base/std/index.ts';
import { canonicalGpuName, makeOfferQuery, type Offer, type VastClient } from '../../../net/vast/index.ts';
import { ENDING_POLICY } from '../ending/index.ts';
import {
  type FactsLookup,
  type Need,
  NoOfferError,
  type RankedOffer,
  type Ranking,
  rankOffers,
  reservationFor,
} from '../ranking/index.ts';
import type { Terms } from '../records/index.ts';
import type { Candidate } from './renter.ts';

export interface FindOptions {
  readonly client: Pick<VastClient, 'offers'>;
  readonly clock: Clock;
  readonly need: Need;
  readonly facts?: FactsLookup;
  /** Price caps of the reservation. */
  readonly lease: LeaseTerms;
}

export interface LeaseTerms {
  readonly leaseMs: number;
  /** Longest that a destroy is known to take; default 15 minutes. */
  readonly destroyLatencyMs?: number;
  /** Instances that may have to be destroyed before this one; default 0. */
  readonly queuedInstances?: number;
  /** How long the disk may be kept after the lease; default what the end of a rental keeps it. */
  readonly storageTailMs?: number;
  /** Where traffic is cut off, each way; without it the line's speed bounds it. */
  readonly trafficCapGb?: number;
}

const DESTROY_LATENCY_MS = 15 * 60_000;

/** The most that an answer is asked for: more would be cut by the service anyway. */
const SEARCH_LIMIT = 10_000;

/** One search for all GPUs of the need; the ranking says what kept the others out. */
export async function searchOffers(
  { client, need }: Pick<FindOptions, 'client' | 'need'>,
  { scope, signal }: { readonly scope: 'asked' | 'wide'; readonly signal?: AbortSignal | undefined },
): Promise<readonly Offer[]> {
  const names = need.gpus === undefined || need.gpus === 'any' ? [] : need.gpus;
  const query = makeOfferQuery({
    filters: [
      ...(scope === 'asked' && names.length > 0
        ? [
            {
              field: 'gpu_name' as const,
              op: 'in' as const,
              value: names.map((name) => canonicalGpuName(name) ?? name),
            },
          ]
        : []),
      ...(scope === 'asked'
        ? [{ field: 'num_gpus' as const, op: 'eq' as const, value: need.gpuCount ?? 1 }]
        : []),
      { field: 'rentable', op: 'eq', value: true },
    ],
    defaults: 'none',
    bundling: 'unbundled',
    order: [{ field: 'dph_total', direction: 'asc' }],
    limit: SEARCH_LIMIT,
    ...(need.diskGb !== undefined && { storageGb: need.diskGb }),
  });
  return (await client.offers.search(query, { signal })).offers;
}

export interface Found {
  readonly ranking: Ranking;
  readonly candidates: readonly Candidate[];
}

/** Throws NoOfferError, which says what each condition kept out and what relaxing it would give. */
export async function findCandidates(options: FindOptions, signal?: AbortSignal): Promise<Found> {
  const { need, facts, clock } = options;
  const rank = (offers: readonly Offer[]) =>
    rankOffers({ offers, need, nowMs: clock.now(), ...(facts && { facts }) });
  const ranking = rank(await searchOffers(options, { scope: 'asked', signal }));
  if (ranking.ranked.length === 0) {
    // Asked again without the GPU's name, so that what relaxing gives can be said.
    throw new NoOfferError(rank(await searchOffers(options, { scope: 'wide', signal })));
  }
  return { ranking, candidates: ranking.ranked.map((ranked) => candidateOf(ranked, ranking, options)) };
}

/** The same offer as it is now; undefined when it has gone, costs more, or meets the need no more. */
export async function findAgain(
  options: FindOptions,
  candidate: Candidate,
  signal?: AbortSignal,
): Promise<Candidate | undefined> {
  const { client, need, facts, clock } = options;
  const query = makeOfferQuery({
    filters: [
      { field: 'id', op: 'eq', value: candidate.terms.offerId },
      { field: 'rentable', op: 'eq', value: true },
    ],
    defaults: 'none',
    bundling: 'unbundled',
    ...(need.diskGb !== undefined && { storageGb: need.diskGb }),
  });
  const { offers } = await client.offers.search(query, { signal });
  const ranking = rankOffers({ offers, need, nowMs: clock.now(), ...(facts && { facts }) });
  const [again] = ranking.ranked;
  if (!again || again.offer.machineId !== candidate.machineId) return undefined;
  return candidateOf(again, ranking, options);
}

function candidateOf({ offer, estimate }: RankedOffer, ranking: Ranking, { lease }: FindOptions): Candidate {
  const terms: Terms = {
    offerId: offer.id,
    rentalType: estimate.type,
    bidPerHour: estimate.bidPerHour,
    gpuName: offer.gpuName,
    gpuCount: offer.numGpus ?? 1,
    gpuRamMb: offer.gpuRamMb,
    pricePerHour: estimate.pricePerHour,
    diskPricePerHour: estimate.diskPricePerHour,
    uploadPricePerGb: offer.uploadPricePerGb ?? 0,
    downloadPricePerGb: offer.downloadPricePerGb ?? 0,
    downloadMbps: offer.downloadMbitPerSecond,
    contractEndsAtMs: offer.endsAtSec === null ? null : offer.endsAtSec * 1_000,
    geolocation: offer.geolocation,
  };
  const worst = reservationFor({
    prices: {
      gpuPricePerHour: estimate.gpuPricePerHour,
      diskPricePerHour: estimate.diskPricePerHour,
      uploadPricePerGb: terms.uploadPricePerGb,
      downloadPricePerGb: terms.downloadPricePerGb,
    },
    leaseMs: lease.leaseMs,
    destroyLatencyMs: lease.destroyLatencyMs ?? DESTROY_LATENCY_MS,
    queuedInstances: lease.queuedInstances ?? 0,
    storageTailMs: lease.storageTailMs ?? ENDING_POLICY.storageTailMs,
    inetMbit: { down: offer.downloadMbitPerSecond, up: offer.uploadMbitPerSecond },
    ...(lease.trafficCapGb !== undefined && { trafficCapGb: lease.trafficCapGb }),
  });
  return {
    terms,
    machineId: offer.machineId,
    hostId: offer.hostId,
    worstCost: worst.total,
    figures: {
      estimate,
      worstCost: worst,
      considered: ranking.considered,
      eligible: ranking.eligible,
      runnersUp: ranking.runnersUp.map((other) => ({
        offerId: other.offer.id,
        machineId: other.offer.machineId,
        gpuName: other.offer.gpuName,
        expectedUsd: other.estimate.expectedUsd,
        extraUsd: other.extraUsd,
        why: other.why,
      })),
      excluded: ranking.excluded,
    },
  };
}
