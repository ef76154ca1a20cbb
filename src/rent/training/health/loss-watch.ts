// Whether a loss has left its row: NaN, infinite, or far above the last ones by a measure that outliers do not move.
import { MAD_TO_SIGMA, sortedQuantile } from '../finish/robust.ts';

export type LossVerdict =
  | { readonly kind: 'unknown' | 'stable' }
  /** Above the limit, but not for as long as counts. */
  | {
      readonly kind: 'high' | 'blow-up';
      readonly loss: number;
      readonly usual: number;
      readonly z: number;
      readonly sinceMs: number;
    }
  | { readonly kind: 'not-finite'; readonly loss: number; readonly sinceMs: number };

export interface LossLimits {
  /** Losses that a new one is compared with. Default 200. */
  readonly window: number;
  /** Robust standard deviations above their median. Default 3. */
  readonly zMax: number;
  /** Readings in a row above it that are a blow-up. Default 3: single batches go astray in healthy runs. */
  readonly readings: number;
  /** Fewer losses than this tell nothing. Default 20. */
  readonly least: number;
}

export const LOSS_LIMITS: LossLimits = { window: 200, zMax: 3, readings: 3, least: 20 };

export interface LossWatch {
  push(loss: number, atMs: number): void;
  verdict(): LossVerdict;
  /** After a restart the losses are those of another place in the run. */
  forget(): void;
}

/**
 * A loss of a flat row has no spread at all, and none is told to more than some digits: a thousandth of the median is
 * taken at least.
 */
const SIGMA_LEAST_SHARE = 1e-3;

export function createLossWatch(limits: LossLimits = LOSS_LIMITS): LossWatch {
  let row: number[] = [];
  // The same in order: a log is read again from its start at 10,000 losses and more a second.
  let sorted: number[] = [];
  let high: { value: number; atMs: number; z: number; usual: number }[] = [];
  let odd: { readonly loss: number; readonly sinceMs: number } | null = null;

  return {
    push(loss, atMs) {
      if (!Number.isFinite(loss)) {
        odd ??= { loss, sinceMs: atMs };
        return;
      }
      odd = null;
      const { usual, sigma } = centre(sorted);
      const z = (loss - usual) / sigma;
      if (row.length >= limits.least && z > limits.zMax) {
        // Not put among those it is compared with, or a lasting blow-up would soon look usual.
        high.push({ value: loss, atMs, z, usual });
        if (high.length < limits.window) return;
        // A whole window of it is a new level: the data may have changed.
        row = high.map(({ value }) => value);
        sorted = row.toSorted((a, b) => a - b);
        high = [];
        return;
      }
      high = [];
      row.push(loss);
      sorted.splice(placeOf(loss, sorted), 0, loss);
      if (row.length > limits.window) sorted.splice(placeOf(row.shift() as number, sorted), 1);
    },
    verdict() {
      if (odd !== null) return { kind: 'not-finite', ...odd };
      const first = high[0];
      const last = high.at(-1);
      if (first && last) {
        const kind = high.length >= limits.readings ? 'blow-up' : 'high';
        return { kind, loss: last.value, usual: last.usual, z: last.z, sinceMs: first.atMs };
      }
      return { kind: row.length >= limits.least ? 'stable' : 'unknown' };
    },
    forget() {
      row = [];
      sorted = [];
      high = [];
      odd = null;
    },
  };
}

/** Where the first value stands that is not smaller. */
function placeOf(value: number, sorted: readonly number[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function centre(sorted: readonly number[]): { readonly usual: number; readonly sigma: number } {
  const usual = sortedQuantile(sorted, 0.5);
  // From the middle outwards on both sides, the distances come in order: half of them is enough.
  const distances: number[] = [];
  let above = placeOf(usual, sorted);
  let below = above - 1;
  const wanted = (sorted.length >> 1) + 1;
  while (distances.length < wanted && (below >= 0 || above < sorted.length)) {
    const down = below >= 0 ? usual - (sorted[below] as number) : Number.POSITIVE_INFINITY;
    const up = above < sorted.length ? (sorted[above] as number) - usual : Number.POSITIVE_INFINITY;
    distances.push(Math.min(down, up));
    if (down <= up) below -= 1;
    else above += 1;
  }
  const middle = (sorted.length - 1) / 2;
  const median = ((distances[Math.floor(middle)] ?? 0) + (distances[Math.ceil(middle)] ?? 0)) / 2;
  return {
    usual,
    sigma: Math.max(MAD_TO_SIGMA * median, SIGMA_LEAST_SHARE * Math.abs(usual), Number.MIN_VALUE),
  };
}
