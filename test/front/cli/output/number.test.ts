import { describe, expect, it } from 'vitest';
import { formatBytes, plural, shortNumber } from '../../../../src/front/cli/output/number.ts';

describe('Numbers in tables', () => {
  it.each([
    [0.3512, '0.351'],
    [12, '12'],
    [12.345, '12.3'],
    [99.96, '100'],
    [1_234.5, '1,235'],
    [0, '0'],
    [null, '0'],
    ['x', '-'],
  ])('have three digits, or all before the point: %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.00 kB'],
    [999_400, '999 kB'],
    [999_600, '1.00 MB'],
    [15_300_000, '15.3 MB'],
    [2e15, '2.00e+3 TB'],
  ])('have a unit that fits: %s bytes', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('take an s for all but one', () => {
    expect([0, 1, 2, 1_500].map((count) => plural(count, 'poll'))).toEqual([
      '0 polls',
      '1 poll',
      '2 polls',
      '1,500 polls',
    ]);
  });
});
