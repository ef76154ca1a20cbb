// What the last sweeps saw, by type: the knowledge that slices are planned from and answers are judged by.
import type { Clock } from '../../base/std/index.ts';
import { holds, type Listing, type MarketType, type Slice } from './slice.ts';

interface Entry {
  readonly listing: Listing;
  /** Sweeps since it was last seen. */
  readonly missedSweeps: number;
}

/** An offer that two sweeps in a row did not show is no longer planned for. */
const MOST_MISSED_SWEEPS = 2;

/** More than this share of a type's usual offers gone within one sweep is not believed. */
const BELIEVABLE_LOSS = 0.25;

/** Below this number a type's size says nothing. */
const LEAST_TELLING_ROWS = 20;

/** What was seen longer ago (a machine that slept, a recording with holes) says little about how many there are. */
const STALE_AFTER_MS = 6 * 60 * 60_000;

/** Sweeps in a row after which a smaller market is believed; an empty one never is. An hour at the usual interval. */
const PATIENCE_SWEEPS = 10;

export interface Census {
  /** Everything worth planning for. A type that was never swept borrows what the other types showed. */
  known(type: MarketType): readonly Listing[];
  /** How many offers of the slice the last sweep saw; 0 before the first. */
  expected(slice: Slice): number;
  /** Whether the last sweep is so long ago that numbers may have changed by themselves. */
  isStale(type: MarketType): boolean;
  /** Offers of the type that the last sweep saw. */
  usual(type: MarketType): number;
  /** Offers that the last two sweeps saw and `seen` lacks. */
  lacking(type: MarketType, seen: { has(offerId: number): boolean }): readonly Listing[];
  /**
   * Takes over what a sweep saw. False when too much is gone to be believed: then nothing is forgotten, and
   * the sweep must not be read as anybody's absence. A sweep that is `isPartial`, because searches failed,
   * forgets nothing either; what it did ask for still counts.
   */
  settle(
    type: MarketType,
    seen: ReadonlyMap<number, Listing>,
    options: { readonly isPartial: boolean },
  ): boolean;
  /** Takes over what an earlier collector saw; offers that its last sweep did not show are `missing`. */
  recall(type: MarketType, last: RecalledSweep): void;
}

export interface RecalledSweep {
  readonly listed: readonly Listing[];
  readonly missing: readonly Listing[];
  readonly atMs: number;
}

export function createCensus({ clock }: { readonly clock: Clock }): Census {
  const believedAtMs = new Map<MarketType, number>();
  const byType = new Map<MarketType, Map<number, Entry>>();
  const doubted = new Map<MarketType, number>();
  const entriesOf = (type: MarketType) => byType.get(type) ?? new Map<number, Entry>();

  const usual = (type: MarketType) => {
    let count = 0;
    for (const { missedSweeps } of entriesOf(type).values()) if (missedSweeps === 0) count += 1;
    return count;
  };

  const isStale = (type: MarketType) =>
    clock.now() - (believedAtMs.get(type) ?? clock.now()) > STALE_AFTER_MS;

  const isBelieved = (type: MarketType, seen: ReadonlyMap<number, Listing>) => {
    let usualRows = 0;
    let lost = 0;
    for (const [offerId, { missedSweeps }] of entriesOf(type)) {
      if (missedSweeps > 0) continue;
      usualRows += 1;
      if (!seen.has(offerId)) lost += 1;
    }
    const doubts = (doubted.get(type) ?? 0) + 1;
    if (usualRows < LEAST_TELLING_ROWS || lost <= BELIEVABLE_LOSS * usualRows) {
      doubted.delete(type);
      return true;
    }
    doubted.set(type, doubts);
    if (seen.size === 0 || (doubts < PATIENCE_SWEEPS && !isStale(type))) return false;
    doubted.delete(type);
    return true;
  };

  return {
    known(type) {
      const own = entriesOf(type);
      if (own.size > 0) return [...own.values()].map(({ listing }) => listing);
      for (const other of byType.values()) {
        if (other.size > 0) return [...other.values()].map(({ listing }) => borrowed(listing));
      }
      return [];
    },
    expected(slice) {
      let count = 0;
      for (const { listing, missedSweeps } of entriesOf(slice.type).values()) {
        if (missedSweeps === 0 && holds(slice, listing)) count += 1;
      }
      return count;
    },
    isStale,
    usual,
    lacking: (type, seen) =>
      [...entriesOf(type).values()]
        .filter(({ listing }) => !seen.has(listing.offerId))
        .map(({ listing }) => listing),
    recall(type, { listed, missing, atMs }) {
      const entries = new Map<number, Entry>();
      for (const listing of listed) entries.set(listing.offerId, { listing, missedSweeps: 0 });
      for (const listing of missing) entries.set(listing.offerId, { listing, missedSweeps: 1 });
      byType.set(type, entries);
      believedAtMs.set(type, atMs);
    },
    settle(type, seen, { isPartial }) {
      const isBelievable = isPartial || isBelieved(type, seen);
      const ageBy = isPartial || !isBelievable ? 0 : 1;
      const next = new Map<number, Entry>();
      for (const [offerId, listing] of seen) next.set(offerId, { listing, missedSweeps: 0 });
      for (const [offerId, { listing, missedSweeps }] of entriesOf(type)) {
        if (next.has(offerId) || missedSweeps + ageBy >= MOST_MISSED_SWEEPS) continue;
        next.set(offerId, { listing, missedSweeps: missedSweeps + ageBy });
      }
      byType.set(type, next);
      if (isBelievable && !isPartial) believedAtMs.set(type, clock.now());
      return isBelievable;
    },
  };
}

/** The other type's view of the same ask: all the same but the price. */
function borrowed(listing: Listing): Listing {
  return { ...listing, price: listing.bidPrice };
}
