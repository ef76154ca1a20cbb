// How long a run usually takes from one sign of progress in its log to the next: the measure of patience where the log
// counts in epochs, whose fractions are no steps.

export interface ProgressGaps {
  push(atMs: number): void;
  /** Seconds, by the medians of all and of the latest; null before there are enough. */
  pace(): { readonly usualStepS: number | null; readonly recentStepS: number | null };
}

const KEPT = 64;
const RECENT = 8;

export function createProgressGaps(): ProgressGaps {
  let last: number | undefined;
  const gaps: number[] = [];
  return {
    push(atMs) {
      // Lines that were read all at once tell nothing of the time between them.
      if (last !== undefined && atMs > last) gaps.push((atMs - last) / 1_000);
      if (gaps.length > KEPT) gaps.shift();
      last = atMs;
    },
    pace: () =>
      gaps.length < 2 * RECENT
        ? { usualStepS: null, recentStepS: null }
        : { usualStepS: medianOf(gaps), recentStepS: medianOf(gaps.slice(-RECENT)) },
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
