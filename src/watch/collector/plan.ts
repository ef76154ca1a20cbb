// The slices that a sweep starts from. They are kept from sweep to sweep while they fit, so that a steady
// market is asked the same questions, and made anew when they overflow or have become too many.
import { type Cap, targetRows } from './cap.ts';
import { holds, type Listing, type Slice } from './slice.ts';
import { splitSlice } from './split.ts';

/** More slices than this many times the fewest that would do are not worth keeping. */
const MOST_SURPLUS = 1.25;

export interface PlanInput {
  readonly root: Slice;
  readonly known: readonly Listing[];
  readonly cap: Cap;
  /** The slices that the last sweep ended with. */
  readonly current: readonly Slice[] | undefined;
}

export function planSlices({ root, known, cap, current }: PlanInput): readonly Slice[] {
  const target = targetRows(cap);
  const inside = known.filter((listing) => holds(root, listing));
  const fresh = splitSlice({ slice: root, known: inside, expected: inside.length, target });
  if (!current || current.length === 0) return fresh;
  if (current.length > MOST_SURPLUS * fresh.length) return fresh;
  // Half of the room that was left free may be used up before a slice is in danger.
  const mostRows = (target + cap.rows) / 2;
  const fits = current.every(
    (slice) => inside.reduce((n, listing) => (holds(slice, listing) ? n + 1 : n), 0) <= mostRows,
  );
  return fits ? current : fresh;
}

/**
 * How many caps of offers a cut answer is taken to stand for when nothing else is known of its slice. Of 1.6, 2,
 * 2.5, 3 and 4, 2 and less took the fewest searches to learn a simulated market of 5,000 offers
 * under cap 64 (246 at 2, 263 at 3, 332 at 4).
 */
const BLIND_GUESS = 2;

export interface OverflowInput {
  readonly slice: Slice;
  /** Known listings, those of the cut answer included. */
  readonly known: readonly Listing[];
  readonly cap: Cap;
  /** Whether earlier sweeps saw this part of the market, so that what is known is nearly all there is. */
  readonly isFamiliar: boolean;
}

/** The parts of a slice whose answer was cut; empty when nothing known tells its offers apart. */
export function splitOverflow({ slice, known, cap, isFamiliar }: OverflowInput): readonly Slice[] {
  const inside = known.filter((listing) => holds(slice, listing));
  const least = isFamiliar ? 1.2 * cap.rows : BLIND_GUESS * cap.rows;
  const expected = Math.max(least, 1.2 * inside.length);
  const parts = splitSlice({ slice, known: inside, expected, target: targetRows(cap) });
  return parts.length > 1 ? parts : [];
}
