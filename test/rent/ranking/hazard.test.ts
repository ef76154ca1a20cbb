// Goal: a machine's history corrects what its kind leads to expect, slowly where little was seen.
import { describe, expect, it } from 'vitest';
import { type HazardTerms, hazardPerHour } from '../../../src/rent/rental/ranking/index.ts';

const UNSEEN = { interruptions: 0, hoursSeen: 0 };
const FIXED: HazardTerms = { bidRatio: null, reliability: 0.99 };
const LOWEST: HazardTerms = { bidRatio: 1, reliability: 0.99 };

describe('before anything was seen', () => {
  it('an on-demand rental is interrupted as often as outages of 6 h make this reliability', () => {
    // Up 99 parts, down 1 part of 6 h: one outage in 594 h of running.
    expect(hazardPerHour(FIXED, UNSEEN)).toBeCloseTo(1 / 594, 12);
  });

  it('a bid adds outbids that fall tenfold with each half above the lowest bid', () => {
    const outbids = (bidRatio: number) =>
      hazardPerHour({ bidRatio, reliability: 0.99 }, UNSEEN) - 1 / 594 - 1 / 48;
    expect(outbids(1)).toBeCloseTo(1 / 8, 12);
    expect(outbids(1.5)).toBeCloseTo(1 / 80, 12);
    expect(outbids(2)).toBeCloseTo(1 / 800, 12);
  });

  it('a bid below the lowest counts as the lowest', () => {
    expect(hazardPerHour({ ...LOWEST, bidRatio: 0.5 }, UNSEEN)).toBe(hazardPerHour(LOWEST, UNSEEN));
  });

  it.each([
    [null],
    [0],
    [1],
    [-3],
    [7],
    [Number.NaN],
  ])('a reliability of %s gives a rate of use', (reliability) => {
    const rate = hazardPerHour({ bidRatio: null, reliability }, UNSEEN);
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(1);
  });
});

describe('own history', () => {
  it('moves the rate as a Gamma prior of two events does', () => {
    const prior = hazardPerHour(FIXED, UNSEEN);
    const seen = { interruptions: 3, hoursSeen: 100 };
    expect(hazardPerHour(FIXED, seen)).toBeCloseTo((2 + 3) / (2 / prior + 100), 12);
  });

  it('does not condemn a machine for one bad event, nor trust it for one good day', () => {
    const prior = hazardPerHour(FIXED, UNSEEN);
    expect(hazardPerHour(FIXED, { interruptions: 1, hoursSeen: 1 })).toBeLessThan(prior * 1.5);
    expect(hazardPerHour(FIXED, { interruptions: 0, hoursSeen: 24 })).toBeGreaterThan(prior * 0.95);
  });

  it('wins when there is enough of it', () => {
    expect(hazardPerHour(FIXED, { interruptions: 5_000, hoursSeen: 100_000 })).toBeCloseTo(0.05, 2);
    expect(hazardPerHour(LOWEST, { interruptions: 0, hoursSeen: 10_000 })).toBeLessThan(0.001);
  });

  it('never raises the rate by hours, nor lowers it by interruptions', () => {
    for (const terms of [FIXED, LOWEST]) {
      for (let step = 0; step < 50; step += 1) {
        const here = hazardPerHour(terms, { interruptions: step, hoursSeen: step * 10 });
        expect(hazardPerHour(terms, { interruptions: step, hoursSeen: step * 10 + 5 })).toBeLessThan(here);
        expect(hazardPerHour(terms, { interruptions: step + 1, hoursSeen: step * 10 })).toBeGreaterThan(here);
      }
    }
  });
});
