// How much of what is available or rented is rented, by what offers weigh: their time, their number, their GPUs.
import type { LineGroups } from './line-groups.ts';
import { carried } from './sight-sources.ts';
import { AVAILABLE, OTHER, RENTED } from './state-classes.ts';

/** What groups must carry. */
export const GPU_WEIGHTS = [carried('num_gpus', 'a.num_gpus'), carried('gpu_frac', 'a.gpu_frac')];

/** Numbers of the shares. */
export const SHARE = { time: 0, offers: 1, gpus: 2, gpuFractions: 3 } as const;
const SHARES = Object.keys(SHARE).length;

/** Sums for rows numbered below `size`; a weight that is not known is left out. */
export function weightedShares({ cells }: LineGroups, size: number, classes: Uint8Array) {
  const numbers = (name: string) =>
    Float64Array.from(cells[name] ?? [], (value) => (value === null ? Number.NaN : Number(value)));
  const [gpus, fractions] = [numbers('num_gpus'), numbers('gpu_frac')];
  const sums = Array.from({ length: SHARES * 2 }, () => new Float64Array(size));
  const put = (sum: number, row: number, weight: number) => {
    const target = sums[sum] as Float64Array;
    if (!Number.isNaN(weight)) target[row] = (target[row] as number) + weight;
  };
  return {
    add: (row: number, state: number, group: number, polls: number, ms: number) => {
      const cls = classes[state] as number;
      if (cls === OTHER) return;
      const weighed = ms * (gpus[group] as number);
      put(cls, row, ms);
      put(2 + cls, row, polls);
      put(4 + cls, row, weighed);
      put(6 + cls, row, weighed * (fractions[group] as number));
    },
    /** NaN where nothing is known to be either. */
    percent: (share: number, row: number) => {
      const [available, rented] = [AVAILABLE, RENTED].map(
        (cls) => sums[share * 2 + cls]?.[row] as number,
      ) as [number, number];
      return (100 * rented) / (available + rented);
    },
  };
}
