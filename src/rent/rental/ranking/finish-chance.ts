// How likely something of known mean and variance is over in time.

export interface Spread {
  readonly meanS: number;
  readonly varianceS2: number;
  /** Seconds that there are. */
  readonly availableS: number;
}

/**
 * P(T ≤ available) for a log-normal T with this mean and variance: work times are positive, and long delays are
 * likelier than a normal distribution has them. 0 for endless work.
 */
export function finishChance({ meanS, varianceS2, availableS }: Spread): number {
  if (Number.isNaN(availableS) || !Number.isFinite(meanS) || availableS <= 0) return 0;
  if (!(varianceS2 > 0)) return meanS <= availableS ? 1 : 0;
  const sigma2 = Math.log1p(varianceS2 / meanS ** 2);
  // More spread than a number holds: nothing can be promised.
  if (!Number.isFinite(sigma2)) return 0;
  return normalCdf((Math.log(availableS / meanS) + sigma2 / 2) / Math.sqrt(sigma2));
}

/** Normal distribution function by Abramowitz and Stegun 26.2.17; its error is below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
