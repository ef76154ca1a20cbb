// The kinds of events that happen in the market, and how the next one of a stream is planned.
import type { Draw } from '../dice.ts';
import type { MarketEvent } from './event-queue.ts';
import type { World } from './world.ts';

/** In the order in which they come when they fall on the same millisecond. */
export const EVENT = {
  rentalEnd: 1,
  outageEnd: 2,
  outageStart: 3,
  listingEnd: 4,
  relist: 5,
  renewTerm: 6,
  price: 7,
  priceBack: 8,
  reliability: 9,
  verification: 10,
  location: 11,
  arrival: 12,
  reshuffle: 13,
} as const;
export type EventKind = (typeof EVENT)[keyof typeof EVENT];

export interface Planner {
  readonly plan: (kind: EventKind, atMs: number, id: number, n: number) => void;
  /** After a gap drawn by chance, `gapMs` on average. */
  readonly planAfter: (
    kind: EventKind,
    gapMs: number,
    draw: Draw,
    event: { readonly atMs: number; readonly id: number; readonly n: number },
  ) => void;
}

export function createPlanner({ dice, queue }: World): Planner {
  const plan: Planner['plan'] = (kind, atMs, id, n) => queue.push({ atMs, kind, id, n });
  return {
    plan,
    planAfter: (kind, gapMs, draw, { atMs, id, n }) =>
      plan(kind, atMs + gapMs * dice.exponential(draw, id, n, kind), id, n),
  };
}

export type Handler = (event: MarketEvent) => void;
