// What there is to compute on: the account's instances, and what can be rented now.
import { type Instance, type Offer, searchOffers, type VastClient } from '../../../net/vast/index.ts';
import { type AccountWatcher, type InstanceStatus, statusOf } from '../../rental/index.ts';
import { ListingIncompleteError } from './errors.ts';

export interface Resource {
  readonly kind: 'instance' | 'offer';
  /** Of the instance or the offer; offers get new ones within hours. */
  readonly id: number;
  /** An instance's label, or what an offer is and where: `2x RTX 4090, Sweden, SE`. */
  readonly name: string;
  readonly gpuName: string | null;
  readonly gpuCount: number | null;
  /** Of one GPU, in whole GB of 1,024 MB; null where the service does not say. */
  readonly vramGb: number | null;
  /** An instance runs; an offer can be rented. */
  readonly isAvailable: boolean;
  readonly status: InstanceStatus | 'offered';
  /** Dollars for GPUs and disk; of an offer with 5 GB. */
  readonly pricePerHour: number | null;
  readonly location: string | null;
  /** What a TrainingConfig takes as `resourceId` to get the cheapest machine like this one; null without a GPU. */
  readonly resourceId: string | null;
}

export interface ListResourcesOptions {
  /** In any spelling; default all models. */
  readonly gpu?: string;
  /** Offers at most, the cheapest; default 100, 0 for none. */
  readonly offers?: number;
  readonly signal?: AbortSignal;
}

const OFFERS = 100;

/** Instances first, then offers by price. Rejects with ListingIncompleteError and the errors of the client. */
export async function listResources(
  { client, watcher }: { readonly client: VastClient; readonly watcher: Pick<AccountWatcher, 'refresh'> },
  { gpu, offers: limit = OFFERS, signal }: ListResourcesOptions,
): Promise<readonly Resource[]> {
  const view = await watcher.refresh({ signal });
  if (!view.complete) throw new ListingIncompleteError(view.reason);
  const offers =
    limit === 0
      ? []
      : await searchOffers(client, { ...(gpu !== undefined && { gpuName: gpu }), limit }, { signal });
  return [...view.instances.map(ofInstance), ...offers.map(ofOffer)];
}

function ofInstance(instance: Instance): Resource {
  const { id, label, gpuName, gpuCount, gpuRamGb, pricePerHour, geolocation } = instance;
  const status = statusOf(instance);
  return {
    kind: 'instance',
    id,
    name: label ?? `instance ${id}`,
    gpuName,
    gpuCount,
    vramGb: gpuRamGb === null ? null : Math.round(gpuRamGb),
    isAvailable: status === 'running',
    status,
    pricePerHour,
    location: geolocation,
    resourceId: resourceIdOf(gpuName, gpuCount),
  };
}

function ofOffer({ id, gpuName, numGpus, gpuRamMb, pricePerHour, geolocation, rentable }: Offer): Resource {
  const resourceId = resourceIdOf(gpuName, numGpus);
  return {
    kind: 'offer',
    id,
    name: geolocation === null ? resourceId : `${resourceId}, ${geolocation.replace(/^, /, '')}`,
    gpuName,
    gpuCount: numGpus,
    vramGb: gpuRamMb === null ? null : Math.round(gpuRamMb / 1_024),
    isAvailable: rentable !== false,
    status: 'offered',
    pricePerHour,
    location: geolocation,
    resourceId,
  };
}

function resourceIdOf(gpuName: string, count: number | null): string;
function resourceIdOf(gpuName: string | null, count: number | null): string | null;
function resourceIdOf(gpuName: string | null, count: number | null): string | null {
  return gpuName === null ? null : `${count ?? 1}x ${gpuName}`;
}
