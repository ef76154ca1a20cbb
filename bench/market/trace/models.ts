// The sixty GPU models of the trace and what belongs to them: how common (Zipf), how dear, how large. The names
// and figures are made to look alike; nothing is measured with them but storage and speed.
import type { Random } from '../../../src/base/std/index.ts';

export interface Model {
  readonly name: string;
  readonly pricePerGpu: number;
  readonly gpuRamMb: number;
  readonly dlperf: number;
  readonly totalFlops: number;
  readonly computeCap: number;
}

const SERIES = ['RTX', 'GTX', 'Tesla', 'A', 'L', 'H'] as const;
const RAM_GB = [8, 10, 11, 12, 16, 24, 32, 40, 48, 80, 96] as const;

export const MODEL_COUNT = 60;

export function makeModels(random: Random): Model[] {
  return Array.from({ length: MODEL_COUNT }, (_, rank) => {
    const ramGb = random.pick(RAM_GB);
    return {
      name: `${random.pick(SERIES)} ${1000 + rank * 70}`,
      pricePerGpu: 0.28 * Math.exp(0.9 * random.normal()),
      gpuRamMb: ramGb * 1024 - random.int(0, 500),
      dlperf: Math.round(random.next() * 20_000) / 100 + 5,
      totalFlops: Math.round(random.next() * 9_000) / 100 + 4,
      computeCap: random.pick([610, 700, 750, 800, 860, 890, 900, 1200]),
    };
  });
}

/** Ranks drawn by Zipf's law with exponent 1: rank r is as common as 1 / (r + 1). */
export function makeZipf(count: number): (u: number) => number {
  const cumulated: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += 1 / (rank + 1);
    cumulated.push(sum);
  }
  return (u) => {
    const rank = cumulated.findIndex((bound) => u * sum < bound);
    return rank < 0 ? count - 1 : rank;
  };
}

export const PLACES = [
  'United States, US',
  'Texas, US',
  'California, US',
  'Virginia, US',
  'Washington, US',
  'Quebec, CA',
  'Ontario, CA',
  'Sweden, SE',
  'Norway, NO',
  'Germany, DE',
  'France, FR',
  'Netherlands, NL',
  'Poland, PL',
  'Czechia, CZ',
  'Bulgaria, BG',
  'Romania, RO',
  'Hungary, HU',
  'Spain, ES',
  'Italy, IT',
  'United Kingdom, GB',
  'Finland, FI',
  'Estonia, EE',
  'Ukraine, UA',
  'Iceland, IS',
  'Japan, JP',
  'South Korea, KR',
  'Taiwan, TW',
  'Thailand, TH',
  'Vietnam, VN',
  'India, IN',
  'Malaysia, MY',
  'Australia, AU',
  'Brazil, BR',
  'South Africa, ZA',
  'Israel, IL',
  'Turkey, TR',
  'Greece, GR',
  'Slovenia, SI',
  'Denmark, DK',
  'Utah, US',
] as const;

export const CPUS = [
  'AMD EPYC 7502 32-Core Processor',
  'AMD EPYC 7543 32-Core Processor',
  'AMD EPYC 9354 32-Core Processor',
  'AMD Ryzen 9 5950X 16-Core Processor',
  'AMD Ryzen Threadripper 3970X 32-Core Processor',
  'Intel® Xeon® CPU E5-2680 v4',
  'Intel® Xeon® Gold 6248',
  'Intel® Xeon® Platinum 8358',
  'Intel® Core™ i9-13900K',
  'Intel® Core™ i7-8700K',
] as const;

export const DRIVERS = ['535.183.01', '550.54.15', '550.90.07', '560.35.03', '565.77', '570.86.15'] as const;
