// How what was seen long ago counts: less. Machines are mended, moved, and sold.
import { DAY_MS } from '../../../base/std/index.ts';

/**
 * A quarter: long enough to remember a machine that one rents every few weeks, short enough that a new line or a new
 * disk shows within half a year.
 */
export const HALF_LIFE_MS = 90 * DAY_MS;

/** Older than this nothing is read: six half-lives leave 1.6 %. */
export const FORGOTTEN_AFTER_MS = 6 * HALF_LIFE_MS;

/** 1 for now, 0.5 after a half-life. What lies in the future, by a clock that was wrong, counts as now. */
export function weightAt(atMs: number, nowMs: number): number {
  return 0.5 ** (Math.max(0, nowMs - atMs) / HALF_LIFE_MS);
}

export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** The smallest value with half of the weight at or below it; null of nothing. */
export function weightedMedian(values: readonly Weighted[]): number | null {
  const sorted = values.filter(({ weight }) => weight > 0).sort((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= half) return value;
  }
  return null;
}
