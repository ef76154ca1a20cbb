// What happens in the market, one function for each kind of event. Every draw is keyed by whom it concerns
// and the how-manieth of its kind it is; every handler plans its own next event.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import { DRAW } from '../dice.ts';
import { renewIds } from './asks.ts';
import { RENTAL } from './calibration.ts';
import { chooseAsk, type DemandStream, demandStreams, isArrival } from './demand.ts';
import { metRentalHours, rentalHours } from './distributions.ts';
import { clampReliability, createDrift } from './drift.ts';
import { createPlanner, EVENT, type EventKind } from './event-kinds.ts';
import type { MarketEvent } from './event-queue.ts';
import { freeGpus } from './listing.ts';
import { bringUp, takeDown } from './outages.ts';
import { countRented, endRental, markSince, startRental } from './rentals.ts';
import { type Host, type Machine, type Rental, touch, type World } from './world.ts';

const MINUTE_MS = 60_000;
/** Outages of hosts and of machines share streams: machines are numbered after this. */
const MACHINE_OUTAGES = 1_000_000;
const HOST_OUTAGE_GAP_DAYS = 20;
const MACHINE_OUTAGE_GAP_DAYS = 25;
const OUTAGE_MEDIAN_HOURS = 2.5;
const OUTAGE_SIGMA = 1.4;
const LONGEST_OUTAGE_HOURS = 5 * 24;
const MEAN_OUTAGE_HOURS = OUTAGE_MEDIAN_HOURS * Math.exp(OUTAGE_SIGMA ** 2 / 2);
const HIDDEN_WHILE_DOWN_SHARE = 0.5;
const NEW_IDS_AFTER_OUTAGE_SHARE = 0.2;
/** A host takes its listing down and puts it up again: mostly at once, sometimes after days. */
const RESHUFFLE_GAP_DAYS = 25;
const AT_ONCE_SHARE = 0.8;
const AWAY_MEDIAN_DAYS = 1.5;
const AWAY_SIGMA = 1.2;
const LONGEST_AWAY_DAYS = 30;
const RENEWAL_SHARE = 0.85;

export interface Happenings {
  /** Fills the market with the rentals that run at its start and plans the first event of each stream. */
  begin(): void;
  handle(event: MarketEvent): void;
}

export function createHappenings(world: World): Happenings {
  const { dice } = world;
  const streams = demandStreams(world);
  const streamByIndex = new Map(streams.map((stream) => [stream.index, stream]));
  const { plan, planAfter } = createPlanner(world);
  const drift = createDrift(world, { plan, planAfter });
  const machineOf = (event: MarketEvent) => world.machines[event.id] as Machine;

  const nextArrival = (stream: DemandStream, n: number, atMs: number) =>
    plan(
      EVENT.arrival,
      atMs + stream.meanGapMs * dice.exponential(DRAW.arrivalGap, stream.index, n),
      stream.index,
      n,
    );

  /** Rents for arrival `n` if something suits; the contract ends with the listing at the latest. */
  const serve = (stream: DemandStream, n: number, atMs: number, hours: number, ageHours: number): void => {
    const choice = chooseAsk(world, stream, n, { fromMs: atMs, hours: hours - ageHours });
    if (!choice) return;
    // Rentals that run at the start count from minus two downwards; they get numbers of their own.
    const rentalId = n >= 0 ? (n + 1) * 256 + stream.index : 2 ** 40 - n * 256 + stream.index;
    const startMs = Math.round(atMs - ageHours * HOUR_MS);
    const wishedEndMs = atMs + (hours - ageHours) * HOUR_MS;
    const rental = startRental(world, {
      rentalId,
      kind: stream.kind,
      atMs: startMs,
      wishedEndMs,
      ...choice,
    });
    plan(EVENT.rentalEnd, Math.max(endOf(rental), atMs + MINUTE_MS), rentalId, 0);
  };

  const unlist = (machine: Machine, event: MarketEvent) => {
    machine.isListed = false;
    markSince(machine, freeGpus(machine), event.atMs);
    const awayDays =
      AWAY_MEDIAN_DAYS * Math.exp(AWAY_SIGMA * dice.normal(DRAW.listing, event.id, event.n, 2));
    const awayMs = Math.round(Math.min(awayDays, LONGEST_AWAY_DAYS) * DAY_MS);
    plan(EVENT.relist, event.atMs + awayMs, event.id, event.n);
  };

  const handlers: Readonly<Record<EventKind, (event: MarketEvent) => void>> = {
    ...drift.handlers,

    [EVENT.arrival]: (event) => {
      const stream = streamByIndex.get(event.id) as DemandStream;
      nextArrival(stream, event.n + 1, event.atMs);
      if (!isArrival(dice, stream, event.n, event.atMs)) return;
      const hours = rentalHours(dice.normal(DRAW.arrival, stream.index, event.n, 5));
      serve(stream, event.n, event.atMs, hours, 0);
    },

    [EVENT.rentalEnd]: (event) => {
      const rental = world.rentalsById.get(event.id);
      if (!rental) return;
      // A host may have prolonged the contract since.
      if (endOf(rental) > event.atMs) plan(EVENT.rentalEnd, endOf(rental), event.id, event.n + 1);
      else endRental(world, rental, event.atMs);
    },

    [EVENT.outageStart]: (event) => {
      const unit = (what: number) => dice.unit(DRAW.outage, event.id, event.n, what);
      const hours =
        OUTAGE_MEDIAN_HOURS * Math.exp(OUTAGE_SIGMA * dice.normal(DRAW.outage, event.id, event.n, 1));
      for (const machine of machinesOfOutage(event)) {
        takeDown(world, machine, event.atMs, unit(3) < HIDDEN_WHILE_DOWN_SHARE);
      }
      const lastsMs = Math.max(MINUTE_MS, Math.min(hours, LONGEST_OUTAGE_HOURS) * HOUR_MS);
      plan(EVENT.outageEnd, event.atMs + lastsMs, event.id, event.n);
    },

    [EVENT.outageEnd]: (event) => {
      for (const machine of machinesOfOutage(event)) {
        const lostPerHour = 0.0004;
        const downHours = Math.min(24, (event.atMs - machine.downSinceMs) / HOUR_MS);
        machine.reliability = clampReliability(machine.reliability - 0.0005 - lostPerHour * downHours);
        bringUp(world, machine, event.atMs, () => {
          const comesBackNew = dice.unit(DRAW.outage, event.id, event.n, 1_000 + machine.index);
          const isRelisted = machine.isListed && !machine.isManaged;
          if (isRelisted && comesBackNew < NEW_IDS_AFTER_OUTAGE_SHARE) renewIds(world, machine, event.atMs);
        });
      }
      const gapDays = event.id >= MACHINE_OUTAGES ? MACHINE_OUTAGE_GAP_DAYS : HOST_OUTAGE_GAP_DAYS;
      planAfter(EVENT.outageStart, gapDays * DAY_MS, DRAW.outageGap, { ...event, n: event.n + 1 });
    },

    [EVENT.listingEnd]: (event) => {
      const machine = machineOf(event);
      if (machine.isManaged) return;
      if (dice.unit(DRAW.listing, event.id, event.n, 1) < RENEWAL_SHARE) {
        machine.endDateMs = event.atMs + machine.termDays * DAY_MS;
        plan(EVENT.listingEnd, machine.endDateMs, event.id, event.n + 1);
      } else {
        unlist(machine, event);
      }
      touch(world, machine);
    },

    [EVENT.relist]: (event) => {
      const machine = machineOf(event);
      if (machine.isListed || machine.isManaged) return;
      machine.isListed = true;
      if (machine.endDateMs <= event.atMs) {
        machine.endDateMs = event.atMs + machine.termDays * DAY_MS;
        plan(EVENT.listingEnd, machine.endDateMs, event.id, event.n + 1);
      }
      markSince(machine, freeGpus(machine), event.atMs);
      renewIds(world, machine, event.atMs);
    },

    [EVENT.reshuffle]: (event) => {
      const machine = machineOf(event);
      if (machine.isManaged) return;
      const isAtOnce = dice.unit(DRAW.listing, event.id, event.n, 3) < AT_ONCE_SHARE;
      if (machine.isListed && isAtOnce) renewIds(world, machine, event.atMs);
      // Running rentals go on: a machine that nobody can find may still earn.
      else if (machine.isListed) unlist(machine, event);
      planAfter(EVENT.reshuffle, RESHUFFLE_GAP_DAYS * DAY_MS, DRAW.listing, { ...event, n: event.n + 1 });
      touch(world, machine);
    },

    [EVENT.renewTerm]: (event) => {
      const machine = machineOf(event);
      if (machine.isManaged) return;
      machine.endDateMs = event.atMs + machine.termDays * DAY_MS;
      plan(EVENT.renewTerm, event.atMs + DAY_MS, event.id, event.n + 1);
      touch(world, machine);
    },
  };

  /** The machines that an outage holds down; the same at its start and at its end. */
  function machinesOfOutage(event: MarketEvent): readonly Machine[] {
    if (event.id >= MACHINE_OUTAGES) return [world.machines[event.id - MACHINE_OUTAGES] as Machine];
    const host = world.hosts[event.id] as Host;
    // Usually the whole site; sometimes one rack.
    if (dice.unit(DRAW.outage, event.id, event.n, 4) < 0.7) return host.machines;
    return host.machines.filter(
      (machine) => dice.unit(DRAW.outage, event.id, event.n, 10 + machine.index) < 0.5,
    );
  }

  /** Some are down when the market begins, as at any time. */
  const planFirstOutage = (id: number, gapDays: number) => {
    const downShare = MEAN_OUTAGE_HOURS / (gapDays * 24);
    if (dice.unit(DRAW.initial, id, -1) < downShare) plan(EVENT.outageStart, world.startMs, id, 0);
    else planAfter(EVENT.outageStart, gapDays * DAY_MS, DRAW.outageGap, { atMs: world.startMs, id, n: 0 });
  };

  /** Rentals of the past are drawn until each model has the GPUs in use that it usually has. */
  const fillAtStart = (stream: DemandStream) => {
    const machines = world.machinesByModel[stream.model.index] ?? [];
    const share = stream.kind === 'on-demand' ? stream.model.utilisation : RENTAL.bidUtilisation;
    const target = share * countRented(machines).gpus;
    for (let k = 0; k < 4 * target + 2; k += 1) {
      const { onDemand, bid } = countRented(machines);
      const busy = stream.kind === 'on-demand' ? onDemand : bid;
      if (busy + dice.unit(DRAW.initial, stream.index, k, 1) > target) return;
      const hours = metRentalHours(dice.unit(DRAW.initial, stream.index, k, 2));
      const ageHours = hours * dice.unit(DRAW.initial, stream.index, k, 3);
      serve(stream, -2 - k, world.startMs, hours, ageHours);
    }
  };

  return {
    begin() {
      for (const stream of streams.filter(({ kind }) => kind === 'on-demand')) fillAtStart(stream);
      for (const stream of streams.filter(({ kind }) => kind === 'bid')) fillAtStart(stream);
      world.rentals.sort((a, b) => a.startMs - b.startMs || a.rentalId - b.rentalId);
      drift.begin();
      const start = { atMs: world.startMs, n: 0 };
      for (const stream of streams) nextArrival(stream, 0, world.startMs);
      for (const { index: id } of world.hosts) {
        planFirstOutage(id, HOST_OUTAGE_GAP_DAYS);
      }
      for (const { index: id, isRolling, endDateMs } of world.machines) {
        planFirstOutage(MACHINE_OUTAGES + id, MACHINE_OUTAGE_GAP_DAYS);
        planAfter(EVENT.reshuffle, RESHUFFLE_GAP_DAYS * DAY_MS, DRAW.listing, { ...start, id });
        if (isRolling) plan(EVENT.renewTerm, world.startMs + DAY_MS * dice.unit(DRAW.listing, id, -1), id, 0);
        else plan(EVENT.listingEnd, endDateMs, id, 0);
      }
    },
    handle: (event) => handlers[event.kind as EventKind](event),
  };
}

/** When it ends as things stand: as wished, or with its contract. */
function endOf({ wishedEndMs, contractEndMs }: Rental): number {
  return Math.round(Math.min(wishedEndMs, contractEndMs));
}
