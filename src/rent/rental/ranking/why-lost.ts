// Why an offer stands behind the best one: in dollars, and in words that name the largest differences.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import type { Offer } from '../../../net/vast/index.ts';
import type { CostParts, Estimate } from './estimate.ts';

export interface Contender {
  readonly offer: Offer;
  readonly estimate: Estimate;
}

/** A part of the cost is worth a word from this share of the gap on. */
const WORTH_A_WORD = 0.1;
/** Times and rates that differ by less are called the same. */
const SAME_RATIO = 1.01;
const SMALLEST_USD = 1e-6;

/** At least one sentence without a full stop, the dearest difference first. */
export function whyLost(best: Contender, other: Contender): readonly string[] {
  const extraUsd = other.estimate.expectedUsd - best.estimate.expectedUsd;
  if (!(extraUsd >= SMALLEST_USD)) return [tieBreaker(best, other)];
  const parts = Object.entries(PART_WORDS)
    .map(([part, words]) => {
      const name = part as keyof CostParts;
      return { name, words, moreUsd: other.estimate.cost[name] - best.estimate.cost[name] };
    })
    .filter(({ moreUsd }) => moreUsd >= WORTH_A_WORD * extraUsd)
    .sort((a, b) => b.moreUsd - a.moreUsd || (a.name < b.name ? -1 : 1));
  return parts.map(({ name, words, moreUsd }) => {
    const reasons = name === 'gpuUsd' ? gpuReasons(best.estimate, other.estimate) : [];
    return `${formatUsd(moreUsd)} more for ${words}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}`;
  });
}

const PART_WORDS: Readonly<Record<keyof CostParts, string>> = {
  gpuUsd: 'GPUs',
  diskUsd: 'disk',
  idleDiskUsd: 'disk while it boots or stands still',
  downloadUsd: 'downloads',
  uploadUsd: 'uploads',
};

function gpuReasons(best: Estimate, other: Estimate): string[] {
  const reasons: string[] = [];
  const isMore = (a: number, b: number) => a > b * SAME_RATIO;
  if (isMore(other.gpuPricePerHour, best.gpuPricePerHour)) {
    reasons.push(
      `${formatUsd(other.gpuPricePerHour)} an hour against ${formatUsd(best.gpuPricePerHour)}${other.type === 'interruptible' ? ' (a bid)' : ''}`,
    );
  }
  if (isMore(best.speed?.ratio ?? 0, other.speed?.ratio ?? 0)) {
    const slower = 1 - (other.speed?.ratio ?? 0) / (best.speed?.ratio ?? 1);
    reasons.push(`${Math.round(slower * 100)} % slower`);
  }
  if (isMore(other.interruptionsExpected, best.interruptionsExpected) && other.interruptionsExpected > 0.05) {
    reasons.push(
      `interrupted ${other.interruptionsExpected.toFixed(1)} times against ${best.interruptionsExpected.toFixed(1)}`,
    );
  }
  if (isMore(other.dataInS, best.dataInS)) {
    reasons.push(`copying data in takes ${formatDuration(other.dataInS * 1_000)}`);
  }
  return reasons;
}

function tieBreaker(best: Contender, other: Contender): string {
  if (other.estimate.interruptionsPerHour > best.estimate.interruptionsPerHour) {
    return 'costs the same and is interrupted more often';
  }
  if ((other.offer.reliability ?? 0) < (best.offer.reliability ?? 0))
    return 'costs the same and is less reliable';
  return 'costs the same; the lower machine number comes first';
}
