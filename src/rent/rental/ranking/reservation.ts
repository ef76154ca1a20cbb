// The most that a rental can cost until it is surely gone: what the ledger sets aside before it begins.
import { HOUR_MS, type MicroUsd } from '../../../base/std/index.ts';

/** What a rental costs; an offer's prices at the bid or the fixed price taken, in dollars. */
export interface PriceTerms {
  readonly gpuPricePerHour: number;
  /** Also while it stands still, and until it is destroyed. */
  readonly diskPricePerHour: number;
  readonly downloadPricePerGb: number;
  readonly uploadPricePerGb: number;
}

export interface ReservationRequest {
  readonly prices: PriceTerms;
  /** How long it may run. */
  readonly leaseMs: number;
  /** The longest that a destroy is known to take, from our decision to its being seen gone. */
  readonly destroyLatencyMs: number;
  /** Instances that wait to be destroyed before this one. */
  readonly queuedInstances: number;
  /** How long its disk may be kept after the lease, stopped: a fetch window, a parked machine. */
  readonly storageTailMs: number;
  /** What the line can carry, each way; null where the offer does not say, which then needs a cap. */
  readonly inetMbit: { readonly down: number | null; readonly up: number | null };
  /** Set only where traffic is cut off at so many GB, each way. */
  readonly trafficCapGb?: number;
}

export interface WorstCost {
  /** The sum of the parts, exactly. */
  readonly total: MicroUsd;
  readonly parts: {
    readonly lease: MicroUsd;
    /** GPUs and disk until a destroy has come through. */
    readonly destroy: MicroUsd;
    readonly storageTail: MicroUsd;
    readonly bandwidth: MicroUsd;
  };
}

/** The service takes one destroy in so long. */
export const DESTROY_INTERVAL_MS = 3_000;
/** One Mbit/s carries so many GB (of 10⁹ bytes, the smaller kind, which makes more of them) in an hour. */
const GB_PER_MBIT_HOUR = 0.45;

/**
 * Rate × lease, the same rate until a destroy has come through behind all others, disk for the tail, and a line full
 * both ways for as long as it runs. Each part is rounded up. Throws RangeError where a figure is negative or not
 * finite, or where neither the line nor a cap bounds the traffic of an offer that charges for it: then nothing may
 * be reserved, and nothing rented.
 */
export function reservationFor(request: ReservationRequest): WorstCost {
  const { prices, leaseMs, destroyLatencyMs, queuedInstances, storageTailMs, inetMbit, trafficCapGb } =
    request;
  const { down, up } = inetMbit;
  const figures = {
    ...prices,
    leaseMs,
    destroyLatencyMs,
    queuedInstances,
    storageTailMs,
    down,
    up,
    trafficCapGb,
  };
  for (const [name, value] of Object.entries(figures)) {
    if (value !== null && value !== undefined && !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`The worst cost cannot be told: ${name} is ${value}`);
    }
  }
  const destroyMs = destroyLatencyMs + DESTROY_INTERVAL_MS * queuedInstances;
  const runningPrice = prices.gpuPricePerHour + prices.diskPricePerHour;
  const runningHours = (leaseMs + destroyMs) / HOUR_MS;
  const traffic = (mbit: number | null, pricePerGb: number): number => {
    if (pricePerGb === 0) return 0;
    const carriedGb = mbit === null ? undefined : mbit * GB_PER_MBIT_HOUR * runningHours;
    const gb = Math.min(carriedGb ?? Number.POSITIVE_INFINITY, trafficCapGb ?? Number.POSITIVE_INFINITY);
    if (gb === Number.POSITIVE_INFINITY) {
      throw new RangeError('The worst cost cannot be told: neither line nor trafficCapGb bounds the traffic');
    }
    return gb * pricePerGb;
  };
  const parts = {
    lease: roundUp((runningPrice * leaseMs) / HOUR_MS),
    destroy: roundUp((runningPrice * destroyMs) / HOUR_MS),
    storageTail: roundUp((prices.diskPricePerHour * storageTailMs) / HOUR_MS),
    bandwidth: roundUp(traffic(down, prices.downloadPricePerGb) + traffic(up, prices.uploadPricePerGb)),
  };
  const total = (parts.lease + parts.destroy + parts.storageTail + parts.bandwidth) as MicroUsd;
  if (!Number.isSafeInteger(total))
    throw new RangeError(`The worst cost cannot be told: it is $${total / 1e6}`);
  return { total, parts };
}

/** Money set aside is never a fraction too little. */
function roundUp(dollars: number): MicroUsd {
  // Sums of doubles are off by parts in 10¹⁶: what is a whole number but for that stays one.
  const micros = dollars * 1e6;
  const nearest = Math.round(micros);
  return (Math.abs(micros - nearest) <= nearest * 1e-12 ? nearest : Math.ceil(micros)) as MicroUsd;
}
