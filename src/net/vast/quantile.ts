// Quantiles of a list.

/**
 * Linear interpolation between the two nearest ranks (Hyndman and Fan 1996, type 7; the default of R, NumPy and
 * DuckDB's `quantile_cont`). `sorted` is ascending and not empty; `p` is 0 to 1.
 */
export function quantile(sorted: readonly number[], p: number): number {
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}
