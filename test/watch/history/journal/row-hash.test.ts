import { describe, expect, it } from 'vitest';
import {
  addHash,
  EMPTY_HASH,
  formatHash,
  HASHED_COLUMNS,
  type HashValue,
  hashRow,
  subtractHash,
} from '../../../../src/watch/history/journal/row-hash.ts';

const row = (): HashValue[] =>
  HASHED_COLUMNS.map((name, i) => (name.endsWith('name') ? `text ${i}` : i + 0.5));

describe('hash of a row', () => {
  it('changes with every column, to another value and to null', () => {
    const hashes = new Set([formatHash(hashRow(16, row()))]);
    for (const [i, value] of row().entries()) {
      const other = typeof value === 'string' ? `${value}!` : (value as number) + 1;
      for (const changed of [other, null]) hashes.add(formatHash(hashRow(16, row().with(i, changed))));
    }
    expect(hashes.size).toBe(1 + 2 * HASHED_COLUMNS.length);
  });

  it('tells apart what looks alike: text and number, empty text and null, neighbours in a large double', () => {
    const at = HASHED_COLUMNS.indexOf('gpu_name');
    const values: HashValue[] = ['1', 1, '', null, 0, 0.1, 0.1 + 2 ** -56, 2 ** 53 - 1, 2 ** 53 - 2];
    expect(new Set(values.map((value) => formatHash(hashRow(16, row().with(at, value))))).size).toBe(
      values.length,
    );
  });

  it('takes -0 for 0, as every database does', () => {
    expect(hashRow(16, row().with(1, -0))).toEqual(hashRow(16, row().with(1, 0)));
  });

  it('notices two lines that swap a value', () => {
    const [x, y] = [row().with(1, 5), row().with(1, 6)];
    const straight = addHash(hashRow(16, x), hashRow(32, y));
    expect(addHash(hashRow(16, y), hashRow(32, x))).not.toEqual(straight);
  });

  it('is kept by adding and subtracting, in any order', () => {
    const [x, y] = [hashRow(16, row()), hashRow(2 ** 52, row())];
    expect(addHash(x, y)).toEqual(addHash(y, x));
    expect(subtractHash(addHash(x, y), x)).toEqual(y);
    expect(subtractHash(x, x)).toEqual(EMPTY_HASH);
  });

  it('spreads: 50,000 rows that differ in one small number give 50,000 hashes in each lane', () => {
    const [a, b] = [new Set<number>(), new Set<number>()];
    for (let i = 0; i < 50_000; i += 1) {
      const hash = hashRow(i, []);
      a.add(hash.a);
      b.add(hash.b);
    }
    // Two of 50,000 random 32-bit numbers are equal 0.3 times on average.
    expect(a.size).toBeGreaterThan(49_994);
    expect(b.size).toBeGreaterThan(49_994);
  });

  it('prints 16 digits, leading zeros included', () => {
    expect(formatHash({ a: 1, b: 0xabc })).toBe('0000000100000abc');
  });

  // The hash is written into stores: if this changes, every store that exists fails its check.
  it('has not changed since the first store', () => {
    expect(formatHash(hashRow(16_001, row()))).toBe('4a9f2f5092de7a04');
  });
});
