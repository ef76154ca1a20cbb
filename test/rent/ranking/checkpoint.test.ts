// Goal: the formulas are those of the papers, and their mean and variance are those of the process that they describe.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import {
  dalyIntervalS,
  expectedWork,
  planWork,
  type WorkPlan,
  youngIntervalS,
} from '../../../src/rent/rental/ranking/index.ts';

const MIN = 60;
const HOUR = 3_600;

describe('the interval between checkpoints', () => {
  // Daly 2006, figures 3 to 5: δ = 5 min; M = 24 h, 6 h and 15 min; the model predicts 117, 57 and 9.1 min.
  it.each([
    [24 * HOUR, 117, 0],
    [6 * HOUR, 57, 0],
    [15 * MIN, 9.1, 1],
  ])('is what Daly has for a mean of %i s', (meanS, minutes, places) => {
    const intervalS = dalyIntervalS({ costS: 5 * MIN, ratePerS: 1 / meanS });
    expect((intervalS / MIN).toFixed(places)).toBe(minutes.toFixed(places));
  });

  it('is what Young has: the square root of twice the cost by the rate', () => {
    expect(youngIntervalS({ costS: 5 * MIN, ratePerS: 1 / (24 * HOUR) })).toBeCloseTo(120 * MIN, 6);
  });

  it('is the mean time between interruptions where a checkpoint takes twice that, and longer', () => {
    expect(dalyIntervalS({ costS: 200, ratePerS: 1 / 100 })).toBe(100);
    expect(dalyIntervalS({ costS: 1e6, ratePerS: 1 / 100 })).toBe(100);
    expect(dalyIntervalS({ costS: 199.99, ratePerS: 1 / 100 })).toBeCloseTo((100 * 8) / 9, 1);
  });

  it('is without end where nothing interrupts, and nothing where checkpoints cost nothing', () => {
    expect(dalyIntervalS({ costS: 60, ratePerS: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(youngIntervalS({ costS: 60, ratePerS: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(dalyIntervalS({ costS: 0, ratePerS: 0.1 })).toBe(0);
  });

  it('is nearly the one that takes least time', () => {
    const plan = { workS: 500 * HOUR, ratePerS: 1 / (6 * HOUR), restartS: 10 * MIN, costS: 5 * MIN };
    const best = dalyIntervalS(plan);
    const { expectedS } = expectedWork({ ...plan, intervalS: best });
    for (const factor of [0.5, 0.8, 0.95, 1.05, 1.25, 2]) {
      expect(expectedWork({ ...plan, intervalS: best * factor }).expectedS).toBeGreaterThan(
        expectedS * 0.99999,
      );
    }
  });
});

/** The process itself: segments, each tried until it is whole; a restart after each interruption, also of restarts. */
function simulate(plan: WorkPlan, seed: string, runs: number) {
  const random = createRandom(seed);
  const { workS, ratePerS, restartS, costS, intervalS } = plan;
  const times: number[] = [];
  let interruptions = 0;
  let restarting = 0;
  for (let run = 0; run < runs; run += 1) {
    let timeS = 0;
    for (let segment = 0; segment < workS / intervalS; segment += 1) {
      let leftS = 0;
      for (;;) {
        const untilS = random.exponential(1 / ratePerS);
        const neededS = leftS + intervalS + costS;
        restarting += Math.min(untilS, leftS);
        if (untilS >= neededS) {
          timeS += neededS;
          break;
        }
        timeS += untilS;
        interruptions += 1;
        leftS = restartS;
      }
    }
    times.push(timeS);
  }
  const mean = times.reduce((sum, time) => sum + time, 0) / runs;
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (runs - 1);
  return { mean, variance, interruptions: interruptions / runs, restarting: restarting / runs };
}

describe('the plan of a work', () => {
  const plan = { ratePerS: 1 / (24 * HOUR), restartS: 600, costS: 5 * MIN };

  it('is without checkpoints where the work is short, and has them where it is long', () => {
    // The interval is 117 min. One checkpoint costs 5 min, and saves a twelfth of two hours or less.
    expect(planWork({ ...plan, workS: 2.1 * HOUR }, 0).intervalS).toBeNull();
    expect(planWork({ ...plan, workS: 24 * HOUR }, 0).intervalS).toBeCloseTo(dalyIntervalS(plan), 9);
  });

  it('has the least interval where the best is shorter', () => {
    expect(planWork({ ...plan, workS: 96 * HOUR }, 3 * HOUR).intervalS).toBe(3 * HOUR);
  });

  it('is never slower than the work without checkpoints', () => {
    for (let hours = 1; hours < 40; hours += 0.25) {
      const workS = hours * HOUR;
      const whole = expectedWork({ ...plan, workS, intervalS: workS }).expectedS;
      expect(planWork({ ...plan, workS }, 0).time.expectedS).toBeLessThanOrEqual(whole);
    }
  });
});

describe('the expected time', () => {
  it.each([
    ['rare', { workS: 20 * HOUR, ratePerS: 1 / (50 * HOUR), restartS: 900, costS: 60, intervalS: 2 * HOUR }],
    ['frequent', { workS: 10 * HOUR, ratePerS: 1 / HOUR, restartS: 600, costS: 120, intervalS: HOUR / 2 }],
    ['wild', { workS: 2 * HOUR, ratePerS: 1 / 900, restartS: 300, costS: 60, intervalS: 600 }],
  ])('and its variance are those of a simulated process with %s interruptions', (name, plan) => {
    const seen = simulate(plan, name, 20_000);
    const told = expectedWork(plan);
    expect(told.expectedS / seen.mean).toBeCloseTo(1, 2);
    expect(told.varianceS2 / seen.variance).toBeGreaterThan(0.9);
    expect(told.varianceS2 / seen.variance).toBeLessThan(1.1);
    expect(told.interruptions / seen.interruptions).toBeGreaterThan(0.95);
    expect(told.interruptions / seen.interruptions).toBeLessThan(1.05);
    expect(told.restartingS / seen.restarting).toBeGreaterThan(0.95);
    expect(told.restartingS / seen.restarting).toBeLessThan(1.05);
  });

  it('is the work and its checkpoints where nothing interrupts', () => {
    const plan = { workS: 1_000, ratePerS: 0, restartS: 50, costS: 10, intervalS: 100 };
    expect(expectedWork(plan)).toEqual({
      expectedS: 1_100,
      varianceS2: 0,
      restartingS: 0,
      interruptions: 0,
      checkpoints: 10,
    });
  });

  it('has no checkpoint in a work that ends before the first is due, and has them in a longer one', () => {
    const plan = { ratePerS: 0, restartS: 50, costS: 10, intervalS: 100 };
    expect(expectedWork({ ...plan, workS: 100 })).toMatchObject({ checkpoints: 0, expectedS: 100 });
    expect(expectedWork({ ...plan, workS: 101 }).checkpoints).toBeCloseTo(1.01, 9);
  });

  it('is infinite, and nothing is NaN, where the work never ends', () => {
    const endless = expectedWork({
      workS: 1e7,
      ratePerS: 1,
      restartS: 60,
      costS: 0,
      intervalS: Number.POSITIVE_INFINITY,
    });
    expect(endless.expectedS).toBe(Number.POSITIVE_INFINITY);
    expect(Object.values(endless).some(Number.isNaN)).toBe(false);
  });

  it('is never less for more interruptions, longer restarts, dearer checkpoints or more work', () => {
    const random = createRandom('monotone');
    for (let round = 0; round < 3_000; round += 1) {
      const logUniform = (low: number, high: number) => low * (high / low) ** random.next();
      const plan = {
        workS: logUniform(60, 1e6),
        ratePerS: logUniform(1e-8, 1e-3),
        restartS: logUniform(1, 1e4),
        costS: logUniform(0.1, 2_000),
      };
      const grown = random.pick(['workS', 'ratePerS', 'restartS', 'costS'] as const);
      const worse = { ...plan, [grown]: plan[grown] * logUniform(1.001, 10) };
      // At the interval that is right for each, as in a ranking; it is an approximation, hence the part in a hundred.
      const before = planWork(plan, 0).time.expectedS;
      const after = planWork(worse, 0).time.expectedS;
      expect(after, `${grown} of ${JSON.stringify(plan)}`).toBeGreaterThanOrEqual(before * 0.99);
      // At one interval without any tolerance but that of rounding.
      const intervalS = logUniform(10, 1e5);
      const fixed = expectedWork({ ...plan, intervalS }).expectedS;
      const fixedWorse = expectedWork({ ...worse, intervalS }).expectedS;
      if (grown !== 'workS') expect(fixedWorse).toBeGreaterThanOrEqual(fixed * (1 - 1e-12));
    }
  });
});
