// The original market tracker's row: 16 columns of text and numbers made from an offer, with all the
// fallbacks that it had for older and foreign spellings of the fields.
import type { Offer } from './offer.ts';

export const AVAILABILITY_STATES = ['available', 'rented', 'unavailable', 'unknown'] as const;
export type AvailabilityState = (typeof AVAILABILITY_STATES)[number];

/** A row of `offers_raw`. Flags are 1, 0 or null. */
export interface OfferRow {
  /** ISO 8601. */
  readonly ts: string;
  readonly offer_id: number;
  readonly machine_id: number;
  readonly gpu_name: string | null;
  readonly num_gpus: number;
  readonly gpu_frac: number | null;
  readonly gpu_total_ram_gb: number | null;
  readonly dph_total_usd: number | null;
  readonly reliability2: number | null;
  readonly geolocation: string | null;
  readonly type: string | null;
  readonly rentable: 0 | 1 | null;
  readonly rented: 0 | 1 | null;
  readonly verified: 0 | 1;
  readonly deverified: 0 | 1;
  readonly availability_state: AvailabilityState;
}

type RawOffer = Readonly<Record<string, unknown>>;

/**
 * The 16 columns of an offer as the service sent it, or of a decoded one. `sourceState` is the search that
 * found it and decides `availability_state`; without it the flags do. Where the original took the next
 * fallback for 0 or an empty text, so does this.
 */
export function normalize(offer: object, ts: string, sourceState?: string | null): OfferRow {
  const raw = isDecoded(offer) ? asRaw(offer) : (offer as RawOffer);
  const rentable = flag(raw.rentable);
  const rented = flag(raw.rented);
  return {
    ts,
    offer_id: integer(raw.id || raw.offer_id),
    machine_id: integer(raw.machine_id || raw.machine || raw.machineID),
    gpu_name: text(raw.gpu_name || raw.gpu_name_short || raw.gpu),
    num_gpus: integer(raw.num_gpus || raw.numgpus || raw.gpus || 1),
    gpu_frac: real(raw.gpu_frac || raw.gpu_fraction || 1),
    gpu_total_ram_gb: gpuRamGb(raw),
    dph_total_usd: real(raw.dph_total || raw.dollars_per_hour || raw.usd_per_hour),
    reliability2: real(raw.reliability2 || raw.reliability),
    geolocation: place(raw),
    type: rentalType(raw),
    rentable,
    rented,
    ...verificationFlags(raw),
    availability_state: availability(sourceState, rentable, rented),
  };
}

/** Above this a figure cannot be MB: 100 TB of memory in one machine. */
const LEAST_BYTES = 1e8;

/**
 * Gigabytes of whatever unit the figure is in: bytes, MB above 200, else GB already. The original took all
 * above 1e6 for bytes, which made 0.001 GB of 8 x H200 (1,150,168 MB); the border stands higher here.
 */
export function gigabytesOf(figure: number): number {
  if (figure > LEAST_BYTES) return figure / 1024 ** 3;
  return figure > 200 ? figure / 1024 : figure;
}

function gpuRamGb(raw: RawOffer): number | null {
  for (const value of [raw.gpu_total_ram_gb, raw.gpu_total_ram, raw.gpu_ram, raw.gpu_mem]) {
    const figure = real(value);
    if (figure !== null) return gigabytesOf(figure);
  }
  return null;
}

function place(raw: RawOffer): string | null {
  const whole = text(raw.geolocation || raw.country || raw.region);
  if (whole !== null) return whole;
  const parts = [raw.city, raw.country_code].filter((part) => typeof part === 'string' && part !== '');
  return parts.length > 0 ? parts.join(', ') : null;
}

function rentalType(raw: RawOffer): string | null {
  if (typeof raw.type === 'string' && raw.type !== '') return raw.type;
  if (raw.interruptible === true || raw.preemptible === true) return 'interruptible';
  return raw.interruptible === false || raw.preemptible === false ? 'on-demand' : null;
}

function verificationFlags(raw: RawOffer): Pick<OfferRow, 'verified' | 'deverified'> {
  let verified = flag(raw.verified ?? raw.is_verified) ?? 0;
  let deverified = flag(raw.deverified) ?? 0;
  const word = typeof raw.verification === 'string' ? raw.verification.trim().toLowerCase() : '';
  if (word === 'verified') [verified, deverified] = [1, 0];
  if (word === 'deverified') [verified, deverified] = [0, 1];
  if (raw.is_vm_deverified === true) deverified = 1;
  return { verified, deverified };
}

function availability(
  sourceState: string | null | undefined,
  rentable: 0 | 1 | null,
  rented: 0 | 1 | null,
): AvailabilityState {
  const source = sourceState?.trim().toLowerCase();
  if (source === 'available' || source === 'rented' || source === 'unavailable') return source;
  if (rented === 1) return 'rented';
  if (rented === 0 && rentable === 1) return 'available';
  return rented === 0 && rentable === 0 ? 'unavailable' : 'unknown';
}

function real(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && value.trim() === '') return null;
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function integer(value: unknown): number {
  // A text is an integer or nothing, a number is cut off.
  if (typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value)) return 0;
  return Math.trunc(real(value) ?? 0);
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

const TRUE_WORDS = ['1', 'true', 'yes', 'y', 'on'];
const FALSE_WORDS = ['0', 'false', 'no', 'n', 'off'];

function flag(value: unknown): 0 | 1 | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return Math.trunc(value) === 0 ? 0 : 1;
  if (typeof value !== 'string') return null;
  const word = value.trim().toLowerCase();
  if (TRUE_WORDS.includes(word)) return 1;
  return FALSE_WORDS.includes(word) ? 0 : null;
}

function isDecoded(offer: object): offer is Offer {
  return 'machineId' in offer && 'gpuName' in offer;
}

function asRaw(offer: Offer): RawOffer {
  return {
    id: offer.id,
    machine_id: offer.machineId,
    gpu_name: offer.gpuName,
    num_gpus: offer.numGpus,
    gpu_frac: offer.gpuFrac,
    gpu_total_ram: offer.gpuTotalRamMb,
    gpu_ram: offer.gpuRamMb,
    dph_total: offer.pricePerHour,
    reliability2: offer.reliability,
    geolocation: offer.geolocation,
    rentable: offer.rentable,
    rented: offer.rented,
    verified: offer.verified,
    deverified: offer.deverified,
  };
}
