// Goal: the normal distribution of the textbooks, and a log-normal with the mean and variance asked for.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import { finishChance, normalCdf } from '../../../src/rent/rental/ranking/finish-chance.ts';

it.each([
  [0, 0.5],
  [1, 0.8413447461],
  [-1, 0.1586552539],
  [1.959963985, 0.975],
  [2.5758293035, 0.995],
  [-4, 0.0000316712],
])('Φ(%f) is %f, as tables have it', (z, p) => {
  expect(Math.abs(normalCdf(z) - p)).toBeLessThan(7.5e-8);
});

describe('the chance to finish', () => {
  it('is the share of a log-normal sample', () => {
    const random = createRandom('log-normal');
    const sigma = 0.4;
    const meanS = 1_000;
    const varianceS2 = meanS ** 2 * (Math.exp(sigma ** 2) - 1);
    const sample = Array.from({ length: 50_000 }, () =>
      Math.exp(Math.log(meanS) - sigma ** 2 / 2 + sigma * random.normal()),
    );
    for (const availableS of [500, 800, 1_000, 1_500, 2_500]) {
      const share = sample.filter((time) => time <= availableS).length / sample.length;
      expect(finishChance({ meanS, varianceS2, availableS })).toBeCloseTo(share, 1.7);
    }
  });

  it('is all or nothing without variance', () => {
    expect(finishChance({ meanS: 100, varianceS2: 0, availableS: 100 })).toBe(1);
    expect(finishChance({ meanS: 100, varianceS2: 0, availableS: 99.999 })).toBe(0);
  });

  it.each([
    [Number.POSITIVE_INFINITY, 1, 100],
    [Number.NaN, 1, 100],
    [100, Number.POSITIVE_INFINITY, 100],
    [100, 1, 0],
    [100, 1, -5],
    [100, 1, Number.NaN],
  ])('is 0 for a mean of %f, a variance of %f and %f s', (meanS, varianceS2, availableS) => {
    expect(finishChance({ meanS, varianceS2, availableS })).toBe(0);
  });
});
