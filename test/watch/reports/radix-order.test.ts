// Goal: rows come in the order in which a comparing sort puts them, and equal keys keep theirs.
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import { sortedByKey } from '../../../src/watch/reports/radix-order.ts';

function keysOf(kind: string, length: number): Float64Array {
  const random = createRandom(kind);
  const make = {
    'a few that tie': () => random.int(-3, 3) + 0.5,
    'shares, negative': () => -random.next(),
    'of every size': () => (random.next() - 0.5) * 2 ** random.int(-900, 900),
    'whole milliseconds': () => random.int(0, 2 ** 40),
    'all alike': () => 7,
  }[kind];
  return Float64Array.from({ length }, () => make?.() ?? 0);
}

it.each([
  'a few that tie',
  'shares, negative',
  'of every size',
  'whole milliseconds',
  'all alike',
])('sorts some rows by keys: %s', (kind) => {
  const keys = keysOf(kind, 3_000);
  const rows = Uint32Array.from({ length: 2_000 }, (_, at) => (at * 7) % 3_000);
  const expected = [...rows].sort((a, b) => (keys[a] as number) - (keys[b] as number));
  expect([...sortedByKey(rows, keys)]).toEqual(expected);
  expect(rows[1]).toBe(7);
});

it('sorts no rows, and one', () => {
  expect([...sortedByKey(new Uint32Array(0), new Float64Array(0))]).toEqual([]);
  expect([...sortedByKey(Uint32Array.of(2), Float64Array.of(5, 5, -1))]).toEqual([2]);
});
