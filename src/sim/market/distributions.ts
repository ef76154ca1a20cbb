// The distributions of the market: rental lengths with their stationary form, and the demand that keeps a
// wanted share of a small stock rented.
import { RENTAL } from './calibration.ts';

const MU = Math.log(RENTAL.medianHours);

/** Hours of a new rental, from a standard normal: lognormal, cut at the longest. */
export function rentalHours(normal: number): number {
  return Math.min(RENTAL.longestHours, Math.exp(MU + RENTAL.sigma * normal));
}

const CAP_Z = (Math.log(RENTAL.longestHours) - MU) / RENTAL.sigma;
const BODY_MEAN = Math.exp(MU + RENTAL.sigma ** 2 / 2) * normalCdf(CAP_Z - RENTAL.sigma);
const CAPPED_MEAN = RENTAL.longestHours * (1 - normalCdf(CAP_Z));

export const MEAN_RENTAL_HOURS = BODY_MEAN + CAPPED_MEAN;

/**
 * Hours in all of a rental that is met while it runs: long ones are met more often, in proportion to their
 * length. `unit` is uniform in (0, 1).
 */
export function metRentalHours(unit: number): number {
  const capped = CAPPED_MEAN / MEAN_RENTAL_HOURS;
  if (unit < capped) return RENTAL.longestHours;
  // The length-weighted lognormal is a lognormal again, its mean moved by sigma squared, here below the cap.
  const below = ((unit - capped) / (1 - capped)) * normalCdf(CAP_Z - RENTAL.sigma);
  return Math.exp(MU + RENTAL.sigma ** 2 + RENTAL.sigma * normalQuantile(below));
}

/**
 * Offered load, in servers, at which `servers` of them are busy for the share `busy` when whoever finds none
 * free goes away (Erlang's loss formula, solved by bisection). Infinite shares are cut at 0.98.
 */
export function offeredLoad(servers: number, busy: number): number {
  const wanted = Math.min(busy, 0.98) * servers;
  let low = 0;
  let high = servers * 60 + 1;
  for (let step = 0; step < 60; step += 1) {
    const load = (low + high) / 2;
    if (load * (1 - erlangLoss(servers, load)) < wanted) low = load;
    else high = load;
  }
  return (low + high) / 2;
}

function erlangLoss(servers: number, load: number): number {
  let loss = 1;
  for (let n = 1; n <= servers; n += 1) loss = (load * loss) / (n + load * loss);
  return loss;
}

/** Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7. */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const half = 0.5 * (1 - poly * Math.exp(-x * x));
  return z >= 0 ? 0.5 + half : 0.5 - half;
}

/** Inverse of the standard normal distribution function (P. Acklam's rational approximation, 1e-9). */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (k: readonly number[], x: number) => k.reduce((sum, value) => sum * x + value, 0);
  if (p < 0.02425 || p > 0.97575) {
    const q = Math.sqrt(-2 * Math.log(p < 0.5 ? p : 1 - p));
    const tail = poly(c, q) / (poly(d, q) * q + 1);
    return p < 0.5 ? tail : -tail;
  }
  const q = p - 0.5;
  const r = q * q;
  return (poly(a, r) * q) / (poly(b, r) * r + 1);
}
