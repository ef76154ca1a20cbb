// Answers of the service as they are sent, beside the offers themselves.
import type { WireOffer } from './offer.ts';

/** `POST /bundles/`. */
export interface WireSearchAnswer {
  readonly offers: readonly WireOffer[];
}

/** Body of a refusal. Any of the fields may be missing, a 429 may be plain text, and the status may be 200. */
export interface WireFailure {
  readonly success?: false;
  /** A slug such as `auth_error` or `no_such_ask`. */
  readonly error?: string;
  readonly msg?: string;
  readonly message?: string;
  readonly detail?: string;
  /** Seconds; not documented. */
  readonly retry_after?: number;
}

/** `GET /gpu_names/unique/`, for which no key is needed. */
export interface WireGpuNames {
  readonly gpu_names: readonly string[];
}

/** `GET /users/current/`. More fields come; these are the ones that are used. */
export interface WireCurrentUser {
  readonly id: number;
  readonly username?: string | null;
  readonly email?: string | null;
  /** Spendable prepaid dollars. */
  readonly credit?: number | null;
  /** Dollars on the host's side. */
  readonly balance?: number | null;
}

/**
 * One row of `gpus` in `GET /metrics/gpu/current/`. Prices in dollars per GPU and hour, `usage` in per cent. A host
 * without machines gets no rows and `needs_machine: true` beside them.
 */
export interface WireGpuMetricsRow {
  readonly gpu_name: string;
  readonly total?: number | null;
  readonly available?: number | null;
  readonly rented_verified?: number | null;
  readonly avail_verified?: number | null;
  readonly rented_unverified?: number | null;
  readonly avail_unverified?: number | null;
  readonly usage?: number | null;
  readonly usage_30d?: number | null;
  readonly dlperf?: number | null;
  readonly tflops?: number | null;
  readonly price_p10?: number | null;
  readonly price_p25?: number | null;
  readonly price_median?: number | null;
  readonly price_p75?: number | null;
  readonly price_p90?: number | null;
  readonly tflops_per_dollar?: number | null;
  readonly dlperf_per_dollar?: number | null;
}

/** One model in `GET /metrics/gpu/history/`: columns of equal length. */
export interface WireGpuHistory {
  readonly supply_demand: Readonly<Record<string, readonly (number | null)[]>>;
  readonly pricing: Readonly<Record<string, readonly (number | null)[]>>;
  readonly stats?: Readonly<Record<string, number | null>>;
}

/** One row of `locations` in `GET /metrics/gpu/locations/`. */
export interface WireGpuLocation {
  readonly latitude?: number | null;
  readonly longitude?: number | null;
  readonly city?: string | null;
  readonly country_code?: string | null;
  readonly gpu_name: string;
  readonly rented?: boolean | number | null;
  readonly verified?: boolean | number | null;
  readonly datacenter?: boolean | number | null;
  readonly num_gpus?: number | null;
}
