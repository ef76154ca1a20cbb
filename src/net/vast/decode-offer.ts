// From the rows of a search answer to offers, by hand: 10,000 rows in some 20 ms, where a schema library
// takes 75 ms for a third of the fields. Rows that cannot be trusted are left out and counted.
import type { Log } from '../../base/std/index.ts';
import {
  GPU_ARCHITECTURES,
  type GpuArchitecture,
  type HostId,
  type MachineId,
  type Offer,
  type OfferId,
  VERIFICATIONS,
  type Verification,
} from './offer.ts';
import type { WireOffer } from './wire/index.ts';

/** No offer costs this much: such a price is a fault of the host's or of the service's (dollars an hour). */
export const MAX_PRICE_PER_HOUR = 10_000;

export const FAULT_REASONS = ['not-an-object', 'missing', 'not-a-number', 'negative', 'absurd'] as const;
export type FaultReason = (typeof FAULT_REASONS)[number];

/** Why one row of an answer was left out. */
export interface OfferFault {
  /** Place in the answer, from 0. */
  readonly row: number;
  readonly offerId: number | null;
  /** The field at fault, in the service's spelling; empty when the row is no object at all. */
  readonly field: string;
  readonly reason: FaultReason;
  readonly value: unknown;
}

export interface DecodedOffers {
  readonly offers: readonly Offer[];
  readonly faults: readonly OfferFault[];
  /** Every field name that occurs in any row, in alphabetical order: shows what the API added or dropped. */
  readonly fieldNames: readonly string[];
}

export interface OfferDecoder {
  /** Reads the rows once. */
  decode(rows: Iterable<unknown>): DecodedOffers;
}

/** The decoder remembers which unknown values it has logged, so that each is logged once in its life. */
export function createOfferDecoder({ log }: { readonly log: Log }): OfferDecoder {
  const logged = new Set<string>();
  const onUnknown = (field: string, value: string) => {
    const id = `${field}=${value}`;
    if (logged.has(id)) return;
    logged.add(id);
    log.warn('unknown value in an offer', { field, value });
  };
  return {
    decode(rows) {
      const offers: Offer[] = [];
      const faults: OfferFault[] = [];
      const fields = new FieldCollector();
      let row = -1;
      for (const raw of rows) {
        row += 1;
        if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
          faults.push({ row, offerId: null, field: '', reason: 'not-an-object', value: raw });
          continue;
        }
        fields.add(raw);
        const fault = faultOf(raw as WireOffer);
        if (fault === undefined) offers.push(decodeOffer(raw as WireOffer, onUnknown));
        else faults.push({ row, offerId: idOf(raw as WireOffer), ...fault });
      }
      if (faults.length > 0) {
        log.warn('offers left out', { count: faults.length, of: row + 1, ...countReasons(faults) });
      }
      return { offers, faults, fieldNames: fields.names() };
    },
  };
}

const HOURLY_PRICES = ['dph_total', 'dph_base', 'min_bid', 'discounted_dph_total'] as const;
const OTHER_PRICES = ['storage_cost', 'inet_up_cost', 'inet_down_cost'] as const;

type RowFault = Pick<OfferFault, 'field' | 'reason' | 'value'>;

function faultOf(raw: WireOffer): RowFault | undefined {
  if (idOf(raw) === null) return { field: 'id', reason: 'missing', value: raw.id };
  if (!isId(raw.machine_id)) return { field: 'machine_id', reason: 'missing', value: raw.machine_id };
  if (typeof raw.gpu_name !== 'string' || raw.gpu_name === '') {
    return { field: 'gpu_name', reason: 'missing', value: raw.gpu_name };
  }
  for (const field of HOURLY_PRICES) {
    const value = raw[field];
    const reason = priceFault(value);
    if (reason !== undefined) return { field, reason, value };
    if (typeof value === 'number' && value > MAX_PRICE_PER_HOUR) return { field, reason: 'absurd', value };
  }
  for (const field of OTHER_PRICES) {
    const reason = priceFault(raw[field]);
    if (reason !== undefined) return { field, reason, value: raw[field] };
  }
  const count = raw.num_gpus;
  if (count !== undefined && count !== null && !(Number.isSafeInteger(count) && count > 0)) {
    return { field: 'num_gpus', reason: typeof count === 'number' ? 'absurd' : 'not-a-number', value: count };
  }
  return undefined;
}

function priceFault(value: unknown): FaultReason | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || Number.isNaN(value)) return 'not-a-number';
  return value < 0 ? 'negative' : undefined;
}

function decodeOffer(raw: WireOffer, onUnknown: (field: string, value: string) => void): Offer {
  const verification = enumOf<Verification>('verification', raw.verification, VERIFICATIONS, onUnknown);
  const isVmDeverified = flag(raw.is_vm_deverified) === true;
  const geolocation = text(raw.geolocation);
  return {
    id: idOf(raw) as OfferId,
    machineId: raw.machine_id as MachineId,
    hostId: number(raw.host_id) as HostId | null,
    bundleId: number(raw.bundle_id),
    bundledCount: number(raw.bundled_results),
    gpuName: raw.gpu_name,
    gpuArch: enumOf<GpuArchitecture>('gpu_arch', raw.gpu_arch, GPU_ARCHITECTURES, onUnknown),
    numGpus: number(raw.num_gpus),
    gpuFrac: number(raw.gpu_frac),
    gpuIds: ids(raw.gpu_ids),
    gpuRamMb: number(raw.gpu_ram),
    gpuTotalRamMb: number(raw.gpu_total_ram),
    gpuMemoryGbPerSecond: number(raw.gpu_mem_bw),
    gpuLanes: number(raw.gpu_lanes),
    gpuMaxPowerWatts: number(raw.gpu_max_power),
    gpuMaxTempCelsius: number(raw.gpu_max_temp),
    isGpuDisplayActive: flag(raw.gpu_display_active),
    nvlinkGbPerSecond: number(raw.bw_nvlink),
    computeCap: number(raw.compute_cap),
    cudaMax: number(raw.cuda_max_good),
    driverVersion: text(raw.driver_version),
    dlperf: number(raw.dlperf),
    totalTflops: number(raw.total_flops),
    pricePerHour: number(raw.dph_total),
    gpuPricePerHour: number(raw.dph_base),
    minBidPerHour: number(raw.min_bid),
    reservedPricePerHour: number(raw.discounted_dph_total),
    reservedDiscountRatio: number(raw.discount_rate),
    maxDiscountRatio: number(raw.credit_discount_max),
    storagePricePerGbMonth: number(raw.storage_cost),
    uploadPricePerGb: number(raw.inet_up_cost),
    downloadPricePerGb: number(raw.inet_down_cost),
    cpuName: text(raw.cpu_name),
    cpuArch: text(raw.cpu_arch),
    cpuCores: number(raw.cpu_cores),
    cpuCoresEffective: number(raw.cpu_cores_effective),
    cpuGhz: number(raw.cpu_ghz),
    cpuRamMb: number(raw.cpu_ram),
    hasAvx: flag(raw.has_avx),
    diskSpaceGb: number(raw.disk_space),
    diskMbPerSecond: number(raw.disk_bw),
    diskName: text(raw.disk_name),
    pciGeneration: number(raw.pci_gen),
    pcieGbPerSecond: number(raw.pcie_bw),
    mainboardName: text(raw.mobo_name),
    osVersion: text(raw.os_version),
    uploadMbitPerSecond: number(raw.inet_up),
    downloadMbitPerSecond: number(raw.inet_down),
    // Seen with white space at the end.
    publicIp: text(raw.public_ipaddr)?.trim() ?? null,
    hasStaticIp: flag(raw.static_ip),
    directPortCount: number(raw.direct_port_count),
    geolocation,
    countryCode: countryOf(geolocation),
    hostingType: number(raw.hosting_type),
    reliability: number(raw.reliability2) ?? number(raw.reliability),
    verification,
    verified: verification === null ? flag(raw.verified) === true : verification === 'verified',
    deverified: verification === 'deverified' || isVmDeverified,
    hasVirtualMachines: flag(raw.vms_enabled),
    rentable: flag(raw.rentable),
    rented: flag(raw.rented),
    external: flag(raw.external),
    startedAtSec: number(raw.start_date),
    endsAtSec: number(raw.end_date),
    remainingSec: number(raw.duration),
    score: number(raw.score),
  };
}

function idOf(raw: WireOffer): number | null {
  // The two are the same number; the second is there for the day on which the first is renamed.
  if (isId(raw.id)) return raw.id;
  return isId(raw.ask_contract_id) ? raw.ask_contract_id : null;
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function flag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' ? value !== 0 : null;
}

function ids(value: unknown): readonly number[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((id) => Number.isSafeInteger(id)) ? (value as readonly number[]) : null;
}

function countryOf(geolocation: string | null): string | null {
  return geolocation === null ? null : (/(?:^|,\s*)([A-Z]{2})\s*$/.exec(geolocation)?.[1] ?? null);
}

function enumOf<T extends string>(
  field: string,
  value: unknown,
  known: readonly T[],
  onUnknown: (field: string, value: string) => void,
): T | 'unknown' | null {
  if (value === undefined || value === null) return null;
  if (known.includes(value as T)) return value as T;
  onUnknown(field, typeof value === 'string' ? value : JSON.stringify(value));
  return 'unknown';
}

function countReasons(faults: readonly OfferFault[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { field, reason } of faults) {
    const name = field === '' ? reason : `${field} ${reason}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Rows of one answer nearly always have the same fields in the same order: only a new shape costs anything. */
class FieldCollector {
  readonly #names = new Set<string>();
  #last: readonly string[] = [];

  add(row: object): void {
    const keys = Object.keys(row);
    let same = keys.length === this.#last.length;
    for (let at = 0; same && at < keys.length; at += 1) same = keys[at] === this.#last[at];
    if (same) return;
    this.#last = keys;
    for (const key of keys) this.#names.add(key);
  }

  names(): readonly string[] {
    return [...this.#names].sort();
  }
}
