// The simulated market: a population, its events, and the two sides of it, what a search shows and what is true.
import type { Dice } from '../dice.ts';
import type { RentalTruth, SlotTruth } from '../types.ts';
import { createHappenings } from './happenings.ts';
import type { Market, MarketRow, MarketTruth, MarketView } from './market.ts';
import { offerRow, type PlacedView } from './offer-row.ts';
import { buildWorld } from './population.ts';
import { createRowStore } from './row-store.ts';
import { isShown, isUp, type Machine, offerIdOf, type Rental, type World } from './world.ts';

export interface SimulatedMarket extends Market {
  readonly truth: MarketTruth;
  readonly world: World;
}

export interface SimulatedMarketOptions {
  readonly dice: Dice;
  readonly startMs: number;
  readonly offers: number;
}

/** Views are few: the collector's two, and what people ask for. */
const VIEWS_KEPT = 6;

export function createSimulatedMarket(options: SimulatedMarketOptions): SimulatedMarket {
  const world = buildWorld(options);
  const happenings = createHappenings(world);
  happenings.begin();
  /** Lists of rows by view, good until anything changes; the view longest unused gives its place away. */
  const lists = new Map<string, { placed: PlacedView; version: number; rows: MarketRow[] }>();
  let views = 0;
  const listOf = (view: MarketView) => {
    const key = `${view.type}/${view.allocatedGb}`;
    let list = lists.get(key);
    lists.delete(key);
    if (!list) {
      const [oldestKey, oldest] = lists.size < VIEWS_KEPT ? [] : (lists.entries().next().value ?? []);
      if (oldestKey !== undefined) lists.delete(oldestKey);
      views += 1;
      const place = oldest?.placed.place ?? lists.size;
      const store = oldest?.placed.store ?? createRowStore();
      list = { placed: { view, viewId: views, place, store }, version: -1, rows: [] };
    }
    lists.set(key, list);
    return list;
  };

  const advance = (nowMs: number) => {
    for (let event = world.queue.popUntil(nowMs); event; event = world.queue.popUntil(nowMs)) {
      world.nowMs = Math.max(world.nowMs, event.atMs);
      happenings.handle(event);
    }
    world.nowMs = Math.max(world.nowMs, nowMs);
  };
  advance(options.startMs);

  return {
    world,
    advance,
    nextAtMs: () => world.queue.nextAtMs(),
    rows(view: MarketView) {
      const list = listOf(view);
      if (list.version === world.version) return list.rows;
      list.version = world.version;
      list.rows = [];
      for (const machine of world.machines) {
        if (!isShown(machine)) continue;
        for (const ask of machine.asks) list.rows.push(offerRow(world, ask, list.placed));
      }
      return list.rows;
    },
    gpuNames: () =>
      world.models
        .filter(({ index }) => (world.machinesByModel[index] ?? []).length > 0)
        .map(({ name }) => name),
    extraColumns: new Map(),
    noteSearch: () => ({}),
    truth: {
      slots: () => world.machines.flatMap(slotsOf),
      rentals: (fromMs, toMs) =>
        world.rentals
          .filter(({ startMs, endMs }) => startMs < toMs && (endMs === undefined || endMs > fromMs))
          .map(rentalTruth),
      listedOfferIds: () =>
        world.machines
          .filter((machine) => machine.isListed && isUp(machine))
          .flatMap((machine) => machine.asks.map((ask) => offerIdOf(world, ask)))
          .sort((a, b) => a - b),
    },
  };
}

function slotsOf(machine: Machine): SlotTruth[] {
  return machine.gpuIds.map((gpuId, bit) => {
    const rental = machine.rentals.find(({ mask, isDefaultJob }) => !isDefaultJob && (mask >> bit) & 1);
    const state = !isUp(machine) ? 'offline' : rental ? rental.kind : machine.isListed ? 'free' : 'unlisted';
    return {
      machineId: machine.machineId,
      gpuId,
      state,
      sinceMs: machine.sinceMs[bit] as number,
      lockedPricePerHour:
        rental && isUp(machine) ? rental.lockedPricePerHour / gpusOf(rental).length : undefined,
    };
  });
}

function rentalTruth(rental: Rental): RentalTruth {
  return {
    rentalId: rental.rentalId,
    machineId: rental.machine.machineId,
    gpuIds: gpusOf(rental),
    kind: rental.kind,
    startMs: rental.startMs,
    endMs: rental.endMs,
    lockedPricePerHour: rental.lockedPricePerHour,
  };
}

function gpusOf({ machine, mask }: Rental): number[] {
  return machine.gpuIds.filter((_, bit) => (mask >> bit) & 1).sort((a, b) => a - b);
}
