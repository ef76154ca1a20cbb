// One search and what came of it, in the collector's words: the seam between the sweep, which decides what
// to ask, and the far end, which may fail.
import type { Observation } from '../history/index.ts';
import type { Slice } from './slice.ts';

export interface Ask {
  readonly slice: Slice;
  /** Asks for these offers alone. */
  readonly offerIds?: readonly number[];
  /** Leaves out the collection filter, and what is left out by pricing storage. */
  readonly isUnfiltered?: boolean;
}

export interface Answer {
  readonly kind: 'answer';
  /** One for each offer id; of two rows with one id the one with the higher score. */
  readonly observations: readonly Observation[];
  /** Rows as they came, duplicates and unreadable ones included: what a cap counts. */
  readonly rows: number;
  readonly duplicates: number;
  /** Rows that lack what makes them an offer. */
  readonly unreadable: number;
  readonly bytes: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly fieldNames: readonly string[];
  /** The time of a recorded poll that is being served again. */
  readonly replayAtMs: number | undefined;
}

export interface Failure {
  readonly kind: 'failed';
  /** A few words for the slice's record: `rate limited`, `truncated answer`. */
  readonly reason: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Whether asking anything else now would fail as well. */
  readonly isBlind: boolean;
}

/** Throws what no repetition mends (a wrong key, an aborted signal); everything else is an outcome. */
export type AskMarket = (ask: Ask, signal: AbortSignal) => Promise<Answer | Failure>;
