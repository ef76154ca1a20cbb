// Learns how many rows the service puts into one answer at most. The cap differs by day and by account,
// is documented nowhere, and an answer does not say that it was cut: it has to be inferred.

/**
 * Row counts that an answer stops at, seen by others (64 in 2026-09, 127 and 128, some 500) or likely for
 * being round: an answer of exactly so many rows is taken for a cut one until shown to be whole.
 */
export const USUAL_CAPS: readonly number[] = [64, 127, 128, 256, 500, 512, 1000, 1024, 2000, 5000, 10_000];

/** A cap inferred from samples and not from a repeated count varies: "about 55 rows". */
const LOOSE_SHARE = 0.85;

export interface Cap {
  readonly rows: number;
  /** Whether cut answers have exactly that many rows. */
  readonly isExact: boolean;
}

export type CountVerdict =
  | { readonly kind: 'whole' }
  /** Cut, as far as can be told. */
  | { readonly kind: 'capped'; readonly cap: Cap }
  /** The cap in force has changed, or this count is a coincidence: one unsliced search tells. */
  | { readonly kind: 'doubtful' };

export interface CountQuestion {
  readonly rows: number;
  /** The limit the search asked for. */
  readonly limit: number;
  /** The cap in force, as far as it is known. */
  readonly cap: Cap | undefined;
}

/** What an answer's row count alone says. */
export function judgeCount({ rows, limit, cap }: CountQuestion): CountVerdict {
  if (rows >= limit) return { kind: 'capped', cap: exactly(rows) };
  const isUsual = USUAL_CAPS.includes(rows);
  if (!cap) return isUsual ? { kind: 'capped', cap: exactly(rows) } : { kind: 'whole' };
  if (rows === cap.rows) return { kind: 'capped', cap };
  if (!cap.isExact && rows >= LOOSE_SHARE * cap.rows && rows <= cap.rows / LOOSE_SHARE) {
    return { kind: 'capped', cap: { rows: Math.max(rows, cap.rows), isExact: false } };
  }
  if (rows > cap.rows) return { kind: 'doubtful' };
  return isUsual && cap.isExact ? { kind: 'doubtful' } : { kind: 'whole' };
}

export function exactly(rows: number): Cap {
  return { rows, isExact: true };
}

/** A cap of which only a cut answer of `rows` rows is known. */
export function about(rows: number): Cap {
  return { rows, isExact: USUAL_CAPS.includes(rows) };
}

/** Room for what a slice gains from one sweep to the next; more where the cap itself varies. */
const PLANNED_SHARE = 0.88;
const PLANNED_SHARE_OF_LOOSE = 0.6;

/** How many offers to plan for in one answer. */
export function targetRows(cap: Cap): number {
  const share = cap.isExact ? PLANNED_SHARE : PLANNED_SHARE_OF_LOOSE;
  return Math.max(1, Math.floor(share * cap.rows));
}

export interface UnslicedAnswer {
  readonly rows: number;
  readonly limit: number;
  /** Offers that were listed a sweep ago, as far as is known. */
  readonly expected: number;
  /** The cap that was in force until now. */
  readonly before: Cap | undefined;
}

/** What an unsliced answer says of the cap; undefined when it is whole, that is, when no cap is in force. */
export function capFromUnsliced({ rows, limit, expected, before }: UnslicedAnswer): Cap | undefined {
  if (before) {
    const verdict = judgeCount({ rows, limit, cap: before });
    if (verdict.kind === 'capped') return verdict.cap;
  }
  if (rows >= limit || USUAL_CAPS.includes(rows)) return exactly(rows);
  return rows < 0.8 * expected ? about(rows) : undefined;
}
