// Figures that a few wild values do not move.

/** The value at share `q`, between neighbours where it falls between them; NaN of nothing. */
export function quantileOf(values: readonly number[], q: number): number {
  return sortedQuantile(
    [...values].sort((a, b) => a - b),
    q,
  );
}

export function sortedQuantile(sorted: readonly number[], q: number): number {
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

export const medianOf = (values: readonly number[]): number => quantileOf(values, 0.5);

/** Of a normal distribution, the standard deviation is so many times the median distance from the median. */
export const MAD_TO_SIGMA = 1.4826;

/** The standard deviation as told by the median distance from the median. */
export function robustSigma(values: readonly number[], median = medianOf(values)): number {
  return MAD_TO_SIGMA * medianOf(values.map((value) => Math.abs(value - median)));
}

/** The mean without the `share` of smallest and of greatest values. */
export function trimmedMean(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * share);
  const kept = sorted.slice(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
