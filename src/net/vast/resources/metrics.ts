// The service's own figures of the market, for hosts: counts and prices by GPU model. Fresh every 5 minutes.

import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { MalformedAnswerError } from '../errors.ts';
import type { SendRead } from '../send-read.ts';
import type { WireGpuHistory, WireGpuLocation, WireGpuMetricsRow } from '../wire/index.ts';

export interface MetricsFilter {
  /** Default `all`. */
  readonly verified?: 'yes' | 'no' | 'all';
  /** Default `all`. */
  readonly hosting?: 'secure_cloud' | 'community' | 'all';
  /** Default `all`. */
  readonly numGpus?: 1 | 2 | 4 | 8 | 'all';
}

/** Counts are GPUs or machines: the service's documents disagree. Prices in dollars per GPU and hour. */
export interface GpuMetrics {
  readonly gpuName: string;
  readonly total: number | null;
  readonly available: number | null;
  readonly rentedVerified: number | null;
  readonly availableVerified: number | null;
  readonly rentedUnverified: number | null;
  readonly availableUnverified: number | null;
  readonly usagePercent: number | null;
  readonly usage30dPercent: number | null;
  readonly dlperf: number | null;
  readonly tflops: number | null;
  readonly priceP10: number | null;
  readonly priceP25: number | null;
  readonly priceMedian: number | null;
  readonly priceP75: number | null;
  readonly priceP90: number | null;
  readonly tflopsPerDollar: number | null;
  readonly dlperfPerDollar: number | null;
}

/** Columns by name, each with a `timestamps` column in epoch seconds beside it. */
export interface GpuHistory {
  readonly gpuName: string;
  readonly supplyDemand: Readonly<Record<string, readonly (number | null)[]>>;
  readonly pricing: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface GpuLocation {
  readonly gpuName: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly city: string | null;
  readonly countryCode: string | null;
  readonly isRented: boolean | null;
  readonly isVerified: boolean | null;
  readonly isDatacenter: boolean | null;
  readonly numGpus: number | null;
}

export interface GpuHistoryRequest extends MetricsFilter {
  /** Canonical names; default all. */
  readonly gpuNames?: readonly string[];
  /** Default 24 hours ago. */
  readonly startMs?: number;
  readonly endMs?: number;
  /** At least 60 s; the service may widen it. */
  readonly stepMs?: number;
}

/** All three are for keys of hosts with a machine; others get UnauthorizedError, or empty lists. */
export interface MetricsResource {
  gpuCurrent(filter?: MetricsFilter, options?: CallOptions): Promise<readonly GpuMetrics[]>;
  gpuHistory(request?: GpuHistoryRequest, options?: CallOptions): Promise<readonly GpuHistory[]>;
  gpuLocations(options?: CallOptions): Promise<readonly GpuLocation[]>;
}

export function createMetrics({ send }: { readonly send: SendRead }): MetricsResource {
  const get = <T>(
    name: string,
    query: Readonly<Record<string, string>>,
    decode: (json: Readonly<Record<string, unknown>>, answer: AnswerFacts) => T,
    options: CallOptions | undefined,
  ): Promise<T> =>
    send(
      {
        method: 'GET',
        route: `/metrics/gpu/${name}/`,
        query,
        auth: 'key',
        decode: (json, answer) => decode((json ?? {}) as Readonly<Record<string, unknown>>, answer),
      },
      options,
    );

  return {
    gpuCurrent: (filter = {}, options) =>
      get(
        'current',
        filterQuery(filter),
        (json, answer) =>
          rowsOf(json.gpus, 'gpus', answer).map((row) => decodeMetrics(row as WireGpuMetricsRow)),
        options,
      ),
    gpuHistory: (request = {}, options) =>
      get('history', historyQuery(request), (json, answer) => decodeHistory(json, request, answer), options),
    gpuLocations: (options) =>
      get(
        'locations',
        {},
        (json, answer) =>
          rowsOf(json.locations, 'locations', answer).map((row) => decodeLocation(row as WireGpuLocation)),
        options,
      ),
  };
}

function filterQuery({
  verified = 'all',
  hosting = 'all',
  numGpus = 'all',
}: MetricsFilter): Record<string, string> {
  return { verified, hosting_type: hosting, num_gpus: String(numGpus) };
}

function historyQuery(request: GpuHistoryRequest): Record<string, string> {
  const seconds = (ms: number) => String(Math.round(ms / 1_000));
  return {
    gpu_name: request.gpuNames === undefined ? 'all' : request.gpuNames.join(','),
    ...filterQuery(request),
    ...(request.startMs === undefined ? {} : { start: seconds(request.startMs) }),
    ...(request.endMs === undefined ? {} : { end: seconds(request.endMs) }),
    ...(request.stepMs === undefined ? {} : { step: seconds(request.stepMs) }),
  };
}

function decodeMetrics(row: WireGpuMetricsRow): GpuMetrics {
  return {
    gpuName: row.gpu_name,
    total: row.total ?? null,
    available: row.available ?? null,
    rentedVerified: row.rented_verified ?? null,
    availableVerified: row.avail_verified ?? null,
    rentedUnverified: row.rented_unverified ?? null,
    availableUnverified: row.avail_unverified ?? null,
    usagePercent: row.usage ?? null,
    usage30dPercent: row.usage_30d ?? null,
    dlperf: row.dlperf ?? null,
    tflops: row.tflops ?? null,
    priceP10: row.price_p10 ?? null,
    priceP25: row.price_p25 ?? null,
    priceMedian: row.price_median ?? null,
    priceP75: row.price_p75 ?? null,
    priceP90: row.price_p90 ?? null,
    tflopsPerDollar: row.tflops_per_dollar ?? null,
    dlperfPerDollar: row.dlperf_per_dollar ?? null,
  };
}

/** Keyed by GPU name; for a single model some versions send its columns without the key. */
function decodeHistory(
  json: Readonly<Record<string, unknown>>,
  request: GpuHistoryRequest,
  answer: AnswerFacts,
): GpuHistory[] {
  const gpus = (json.gpus ?? json) as Readonly<Record<string, WireGpuHistory>>;
  if (Array.isArray(gpus)) return [];
  if (typeof gpus !== 'object') throw malformed('gpus', answer);
  const keyed =
    'supply_demand' in gpus ? { [request.gpuNames?.[0] ?? '']: gpus as unknown as WireGpuHistory } : gpus;
  return Object.entries(keyed)
    .filter(([, history]) => typeof history === 'object' && history !== null)
    .map(([gpuName, history]) => ({
      gpuName,
      supplyDemand: history.supply_demand ?? {},
      pricing: history.pricing ?? {},
    }));
}

function decodeLocation(row: WireGpuLocation): GpuLocation {
  const flag = (value: boolean | number | null | undefined) =>
    value === undefined || value === null ? null : Boolean(value);
  return {
    gpuName: row.gpu_name,
    latitude: row.latitude ?? null,
    longitude: row.longitude ?? null,
    city: row.city ?? null,
    countryCode: row.country_code ?? null,
    isRented: flag(row.rented),
    isVerified: flag(row.verified),
    isDatacenter: flag(row.datacenter),
    numGpus: row.num_gpus ?? null,
  };
}

function rowsOf(value: unknown, field: string, answer: AnswerFacts): readonly unknown[] {
  if (Array.isArray(value)) {
    return value.filter((row) => typeof (row as { gpu_name?: unknown } | null)?.gpu_name === 'string');
  }
  // A host without machines is answered with an empty object in place of the list.
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return [];
  throw malformed(field, answer);
}

function malformed(field: string, answer: AnswerFacts): MalformedAnswerError {
  return new MalformedAnswerError(
    `${answer.endpoint} answered without "${field}"; the API may have changed`,
    {
      ...answer,
      isTransient: false,
    },
  );
}
