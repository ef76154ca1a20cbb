// Whether an offer that a sweep did not show must have been shown, had it been listed.
import type { CoverageKey } from '../history/index.ts';
import { couldHold, type MarketType, regionOf, type Slice } from './slice.ts';

/** The slices that one type's sweep came down to, and whether each came whole. */
export interface TypeCoverage {
  readonly type: MarketType;
  readonly leaves: readonly { readonly slice: Slice; readonly isWhole: boolean }[];
  /** Offers that are listed nowhere, not even outside the collection filter. */
  readonly absent: ReadonlySet<number>;
  /** False when the sweep saw so little that it says nothing about anybody's absence. */
  readonly isBelievable: boolean;
}

/**
 * True when the offer is known to be listed nowhere, or when every slice that could hold the offer, in whatever state and at whatever price, came whole.
 * `mayCollect` says whether the collection filter would have let it through for certain.
 */
export function makeCovers(
  sweeps: readonly TypeCoverage[],
  mayCollect: (open: CoverageKey) => boolean,
): (open: CoverageKey) => boolean {
  return (open) => {
    const sweep = sweeps.find(({ type }) => type === open.type);
    if (!sweep?.isBelievable || sweep.leaves.length === 0) return false;
    if (sweep.absent.has(open.offerId)) return true;
    if (!mayCollect(open)) return false;
    const known = {
      gpuName: open.gpuName,
      numGpus: open.numGpus,
      region: regionOf(open.geolocation),
    };
    return sweep.leaves.every(({ slice, isWhole }) => isWhole || !couldHold(slice, known));
  };
}
