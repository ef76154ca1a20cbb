import { describe, expect, it } from 'vitest';
import {
  decodeLine,
  decodeState,
  encodeLine,
  encodeState,
  LARGEST_OFFER_ID,
} from '../../../../src/watch/history/journal/codes.ts';
import { AVAILABILITIES, type Flag } from '../../../../src/watch/history/observation.ts';

const FLAGS: readonly Flag[] = [0, 1, null];

describe('codes', () => {
  it('give every state its own number below those of unseen lines, and back', () => {
    const codes = new Set<number>();
    for (const rentable of FLAGS) {
      for (const rented of FLAGS) {
        for (const availability of [...AVAILABILITIES, null]) {
          const s = encodeState(rentable, rented, availability);
          codes.add(s);
          expect(decodeState(s)).toEqual({ rentable, rented, availability });
        }
      }
    }
    expect([...codes].sort((x, y) => x - y)).toEqual(Array.from({ length: 45 }, (_, i) => i));
  });

  it.each([45, 253, 254, 255, -1, 0.5])('know no state for %d', (s) => {
    expect(decodeState(s)).toBeUndefined();
  });

  it.each([
    [0, 0],
    [31_415_926, 1],
    [LARGEST_OFFER_ID, 15],
  ])('give offer %d of type %d a line that is exact, and back', (offerId, typeCode) => {
    const line = encodeLine(offerId, typeCode);
    expect(Number.isSafeInteger(line)).toBe(true);
    expect(decodeLine(line)).toEqual({ offerId, typeCode });
  });
});
