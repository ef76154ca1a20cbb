// Renters: how many come for each model, what they want, and which ask they take. An arrival weighs every
// ask with noise keyed by (arrival, ask), so when somebody else takes one ask, only those arrivals change
// that would have taken it.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import { type Dice, DRAW } from '../dice.ts';
import { type GpuModel, RENTAL } from './calibration.ts';
import { MEAN_RENTAL_HOURS, offeredLoad } from './distributions.ts';
import { weightedPick } from './hardware.ts';
import { type Ask, isUp, type Machine, minimumBid, renterPrice, type World } from './world.ts';

export const RENTAL_KINDS = ['on-demand', 'bid'] as const;
export type RentalKind = (typeof RENTAL_KINDS)[number];

/** Renters are more by day: the rate swings by this much around its mean, highest at 15:00 UTC. */
const DAILY_SWING = 0.2;

/** A stream of arrivals: one model, one kind. Its number keys all of its draws. */
export interface DemandStream {
  readonly index: number;
  readonly model: GpuModel;
  readonly kind: RentalKind;
  /** Mean time between candidates at the busiest hour; some are dropped at quieter ones. */
  readonly meanGapMs: number;
}

/**
 * Lifts the offered load for what the loss formula does not know: contracts cut by the end of a listing,
 * chunks too small, prices too high, bids displaced by on-demand rentals. Found by measuring 40 days of
 * seeds 1 and 2 at 10,000 and 1,000 offers against the table's utilisation.
 */
const LOAD_FACTOR: Readonly<Record<RentalKind, number>> = { 'on-demand': 1.22, bid: 3 };
/** A market of few GPUs loses more arrivals to chunks that are too small. */
const FEW_GPUS = 12;

export function demandStreams(world: World): DemandStream[] {
  const streams: DemandStream[] = [];
  for (const model of world.models) {
    const machines = world.machinesByModel[model.index] ?? [];
    const gpus = machines.reduce((sum, machine) => sum + machine.numGpus, 0);
    if (gpus === 0) continue;
    const rentalGpus = meanRentalGpus(machines);
    for (const kind of RENTAL_KINDS) {
      const busy = kind === 'on-demand' ? model.utilisation : RENTAL.bidUtilisation;
      const servers = Math.max(1, Math.round(gpus / rentalGpus));
      const load = offeredLoad(servers, busy) * LOAD_FACTOR[kind] * (1 + FEW_GPUS / (gpus + 4 * FEW_GPUS));
      const meanGapMs = (MEAN_RENTAL_HOURS * HOUR_MS) / load / (1 + DAILY_SWING);
      streams.push({ index: model.index * 2 + RENTAL_KINDS.indexOf(kind), model, kind, meanGapMs });
    }
  }
  return streams;
}

/** GPUs of a rental on average, given that one takes the nearest chunk there is. */
function meanRentalGpus(machines: readonly Machine[]): number {
  const sizes = new Set(machines.flatMap((machine) => machine.asks.map((ask) => ask.chunk.size)));
  let sum = 0;
  let weights = 0;
  for (const [wanted, weight] of RENTAL.wanted) {
    const nearest = [...sizes].sort((a, b) => distance(a, wanted) - distance(b, wanted) || a - b)[0] ?? 1;
    sum += nearest * weight;
    weights += weight;
  }
  return sum / weights;
}

function distance(size: number, wanted: number): number {
  return Math.abs(Math.log2(size / wanted));
}

/** Whether a candidate arrival at this time is one: the day's rhythm. */
export function isArrival(dice: Dice, stream: DemandStream, n: number, atMs: number): boolean {
  const phase = (((atMs % DAY_MS) / DAY_MS) * 24 - 9) / 24;
  const rate = (1 + DAILY_SWING * Math.sin(2 * Math.PI * phase)) / (1 + DAILY_SWING);
  return dice.unit(DRAW.arrival, stream.index, n, 1) < rate;
}

export interface Choice {
  readonly ask: Ask;
  /** Dollars an hour for the whole ask that the renter will pay. */
  readonly pricePerHour: number;
}

/** How much worse, in units of the noise, a chunk of twice or half the wanted size is. */
const SIZE_PENALTY = 2.5;
const VERIFIED_BONUS = 0.6;
/** Bidders rarely contest what another bid already holds. */
const CONTEST_PENALTY = 2.5;

/** Who wants to stay long avoids listings that end before. */
const SHORT_LISTING_PENALTY = 3;
/** On-demand rentals end bids on their GPUs, and the ranking shows such asks less. */
const DISPLACING_PENALTY = 1.5;

export interface Wish {
  readonly fromMs: number;
  readonly hours: number;
}

/** The ask that arrival `n` takes; undefined when nothing suits. */
export function chooseAsk(world: World, stream: DemandStream, n: number, wish: Wish): Choice | undefined {
  const { dice } = world;
  const { model, kind } = stream;
  const wanted = weightedPick(RENTAL.wanted, dice.unit(DRAW.arrival, stream.index, n, 2));
  // Median 1.5 times the model's usual price: few go away because of it, all from a mad price.
  const mostPerGpu =
    model.medianPricePerHour * 1.5 * Math.exp(0.4 * dice.normal(DRAW.arrival, stream.index, n, 3));
  const bidMargin = 1 + 0.25 * dice.exponential(DRAW.arrival, stream.index, n, 4);
  let best: Choice | undefined;
  let bestUtility = Number.NEGATIVE_INFINITY;
  for (const machine of world.machinesByModel[model.index] ?? []) {
    if (!machine.isListed || !isUp(machine)) continue;
    const onDemandPrice = renterPrice(machine);
    if (kind === 'on-demand' && onDemandPrice > mostPerGpu) continue;
    const bonus = machine.verification === 'verified' ? VERIFIED_BONUS : 0;
    const isShort = machine.endDateMs - wish.fromMs < wish.hours * HOUR_MS;
    const common =
      bonus -
      (isShort ? SHORT_LISTING_PENALTY : 0) -
      RENTAL.elasticity * Math.log(onDemandPrice / model.medianPricePerHour);
    for (const ask of machine.asks) {
      const { mask, size } = ask.chunk;
      if ((mask & machine.onDemandMask) !== 0) continue;
      let pricePerHour = onDemandPrice * size;
      let utility = common - SIZE_PENALTY * distance(size, wanted);
      if (kind === 'bid') {
        const least = minimumBid(machine, mask, size);
        pricePerHour = least * bidMargin;
        if (least > mostPerGpu * size) continue;
        if ((mask & machine.bidMask) !== 0) utility -= CONTEST_PENALTY;
      } else if ((mask & machine.bidMask) !== 0) utility -= DISPLACING_PENALTY;
      const noise = dice.unit(DRAW.choice, stream.index, n, machine.index * 32 + ask.index);
      utility -= Math.log(-Math.log(noise));
      if (utility <= bestUtility) continue;
      bestUtility = utility;
      best = { ask, pricePerHour };
    }
  }
  return best;
}
