// Money as integers: exact sums, one rounding, and what people see.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd, microUsd, usd } from '../../../src/base/std/index.ts';

describe('micro-dollars', () => {
  it.each([
    [0.1, 100_000],
    [1.2345674, 1_234_567],
    [0.0000015, 2],
    [-0.0000015, -2],
    [0.0000004, 0],
    [-0.0000004, 0],
    [123_456.789, 123_456_789_000],
  ])('of $%d are %d', (dollars, micros) => expect(microUsd(dollars)).toBe(micros));

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuse %d', (dollars) => {
    expect(() => microUsd(dollars)).toThrow(`${dollars} is not an amount of money`);
  });

  it('go to dollars and back unchanged, and add up exactly', () => {
    const amount = fc.integer({ min: -1e12, max: 1e12 });
    fc.assert(fc.property(amount, (micros) => microUsd(usd(micros as never)) === micros));
    expect(microUsd(0.1) + microUsd(0.2)).toBe(microUsd(0.3));
  });
});

describe('dollars on the screen', () => {
  it.each([
    [0, '$0.00'],
    [1.239, '$1.24'],
    [1234.5, '$1234.50'],
    [0.4216, '$0.422'],
    [0.0187, '$0.0187'],
    [-2.5, '-$2.50'],
  ])('%d is %s', (dollars, text) => expect(formatUsd(dollars)).toBe(text));
});
