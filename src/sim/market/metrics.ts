// Market metrics as the service gives them to hosts, counted from the simulated market's truth: GPUs rented
// and available by model, prices a GPU and hour, usage of the last 30 days, machines on the map.
import { DAY_MS } from '../../base/std/index.ts';
import type { GpuModel } from './calibration.ts';
import { bitCount } from './chunk-tree.ts';
import { countRented } from './rentals.ts';
import { isShown, type Machine, renterPrice, renterPriceAt, type World } from './world.ts';

export interface MetricsReply {
  readonly status: number;
  readonly body: unknown;
}

type Query = Readonly<Record<string, string | undefined>>;

export interface MetricsSource {
  current(query: Query, nowMs: number): MetricsReply;
  history(query: Query, nowMs: number): MetricsReply;
  locations(query: Query, nowMs: number): MetricsReply;
}

/** Answers to accounts that may not see the market. */
export function refusedMetrics(account: 'host-without-machines' | 'renter'): MetricsSource {
  const reply = (body: unknown) => (): MetricsReply =>
    account === 'renter'
      ? { status: 401, body: { success: false, error: 'not_authorized', msg: 'This endpoint is for hosts.' } }
      : { status: 200, body };
  return {
    current: reply({ success: true, gpus: [], needs_machine: true }),
    history: reply({ success: true, gpus: {}, needs_machine: true }),
    locations: reply({ success: true, locations: [], needs_machine: true }),
  };
}

const USAGE_DAYS = 30;
const SHORTEST_STEP_SEC = 60;
const MOST_POINTS = 1_000;

export function createMetrics(world: World): MetricsSource {
  const machinesFor = (model: GpuModel, query: Query) =>
    (world.machinesByModel[model.index] ?? []).filter(
      (machine) => isShown(machine) && matches(machine, query),
    );

  return {
    current(query, nowMs) {
      // The server's own default is verified machines only.
      const filter = { ...query, verified: query.verified ?? 'yes' };
      const gpus = world.models.flatMap((model) => {
        const machines = machinesFor(model, filter);
        return machines.length === 0 ? [] : [currentOf(world, model, machines, nowMs)];
      });
      return ok({ gpus: gpus.sort((a, b) => b.total - a.total || (a.gpu_name < b.gpu_name ? -1 : 1)) });
    },

    history(query, nowMs) {
      const end = Math.min(number(query.end, nowMs / 1_000), nowMs / 1_000);
      const start = Math.max(number(query.start, end - 86_400), world.startMs / 1_000);
      const span = Math.max(0, end - start);
      const step = Math.max(SHORTEST_STEP_SEC, span / MOST_POINTS, number(query.step, span / 20));
      const timestamps: number[] = [];
      for (let at = start; at <= end; at += step) timestamps.push(Math.floor(at));
      const names = (query.gpu_name ?? 'all').split(',').map((name) => name.trim());
      const models = world.models.filter(({ name }) => names.includes('all') || names.includes(name));
      const filter = { ...query, verified: query.verified ?? 'yes' };
      const entries = models.flatMap((model) => {
        const machines = machinesFor(model, filter);
        return machines.length === 0 ? [] : [[model.name, historyOf(world, model, machines, timestamps)]];
      });
      return ok({ gpus: Object.fromEntries(entries) as Record<string, unknown> });
    },

    locations: () =>
      ok({
        locations: world.machines.filter(isShown).map((machine) => {
          const { place, isDatacenter } = machine.host;
          return {
            latitude: place.latitude,
            longitude: place.longitude,
            city: place.geolocation.split(',')[0] || null,
            country_code: place.countryCode,
            gpu_name: machine.model.name,
            rented: machine.onDemandMask !== 0,
            verified: machine.verification === 'verified',
            datacenter: isDatacenter,
            num_gpus: machine.numGpus,
          };
        }),
      }),
  };
}

function ok(body: Readonly<Record<string, unknown>>): MetricsReply {
  return { status: 200, body: { success: true, ...body } };
}

function number(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return text !== undefined && text !== '' && Number.isFinite(value) ? value : fallback;
}

function matches(machine: Machine, { verified, hosting_type: hosting, num_gpus: gpus }: Query): boolean {
  if (verified === 'yes' && machine.verification !== 'verified') return false;
  if (verified === 'no' && machine.verification === 'verified') return false;
  if (hosting === 'secure_cloud' && !machine.host.isDatacenter) return false;
  if (hosting === 'community' && machine.host.isDatacenter) return false;
  return gpus === undefined || gpus === 'all' || machine.numGpus === Number(gpus);
}

function currentOf(world: World, model: GpuModel, machines: readonly Machine[], nowMs: number) {
  const counts = countsOf(machines, (machine) => bitCount(machine.onDemandMask));
  const price = percentiles(machines.map((machine) => [renterPrice(machine), machine.numGpus]));
  const { rented_verified: rentedVerified, rented_unverified: rentedUnverified, total } = counts;
  return {
    gpu_name: model.name,
    ...counts,
    available: total - rentedVerified - rentedUnverified,
    usage: percent(rentedVerified + rentedUnverified, total),
    usage_30d: usageSince(world, machines, nowMs - USAGE_DAYS * DAY_MS, nowMs),
    dlperf: model.dlperf,
    tflops: model.tflops,
    price_p10: price(0.1),
    price_p25: price(0.25),
    price_median: price(0.5),
    price_p75: price(0.75),
    price_p90: price(0.9),
    tflops_per_dollar: model.tflops / price(0.5),
    dlperf_per_dollar: model.dlperf / price(0.5),
  };
}

function countsOf(machines: readonly Machine[], rentedOf: (machine: Machine) => number) {
  const counts = {
    total: 0,
    rented_verified: 0,
    avail_verified: 0,
    rented_unverified: 0,
    avail_unverified: 0,
  };
  for (const machine of machines) {
    const rented = rentedOf(machine);
    counts.total += machine.numGpus;
    if (machine.verification === 'verified') {
      counts.rented_verified += rented;
      counts.avail_verified += machine.numGpus - rented;
    } else {
      counts.rented_unverified += rented;
      counts.avail_unverified += machine.numGpus - rented;
    }
  }
  return counts;
}

/** Past counts come from the rentals and past prices from the machines' logs; membership is today's. */
function historyOf(
  world: World,
  model: GpuModel,
  machines: readonly Machine[],
  timestamps: readonly number[],
) {
  const known = new Set(machines);
  const rentals = world.rentals.filter(({ machine, kind }) => kind === 'on-demand' && known.has(machine));
  const points = timestamps.map((sec) => {
    const atMs = sec * 1_000;
    const rented = new Map<Machine, number>();
    for (const { machine, mask, startMs, endMs } of rentals) {
      if (startMs > atMs || (endMs !== undefined && endMs <= atMs)) continue;
      rented.set(machine, (rented.get(machine) ?? 0) + bitCount(mask));
    }
    const rentedOf = (machine: Machine) => rented.get(machine) ?? 0;
    const priced = machines.map((machine) => [renterPriceAt(machine, atMs), machine] as const);
    return {
      counts: countsOf(machines, rentedOf),
      rentedPrice: percentiles(priced.map(([price, machine]) => [price, rentedOf(machine)])),
      freePrice: percentiles(priced.map(([price, machine]) => [price, machine.numGpus - rentedOf(machine)])),
    };
  });
  const counted = (name: keyof (typeof points)[number]['counts']) => points.map(({ counts }) => counts[name]);
  const median = percentiles(machines.map((machine) => [renterPrice(machine), machine.numGpus]))(0.5);
  return {
    supply_demand: {
      timestamps,
      rented_verified: counted('rented_verified'),
      avail_verified: counted('avail_verified'),
      rented_unverified: counted('rented_unverified'),
      avail_unverified: counted('avail_unverified'),
      total: counted('total'),
    },
    pricing: {
      timestamps,
      rented_p10: points.map(({ rentedPrice }) => rentedPrice(0.1)),
      rented_median: points.map(({ rentedPrice }) => rentedPrice(0.5)),
      rented_p90: points.map(({ rentedPrice }) => rentedPrice(0.9)),
      avail_p10: points.map(({ freePrice }) => freePrice(0.1)),
      avail_median: points.map(({ freePrice }) => freePrice(0.5)),
      avail_p90: points.map(({ freePrice }) => freePrice(0.9)),
    },
    stats: {
      tflops: model.tflops,
      dlperf: model.dlperf,
      tflops_per_dollar: model.tflops / median,
      dlperf_per_dollar: model.dlperf / median,
    },
  };
}

function usageSince(world: World, machines: readonly Machine[], fromMs: number, nowMs: number): number {
  const start = Math.max(fromMs, world.startMs);
  const gpus = machines.reduce((sum, machine) => sum + machine.numGpus, 0);
  if (nowMs <= start) return percent(countRented(machines).onDemand, gpus);
  const known = new Set(machines);
  let gpuMs = 0;
  for (const { machine, kind, mask, startMs, endMs } of world.rentals) {
    if (kind !== 'on-demand' || !known.has(machine)) continue;
    const overlap = Math.min(endMs ?? nowMs, nowMs) - Math.max(startMs, start);
    if (overlap > 0) gpuMs += overlap * bitCount(mask);
  }
  return percent(gpuMs, gpus * (nowMs - start));
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Number(((100 * part) / whole).toFixed(1));
}

/** Weighted percentiles of (value, weight); 0 when all weights are. */
function percentiles(
  values: readonly (readonly [value: number, weight: number])[],
): (share: number) => number {
  const sorted = values.filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  return (share) => {
    let left = share * total;
    for (const [value, weight] of sorted) {
      left -= weight;
      if (left <= 0) return value;
    }
    return sorted.at(-1)?.[0] ?? 0;
  };
}
