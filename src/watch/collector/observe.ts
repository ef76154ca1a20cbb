// From an offer of the API client to the observation that the store keeps.
import { normalize, type Offer, type OfferType } from '../../net/vast/index.ts';
import type { Observation } from '../history/index.ts';
import type { SearchState } from './slice.ts';

/** The API's names of the fields that become columns: one that is missing from an answer is worth a second look. */
export const KEPT_FIELDS: ReadonlySet<string> = new Set([
  'gpu_name',
  'num_gpus',
  'gpu_frac',
  'gpu_total_ram',
  'dph_total',
  'reliability2',
  'geolocation',
  'rentable',
  'rented',
  'verification',
  'host_id',
  'gpu_ids',
  'bundle_id',
  'dph_base',
  'min_bid',
  'discounted_dph_total',
  'storage_cost',
  'inet_up_cost',
  'inet_down_cost',
  'gpu_ram',
  'disk_space',
  'cpu_name',
  'cpu_cores',
  'cpu_ram',
  'dlperf',
  'total_flops',
  'cuda_max_good',
  'compute_cap',
  'driver_version',
  'hosting_type',
  'static_ip',
  'direct_port_count',
  'end_date',
]);

/** The store's whole numbers are 32 bits wide. */
const LARGEST_INTEGER = 2 ** 31 - 1;

/** `search` is the one that found it: it decides the availability, as in the original. */
export function observe(offer: Offer, type: OfferType, search: SearchState): Observation {
  // The time belongs to the poll and not to the row.
  const row = normalize(offer, '', search === 'any' ? undefined : search);
  return {
    offerId: row.offer_id,
    machineId: row.machine_id,
    gpuName: row.gpu_name,
    numGpus: integer(row.num_gpus),
    gpuFrac: row.gpu_frac,
    gpuTotalRamGb: row.gpu_total_ram_gb,
    dphTotal: row.dph_total_usd,
    reliability: row.reliability2,
    geolocation: row.geolocation,
    type,
    rentable: row.rentable,
    rented: row.rented,
    verified: row.verified,
    deverified: row.deverified,
    availability: row.availability_state,
    hostId: whole(offer.hostId),
    gpuIds: offer.gpuIds === null ? null : [...offer.gpuIds].sort((a, b) => a - b).join(','),
    bundleId: whole(offer.bundleId),
    dphBase: offer.gpuPricePerHour,
    minBid: offer.minBidPerHour,
    reservedPrice: offer.reservedPricePerHour,
    storageCost: offer.storagePricePerGbMonth,
    inetUpCost: offer.uploadPricePerGb,
    inetDownCost: offer.downloadPricePerGb,
    gpuRamMb: offer.gpuRamMb,
    diskSpaceGb: offer.diskSpaceGb,
    cpuName: offer.cpuName,
    cpuCores: offer.cpuCores,
    cpuRamMb: offer.cpuRamMb,
    dlperf: offer.dlperf,
    totalFlops: offer.totalTflops,
    cudaMax: offer.cudaMax,
    computeCap: integer(offer.computeCap),
    driver: offer.driverVersion,
    hostingType: integer(offer.hostingType),
    staticIp: offer.hasStaticIp === null ? null : offer.hasStaticIp ? 1 : 0,
    directPortCount: integer(offer.directPortCount),
    endDate: offer.endsAtSec,
  };
}

function whole(value: number | null): number | null {
  return value !== null && Number.isSafeInteger(value) ? value : null;
}

function integer(value: number | null): number | null {
  return value !== null && Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER ? value : null;
}
