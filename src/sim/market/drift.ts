// What moves by itself on machines and their hosts: prices, reliability, verification, the place that is shown.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import { DRAW } from '../dice.ts';
import { EVENT, type Handler, type Planner } from './event-kinds.ts';
import type { MarketEvent } from './event-queue.ts';
import { drawVericode, toHostPrice } from './population.ts';
import { type Host, type Machine, setHostPrice, touch, type World } from './world.ts';

const MINUTE_MS = 60_000;
/** A region gets lost for a day after so many, on average. */
const SHOWN_DAYS = 120;
const RELIABILITY_GAP_HOURS = 4;
const VERIFICATION_GAP_DAYS = 25;
/** A price typed wrong: 20 times too high, noticed within minutes (seen in other people's recordings). */
const MISTYPED_SHARE = 0.002;
const MISTYPED_FACTOR = 20;

export function createDrift(world: World, { plan, planAfter }: Planner) {
  const { dice } = world;
  const machineOf = (event: MarketEvent) => world.machines[event.id] as Machine;

  const handlers = {
    [EVENT.price]: (event) => {
      const machine = machineOf(event);
      if (machine.isManaged) return;
      const pull = 0.2 * Math.log(machine.basePrice / machine.hostPrice);
      const step = pull + 0.06 * dice.normal(DRAW.price, event.id, event.n, 1);
      const price = toHostPrice(machine.hostPrice * Math.exp(step));
      const isMistyped = dice.unit(DRAW.price, event.id, event.n, 3) < MISTYPED_SHARE;
      setHostPrice(machine, isMistyped ? price * MISTYPED_FACTOR : price, event.atMs);
      if (isMistyped) {
        plan(
          EVENT.priceBack,
          event.atMs + (5 + 10 * dice.unit(DRAW.price, event.id, event.n, 4)) * MINUTE_MS,
          event.id,
          event.n,
        );
      }
      plan(
        EVENT.price,
        event.atMs + (1 + 2 * dice.unit(DRAW.price, event.id, event.n, 2)) * DAY_MS,
        event.id,
        event.n + 1,
      );
      touch(world, machine);
    },

    [EVENT.priceBack]: (event) => {
      const machine = machineOf(event);
      if (machine.isManaged) return;
      setHostPrice(machine, toHostPrice(machine.hostPrice / MISTYPED_FACTOR), event.atMs);
      touch(world, machine);
    },

    [EVENT.reliability]: (event) => {
      const machine = machineOf(event);
      const size = 0.0001 + 0.0009 * dice.unit(DRAW.reliability, event.id, event.n, 1);
      // Drifts back towards the machine's own level, the more the further it is away.
      const upShare =
        0.5 + Math.max(-0.45, Math.min(0.45, 60 * (machine.baseReliability - machine.reliability)));
      const isUpward = dice.unit(DRAW.reliability, event.id, event.n, 2) < upShare;
      machine.reliability = clampReliability(machine.reliability + (isUpward ? size : -size));
      planAfter(EVENT.reliability, RELIABILITY_GAP_HOURS * HOUR_MS, DRAW.reliability, {
        ...event,
        n: event.n + 1,
      });
      touch(world, machine);
    },

    [EVENT.verification]: (event) => {
      const machine = machineOf(event);
      const unit = (what: number) => dice.unit(DRAW.verification, event.id, event.n, what);
      let gapMs = VERIFICATION_GAP_DAYS * DAY_MS;
      if (machine.verification === 'verified') {
        // Most deverifications are a passing fault, cleared within hours.
        if (unit(1) < 0.3) {
          machine.verification = 'deverified';
          gapMs = 12 * HOUR_MS;
          for (const watcher of machine.watchers) watcher.deverified?.(event.atMs);
        }
      } else if (machine.verification === 'deverified') {
        machine.verification = unit(1) < machine.model.verifiedShare ? 'verified' : 'unverified';
      } else if (unit(1) < 0.25 * machine.model.verifiedShare && machine.reliability > 0.9) {
        machine.verification = 'verified';
      }
      machine.vericode = drawVericode(machine.verification, unit(2));
      planAfter(EVENT.verification, gapMs, DRAW.verification, { ...event, n: event.n + 1 });
      touch(world, machine);
    },

    [EVENT.location]: (event) => {
      const host = world.hosts[event.id] as Host;
      host.isRegionHidden = !host.isRegionHidden;
      for (const machine of host.machines) touch(world, machine);
      const gapDays = host.isRegionHidden ? 1 : SHOWN_DAYS;
      planAfter(EVENT.location, gapDays * DAY_MS, DRAW.location, { ...event, n: event.n + 1 });
    },
  } as const satisfies Record<number, Handler>;

  return {
    handlers,
    /** Plans the first event of each stream. */
    begin() {
      const start = { atMs: world.startMs, n: 0 };
      for (const { index: id } of world.hosts)
        planAfter(EVENT.location, SHOWN_DAYS * DAY_MS, DRAW.location, { ...start, id });
      for (const { index: id } of world.machines) {
        planAfter(EVENT.reliability, RELIABILITY_GAP_HOURS * HOUR_MS, DRAW.reliability, { ...start, id });
        planAfter(EVENT.verification, VERIFICATION_GAP_DAYS * DAY_MS, DRAW.verification, { ...start, id });
        plan(EVENT.price, world.startMs + 2 * DAY_MS * dice.unit(DRAW.price, id, -1), id, 0);
      }
    },
  };
}

/** Seven places, as on the wire. */
export function clampReliability(value: number): number {
  return Number(Math.min(0.9999, Math.max(0.6, value)).toFixed(7));
}
