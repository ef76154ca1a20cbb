// How fast an offer works, in reference GPUs: our own measurement where there is one, else the service's score.
import type { Offer } from '../../../net/vast/index.ts';
import type { HostFacts } from './host-facts.ts';
import { NeedError, type Purpose } from './need.ts';

export const SPEED_SOURCES = ['measured', 'score', 'class'] as const;

export interface Speed {
  /** Reference hours of work done in an hour. */
  readonly ratio: number;
  /** Standard deviation of its logarithm: 0.1 is about 10 %. */
  readonly sigma: number;
  /** `score` is the offer's own, drawn to its class; `class` where the offer has none. */
  readonly source: (typeof SPEED_SOURCES)[number];
}

/** Offers with the same GPU and count. */
interface SpeedClass {
  readonly median: number;
  readonly sigma: number;
}

export interface SpeedPriors {
  readonly classOf: (gpuName: string, gpuCount: number) => SpeedClass | undefined;
}

/** Fewer offers than this say nothing about how their class spreads. */
const LEAST_CLASS = 5;
const SIGMA_OF_SMALL_CLASS = 0.25;
/** The score is one kind of network; other work runs by some 10 % faster or slower than it says. */
const SIGMA_LEAST = 0.1;
const SIGMA_MOST = 0.5;
const SIGMA_MEASURED = 0.05;

/** Medians and spreads of the scores, by GPU and count. Scores of 0 and below are failed measurements. */
export function speedPriors(offers: readonly Offer[]): SpeedPriors {
  const scores = new Map<string, Map<number, number[]>>();
  for (const { gpuName, numGpus, dlperf } of offers) {
    if (dlperf === null || !(dlperf > 0) || !Number.isFinite(dlperf)) continue;
    const counts = scores.get(gpuName);
    const list = counts?.get(numGpus ?? 1);
    if (counts === undefined) scores.set(gpuName, new Map([[numGpus ?? 1, [dlperf]]]));
    else if (list === undefined) counts.set(numGpus ?? 1, [dlperf]);
    else list.push(dlperf);
  }
  const classes = new Map<string, Map<number, SpeedClass>>();
  for (const [gpuName, counts] of scores) {
    classes.set(gpuName, new Map([...counts].map(([count, list]) => [count, classFrom(list)])));
  }
  return { classOf: (gpuName, gpuCount) => classes.get(gpuName)?.get(gpuCount) };
}

function classFrom(scores: number[]): SpeedClass {
  const middle = median(scores);
  if (scores.length < LEAST_CLASS) return { median: middle, sigma: SIGMA_OF_SMALL_CLASS };
  // 1.4826 times the median deviation is the standard deviation of a normal distribution, and outliers (a score of 0.2
  // among hundreds of 100) do not move it.
  const sigma = 1.4826 * median(scores.map((score) => Math.abs(Math.log(score / middle))));
  return { median: middle, sigma: Math.min(SIGMA_MOST, Math.max(SIGMA_LEAST, sigma)) };
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** Speed of an offer; undefined where neither it nor its class has a score. */
export function speedOf(
  { gpuName, numGpus, dlperf }: Offer,
  { priors, facts, referenceDlperf }: SpeedContext,
): Speed | undefined {
  const own = dlperf !== null && dlperf > 0 && Number.isFinite(dlperf) ? dlperf : undefined;
  const peers = priors.classOf(gpuName, numGpus ?? 1);
  const middle = peers?.median ?? own;
  if (middle === undefined) return undefined;
  if (facts.speedShare !== null) {
    return {
      ratio: (middle * facts.speedShare) / referenceDlperf,
      sigma: SIGMA_MEASURED,
      source: 'measured',
    };
  }
  const sigma = peers?.sigma ?? SIGMA_OF_SMALL_CLASS;
  if (own === undefined) return { ratio: middle / referenceDlperf, sigma, source: 'class' };
  // The offer's own score and its class's median are worth the same: the geometric mean.
  return { ratio: Math.sqrt(own * middle) / referenceDlperf, sigma, source: 'score' };
}

interface SpeedContext {
  readonly priors: SpeedPriors;
  readonly facts: HostFacts;
  readonly referenceDlperf: number;
}

export const USUAL_REFERENCE = 'RTX 4090';

/** Median scores of single GPUs in the whole market of 2024-11-05 (1,396 offers; H100 SXM again in 2026-07: 345). */
const KNOWN_DLPERF: Readonly<Record<string, number>> = {
  'A100 PCIE': 112,
  'A100 SXM4': 132,
  A40: 43.8,
  'H100 NVL': 332,
  'H100 PCIE': 217,
  'H100 SXM': 316,
  L4: 27.6,
  L40S: 127,
  'RTX 3060': 12.3,
  'RTX 3070': 16.2,
  'RTX 3080': 26.4,
  'RTX 3080 Ti': 33.5,
  'RTX 3090': 43.8,
  'RTX 3090 Ti': 44.9,
  'RTX 4070': 34,
  'RTX 4070S Ti': 54.2,
  'RTX 4080': 70,
  'RTX 4080S': 72.4,
  'RTX 4090': 105.9,
  'RTX 6000Ada': 135,
  'RTX A4000': 21,
  'RTX A5000': 34.5,
  'RTX A6000': 53.8,
  'Tesla V100': 16.4,
};

/** Score of one reference GPU. Throws NeedError for a model of which nobody knows one. */
export function referenceDlperf(purpose: Purpose, priors: SpeedPriors): number {
  if (purpose.kind !== 'work') return KNOWN_DLPERF[USUAL_REFERENCE] as number;
  if (purpose.referenceDlperf !== undefined) return purpose.referenceDlperf;
  const name = purpose.referenceGpu ?? USUAL_REFERENCE;
  const score = KNOWN_DLPERF[name] ?? priors.classOf(name, 1)?.median;
  if (score === undefined) {
    throw new NeedError([
      `nobody knows the score of a reference GPU "${name}"; say the work in RTX 4090 hours`,
    ]);
  }
  return score;
}
