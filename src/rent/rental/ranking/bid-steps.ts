// The bids on one ask that are worth looking at: from the lowest that wins, in equal ratios, to where more buys nothing.
import type { Offer } from '../../../net/vast/index.ts';
import type { CompleteNeed } from './complete-need.ts';
import { diskPricePerHour } from './estimate.ts';

/** Between the lowest and the highest bid. */
const STEPS = 12;
/** Without a fixed price or a limit, outbids are too rare above this to pay for. */
const MOST_RATIO = 3;

/** Ascending, of the GPUs alone, dollars an hour; none where the ask takes no bids. */
export function bidSteps(offer: Offer, need: CompleteNeed): readonly number[] {
  const lowest = offer.minBidPerHour;
  if (lowest === null) return [];
  const highest = mostUsefulBid(offer, need);
  const top = Number.isFinite(highest) ? highest : lowest * MOST_RATIO;
  // Nothing between: the lowest bid stands alone, beside a fixed price that is no dearer.
  if (!(top > lowest) || lowest === 0) return [lowest];
  const step = (top / lowest) ** (1 / STEPS);
  return Array.from({ length: STEPS + 1 }, (_, at) => (at === STEPS ? top : lowest * step ** at));
}

/** The fixed price of the same ask, at which no bid can take the machine away, or what the price limits leave. */
export function mostUsefulBid(offer: Offer, need: CompleteNeed): number {
  const disk = diskPricePerHour(offer, need);
  return Math.min(
    offer.gpuPricePerHour ?? Number.POSITIVE_INFINITY,
    (need.maxPricePerHour ?? Number.POSITIVE_INFINITY) - disk,
    (need.maxPricePerGpuHour ?? Number.POSITIVE_INFINITY) * (offer.numGpus ?? 1) - disk,
  );
}
