// Whether a listing may be believed. What is missing in one that is short, torn or empty is not gone: nobody knows.
import type { InstanceListing } from '../../../net/vast/index.ts';

export interface Expectation {
  /** Instances that the last complete listing held and that nobody has seen end. */
  readonly known: readonly number[];
  /** Creates whose outcome is not known: an instance may be there that nobody has seen. */
  readonly inDoubt: number;
  /** Since when listings have been empty; undefined when the one before was not. */
  readonly emptySinceMs: number | undefined;
  readonly nowMs: number;
}

export type ListingVerdict =
  | { readonly kind: 'complete' }
  /** Believed only if each of these is looked up by its id and is not there. */
  | { readonly kind: 'ask'; readonly ids: readonly number[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * An empty answer to a create in doubt is believed only after so long: retired endpoints and half-dead replicas have
 * answered "none" to accounts with machines, and five minutes of it is one of the simulator's faults.
 */
export const EMPTY_BELIEVED_AFTER_MS = 10 * 60_000;

/** Above this many an empty listing is not worth asking after one by one: it is wrong. */
const ASKED_AT_MOST = 10;

export function judgeListing(listing: InstanceListing, expected: Expectation): ListingVerdict {
  const { instances, total, faults } = listing;
  if (faults.length > 0) return { kind: 'unknown', reason: faults[0] ?? '' };
  if (total === null) return { kind: 'unknown', reason: 'the service did not say how many there are' };
  if (instances.length > 0) return { kind: 'complete' };
  const { known, inDoubt, emptySinceMs, nowMs } = expected;
  const emptyForMs = emptySinceMs === undefined ? 0 : nowMs - emptySinceMs;
  if (inDoubt > 0 && emptyForMs < EMPTY_BELIEVED_AFTER_MS) {
    return { kind: 'unknown', reason: `an empty listing while ${inDoubt} creates are in doubt` };
  }
  if (known.length === 0) return { kind: 'complete' };
  if (known.length > ASKED_AT_MOST) {
    return {
      kind: 'unknown',
      reason: `an empty listing, though ${known.length} instances were there before`,
    };
  }
  return { kind: 'ask', ids: known };
}
