import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/base/std/index.ts';
import { encodeLine, LARGEST_OFFER_ID } from '../../../../src/watch/history/journal/codes.ts';
import { makeLineIndex } from '../../../../src/watch/history/journal/line-index.ts';
import { createRowPacker } from '../../../../src/watch/history/journal/pack-rows.ts';
import { anObservation } from './poll-builders.ts';

describe('the index of lines', () => {
  it('agrees with a map through 40,000 random additions and removals, in dense and in wide ranges of ids', () => {
    for (const range of [3_000, LARGEST_OFFER_ID]) {
      const random = createRandom(`line index ${range}`);
      const index = makeLineIndex();
      const expected = new Map<number, number>();
      const lines: number[] = [];
      for (let step = 0; step < 40_000; step += 1) {
        const isRemoval = lines.length > 0 && random.next() < 0.45;
        if (isRemoval) {
          const [line = 0] = lines.splice(Math.floor(random.next() * lines.length), 1);
          index.remove(line);
          expected.delete(line);
        } else {
          const line = encodeLine(Math.floor(random.next() * range), Math.floor(random.next() * 16));
          if (expected.has(line)) continue;
          index.add(line, step);
          expected.set(line, step);
          lines.push(line);
        }
      }
      expect(index.size).toBe(expected.size);
      expect(expected.size).toBeGreaterThan(1_000);
      for (const [line, slot] of expected) expect(index.find(line)).toBe(slot);
      for (let i = 0; i < 1_000; i += 1) {
        const line = encodeLine(Math.floor(random.next() * range), 3);
        expect(index.find(line)).toBe(expected.get(line) ?? -1);
      }
    }
  });

  it('finds the lines of packed rows, and none for an offer id that no line can have', () => {
    const index = makeLineIndex();
    index.add(encodeLine(7, 1), 40);
    index.add(encodeLine(LARGEST_OFFER_ID, 1), 41);
    const packer = createRowPacker();
    // 1.5 offers of type 15 would stand where offer 2 of type 7 does.
    index.add(encodeLine(2, 7), 42);
    for (const offerId of [7, 8, LARGEST_OFFER_ID, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      packer.add(anObservation({ offerId }));
    }
    const rows = packer.rows();
    const codes = (code: number) => new Int8Array(rows.words.length).fill(code);
    expect([...index.slotsOf(rows, codes(1))]).toEqual([40, -1, 41, -1, -1, -1, -1]);
    expect([...index.slotsOf(rows, codes(15))].at(3)).toBe(-1);
  });
});
