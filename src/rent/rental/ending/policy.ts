// How long things may take at the end of a rental. The defaults are what docs and reservations count with.
import { HOUR_MS } from '../../../base/std/index.ts';

export interface EndingPolicy {
  /** Between the first tries of a destroy; default 3 s, the service's own interval. */
  readonly destroyRetryMs: number;
  /** No wait between two tries is longer; default 5 min. */
  readonly destroyRetryCapMs: number;
  /** Between two looks whether it is gone; default 15 s. */
  readonly confirmEveryMs: number;
  /** On the red list from this many tries on; default 3. */
  readonly redAfterTries: number;
  /** Or after this time since the first try; default 10 min. */
  readonly redAfterMs: number;
  /** What was parked can be taken back for so long; default 10 min. */
  readonly parkMs: number;
  /** How long the disk is kept, and its money is set aside, after the prepaid end; default 24 h. */
  readonly storageTailMs: number;
  /** From the moment when a controller first sees a stopped machine to its destroy, at least; default 1 h. */
  readonly noticeMs: number;
  /** Between the two listings that both show an orphan, at least; default 60 s. */
  readonly orphanPassGapMs: number;
  /** A create whose answer nobody has is taken for one that never was after so long; default 10 min. */
  readonly doubtMs: number;
  /** Charges are asked for so long after the end, since they lag; default 60 s. */
  readonly billAfterMs: number;
  /** What the service has not told by then is settled as reckoned; default 1 h. */
  readonly billWaitMs: number;
  /** The bill is looked at once more after this; default 24 h. */
  readonly billAgainMs: number;
  /** The service's own job stops the machine so long after the prepaid end; default 15 min. */
  readonly backstopMarginMs: number;
  /** A machine found again after lost state is kept for so long; default 6 h. */
  readonly recoveredLeaseMs: number;
}

export const ENDING_POLICY: EndingPolicy = {
  destroyRetryMs: 3_000,
  destroyRetryCapMs: 5 * 60_000,
  confirmEveryMs: 15_000,
  redAfterTries: 3,
  redAfterMs: 10 * 60_000,
  parkMs: 10 * 60_000,
  storageTailMs: 24 * HOUR_MS,
  noticeMs: HOUR_MS,
  orphanPassGapMs: 60_000,
  doubtMs: 10 * 60_000,
  billAfterMs: 60_000,
  billWaitMs: HOUR_MS,
  billAgainMs: 24 * HOUR_MS,
  backstopMarginMs: 15 * 60_000,
  recoveredLeaseMs: 6 * HOUR_MS,
};
