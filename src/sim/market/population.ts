// Builds the hosts and machines of a market of a wanted size: models by their share, prices by quantiles of
// their distribution (so that a handful of machines already has the right median), hosts by a Chinese
// restaurant process, which gives the recorded mix of many single machines and a few large hosts.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import { type Dice, DRAW } from '../dice.ts';
import { cutMachine } from './asks.ts';
import {
  DATACENTER_SHARE,
  GPU_MODELS,
  type GpuModel,
  HOST_SHARE,
  MACHINE_SIZE_WEIGHTS,
} from './calibration.ts';
import { chunkTree } from './chunk-tree.ts';
import { normalQuantile } from './distributions.ts';
import { createEventQueue } from './event-queue.ts';
import { drawSurroundings, weightedPick } from './hardware.ts';
import { PLACES } from './places.ts';
import type { Host, Machine, Verification, World } from './world.ts';

export interface PopulationOptions {
  readonly dice: Dice;
  readonly startMs: number;
  /** Asks that shall be shown at once, about. */
  readonly offers: number;
}

/** Of all asks that exist, the share that is shown at an instant; the rest is delisted or hidden (measured). */
const SHOWN_SHARE = 0.955;

/** With it 949 machines have about 368 hosts, as on 2024-11-05. */
const HOST_CONCENTRATION = 220;

/** An even size of a small market needs more models than its largest few: shares are flattened a little. */
const SMALL_MARKET_OFFERS = 2_000;

interface Plan {
  readonly model: GpuModel;
  readonly numGpus: number;
  readonly minChunk: number;
}

export function buildWorld({ dice, startMs, offers }: PopulationOptions): World {
  const plans = planMachines(dice, offers / SHOWN_SHARE);
  const priceRanks = rankPrices(dice, plans);
  const hosts: Host[] = [];
  const machines: Machine[] = [];
  const nextGpuId = { value: 100_000 };
  plans.forEach((plan, index) => {
    const host = chooseHost(dice, hosts, machines, plan, index);
    const machine = buildMachine({
      dice,
      startMs,
      plan,
      index,
      host,
      priceRank: priceRanks[index] as number,
      nextGpuId,
    });
    host.machines.push(machine);
    machines.push(machine);
  });
  return {
    dice,
    startMs,
    models: GPU_MODELS,
    hosts,
    machines,
    machinesByModel: GPU_MODELS.map((model) => machines.filter((machine) => machine.model === model)),
    queue: createEventQueue(),
    rentals: [],
    rentalsById: new Map(),
    nowMs: startMs,
    version: 0,
  };
}

/** Adds machines, each of the model that is furthest behind its share, until there are enough asks. */
function planMachines(dice: Dice, wantedAsks: number): Plan[] {
  const flattening = wantedAsks < SMALL_MARKET_OFFERS ? 0.75 : 1;
  const weights = GPU_MODELS.map((model) => model.sharePerMille ** flattening);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = weights.map((weight) => weight / sum);
  // A head start keeps rare models from all waiting for the same late moment.
  const gpusOf = shares.map((share, i) => -8 * share * dice.unit(DRAW.population, i));
  const plans: Plan[] = [];
  let gpus = 0;
  for (let asks = 0; asks < wantedAsks; ) {
    let best = 0;
    let bestBehind = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < shares.length; i += 1) {
      const behind =
        ((shares[i] as number) * (gpus + 8) - (gpusOf[i] as number)) / Math.sqrt(shares[i] as number);
      if (behind > bestBehind) {
        best = i;
        bestBehind = behind;
      }
    }
    const model = GPU_MODELS[best] as GpuModel;
    const sizes = MACHINE_SIZE_WEIGHTS[model.form].map((weight, size) => [size, weight] as const);
    const share = (shares[best] as number) * Math.max(gpus, wantedAsks);
    // A rare model has no machine larger than all of its GPUs.
    const fitting = sizes.filter(([size]) => size <= Math.max(2, 2 * share));
    const numGpus = Math.max(1, weightedPick(fitting, dice.unit(DRAW.population, plans.length, 1)));
    const minChunk = drawMinChunk(numGpus, dice.unit(DRAW.population, plans.length, 2));
    plans.push({ model, numGpus, minChunk });
    asks += chunkTree(numGpus, minChunk).length;
    gpus += numGpus;
    gpusOf[best] = (gpusOf[best] as number) + numGpus;
  }
  return plans;
}

function drawMinChunk(numGpus: number, unit: number): number {
  if (unit < 0.6) return 1;
  if (unit < 0.74) return Math.min(2, numGpus);
  if (unit < 0.84) return Math.min(4, numGpus);
  return numGpus;
}

/** For each machine its place among those of its model, in (0, 1), shuffled. */
function rankPrices(dice: Dice, plans: readonly Plan[]): number[] {
  const ranks = plans.map(() => 0.5);
  for (const model of GPU_MODELS) {
    const members = plans.flatMap((plan, index) => (plan.model === model ? [index] : []));
    const order = [...members].sort(
      (a, b) => dice.unit(DRAW.population, a, 3) - dice.unit(DRAW.population, b, 3),
    );
    order.forEach((index, place) => {
      ranks[index] = (place + 0.5) / order.length;
    });
  }
  return ranks;
}

function chooseHost(
  dice: Dice,
  hosts: Host[],
  machines: readonly Machine[],
  plan: Plan,
  index: number,
): Host {
  const isNew = dice.unit(DRAW.host, index, 1) < HOST_CONCENTRATION / (HOST_CONCENTRATION + index);
  if (!isNew) {
    // A random earlier machine leads to its host; one of the same form is preferred.
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const other = machines[dice.int(0, index - 1, DRAW.host, index, 2, attempt)] as Machine;
      if (other.model.form === plan.model.form || attempt === 5) return other.host;
    }
  }
  const unit = (what: number) => dice.unit(DRAW.host, index, 10 + what);
  const host: Host = {
    index: hosts.length,
    hostId: 1_000 + hosts.length * 1_021 + Math.floor(unit(0) * 1_000),
    isDatacenter: unit(1) < DATACENTER_SHARE[plan.model.form],
    place: weightedPick(
      PLACES.map((place) => [place, place.weight] as const),
      unit(2),
    ),
    hasStaticIp: unit(3) < 0.57,
    // 198.18.0.0/15 is set aside for tests (RFC 2544): no real host stands there.
    network: `198.${18 + ((hosts.length >> 8) % 2)}.${hosts.length % 256}.`,
    machines: [],
    isRegionHidden: false,
  };
  hosts.push(host);
  return host;
}

interface MachineParts {
  readonly dice: Dice;
  readonly startMs: number;
  readonly plan: Plan;
  readonly index: number;
  readonly host: Host;
  readonly priceRank: number;
  readonly nextGpuId: { value: number };
}

function buildMachine({ dice, startMs, plan, index, host, priceRank, nextGpuId }: MachineParts): Machine {
  const { model, numGpus, minChunk } = plan;
  const unit = (what: number) => dice.unit(DRAW.machine, index, 100 + what);
  const gpuIds = Array.from({ length: numGpus }, (_, i) => nextGpuId.value + i);
  nextGpuId.value += numGpus + (unit(0) < 0.2 ? 1 : 0);
  // In some machines the ids do not follow the slots (seen in 248 of 1,396 recorded chunks).
  const slotIds = unit(1) < 0.1 ? gpuIds.toReversed() : gpuIds;
  const price = model.medianPricePerHour * Math.exp(model.priceSigma * normalQuantile(priceRank));
  const basePrice = toHostPrice(price * HOST_SHARE);
  const verification = drawVerification(model, host, unit(2));
  const isRolling = unit(3) < 0.35;
  const termDays = drawTermDays(unit(4), unit(5));
  const reliability = drawReliability(verification, unit(6));
  const machine: Machine = {
    index,
    machineId: 1_200 + index * 17 + Math.floor(unit(7) * 16),
    host,
    model,
    numGpus,
    gpuIds: slotIds,
    asks: [],
    surroundings: drawSurroundings(dice, model, index, numGpus),
    basePrice,
    bidFloorRatio: unit(8) < 0.35 ? 1 : Number((0.45 + 0.55 * Math.sqrt(unit(9))).toFixed(2)),
    baseReliability: reliability,
    termDays,
    isRolling,
    isManaged: false,
    ownerId: host.hostId,
    ownerLog: [{ fromMs: Number.NEGATIVE_INFINITY, ownerId: host.hostId }],
    minChunk,
    minBidPrice: undefined,
    version: 1,
    hostPrice: basePrice,
    priceLog: [{ fromMs: Number.NEGATIVE_INFINITY, hostPrice: basePrice }],
    reliability,
    verification,
    vericode: drawVericode(verification, unit(10)),
    isListed: true,
    outages: 0,
    isHiddenWhileDown: false,
    downSinceMs: 0,
    generation: Math.floor(unit(11) * 20),
    listedSinceMs: startMs - unit(12) * 20 * DAY_MS,
    endDateMs:
      Math.round((startMs + (isRolling ? termDays : termDays * unit(13)) * DAY_MS + HOUR_MS) / 1_000) * 1_000,
    rentals: [],
    onDemandMask: 0,
    bidMask: 0,
    sinceMs: slotIds.map(() => startMs),
    watchers: new Set(),
  };
  machine.asks = cutMachine(machine, minChunk);
  return machine;
}

/** Hosts type prices with three places at most; never nothing. */
export function toHostPrice(dollars: number): number {
  return Math.max(0.005, dollars < 0.2 ? Number(dollars.toFixed(3)) : Number(dollars.toFixed(2)));
}

function drawVerification(model: GpuModel, host: Host, unit: number): Verification {
  const verified = host.isDatacenter ? Math.max(0.9, model.verifiedShare) : model.verifiedShare;
  if (unit < verified) return 'verified';
  // 184 deverified beside 583 unverified offers on 2024-11-05.
  return unit < verified + (1 - verified) * 0.76 ? 'unverified' : 'deverified';
}

/** 1 verified, 0 unverified; deverified rows carry what was found wrong. */
export function drawVericode(verification: Verification, unit: number): number {
  if (verification === 'verified') return 1;
  if (verification === 'unverified') return 0;
  return unit < 0.46 ? 8 : unit < 0.84 ? 4 : unit < 0.92 ? 10 : 2;
}

/** Recorded listings run 1 day to 23 years more; half of them less than 56 days. */
function drawTermDays(kind: number, unit: number): number {
  if (kind < 0.03) return 2_000 + 6_000 * unit;
  return Math.max(3, Math.round(50 * Math.exp(1.1 * normalQuantile(Math.min(0.995, Math.max(0.005, unit))))));
}

/** Quantiles of 2024-11-05: 5 % below 0.958, half below 0.993, the best 0.9994; newcomers start at 0.6. */
function drawReliability(verification: Verification, unit: number): number {
  if (verification !== 'verified' && unit < 0.04) return Number((0.6 + 0.3 * (unit / 0.04)).toFixed(7));
  const loss = 0.006 * Math.exp(1.15 * normalQuantile(Math.min(0.99, Math.max(0.01, unit))));
  return Number(Math.max(0.9, 1 - Math.max(0.0006, loss)).toFixed(7));
}
