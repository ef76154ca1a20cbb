import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { couldHold, holds, type Listing } from '../../../src/watch/collector/slice.ts';
import { formatSlice } from '../../../src/watch/collector/slice-query.ts';
import { splitSlice } from '../../../src/watch/collector/split.ts';
import { aListing, aSlice } from './listings.ts';

const listings = fc
  .array(
    fc.record({
      gpuName: fc.constantFrom('RTX 4090', 'RTX 3090', 'H100 SXM', 'A100 PCIE', 'RTX 5090'),
      numGpus: fc.constantFrom(1, 2, 4, 8),
      region: fc.constantFrom('US', 'SE', 'DE', 'JP'),
      price: fc.constantFrom(0.1, 0.2, 0.2000001, 0.4, 1.5, 12),
      machineId: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 300 },
  )
  .map((rows) => rows.map((row, index) => aListing({ ...row, offerId: index + 1 })));

/** Values that no known listing has, beside those that they have. */
const strangers = fc.record({
  gpuName: fc.constantFrom('RTX 4090', 'H100 SXM', 'B300'),
  numGpus: fc.constantFrom(1, 8, 14),
  region: fc.constantFrom('US', 'JP', 'BR'),
  price: fc.constantFrom(0, 0.2, 0.3, 99),
  machineId: fc.integer({ min: 0, max: 60 }),
});

describe('splitSlice', () => {
  it('puts every offer into exactly one part, also one with values that nobody has seen', () => {
    fc.assert(
      fc.property(listings, strangers, fc.integer({ min: 5, max: 80 }), (known, stranger, target) => {
        const parts = splitSlice({ slice: aSlice(), known, expected: known.length, target });
        for (const listing of [...known, aListing(stranger)]) {
          expect(parts.filter((part) => holds(part, listing))).toHaveLength(1);
        }
      }),
    );
  });

  it('keeps to exactly one part when a part is split again', () => {
    fc.assert(
      fc.property(listings, strangers, fc.nat(), (known, stranger, pick) => {
        const first = splitSlice({ slice: aSlice(), known, expected: known.length, target: 60 });
        const chosen = first[pick % first.length];
        if (!chosen) throw new Error('no parts');
        const inside = known.filter((listing) => holds(chosen, listing));
        const again = splitSlice({ slice: chosen, known, expected: inside.length * 4, target: 20 });
        for (const listing of [...inside, aListing(stranger)]) {
          const expected = holds(chosen, listing) ? 1 : 0;
          expect(again.filter((part) => holds(part, listing))).toHaveLength(expected);
        }
      }),
    );
  });

  it('makes parts that fit, as long as anything tells the offers apart', () => {
    fc.assert(
      fc.property(listings, fc.integer({ min: 5, max: 80 }), (known, target) => {
        const parts = splitSlice({ slice: aSlice(), known, expected: known.length, target });
        for (const part of parts) {
          const inside = known.filter((listing) => holds(part, listing));
          if (inside.length > target) expect(new Set(inside.map(alike)).size).toBe(1);
        }
      }),
    );
  });

  it('leaves a slice alone that fits', () => {
    const known = Array.from({ length: 48 }, (_, index) => aListing({ offerId: index, machineId: index }));
    expect(splitSlice({ slice: aSlice(), known, expected: 48, target: 48 })).toEqual([aSlice()]);
    expect(splitSlice({ slice: aSlice(), known, expected: 49, target: 48 }).length).toBeGreaterThan(1);
  });

  it('cuts at machines when model, count, country and price are all the same', () => {
    const known = Array.from({ length: 100 }, (_, index) =>
      aListing({ offerId: index, machineId: index + 1 }),
    );
    const parts = splitSlice({ slice: aSlice(), known, expected: 100, target: 40 });
    expect(parts.map(formatSlice)).toEqual([
      'machine_id<34',
      'machine_id>=34 machine_id<67',
      'machine_id>=67',
    ]);
  });

  it('never tears a tie of prices apart', () => {
    const known = Array.from({ length: 90 }, (_, index) =>
      aListing({ offerId: index, machineId: 1, price: index < 80 ? 0.4 : 0.5 }),
    );
    const parts = splitSlice({ slice: aSlice(), known, expected: 90, target: 50 });
    expect(parts.map(formatSlice)).toEqual(['dph_total<0.5', 'dph_total>=0.5']);
  });

  it('does not ask by country where a known offer has none', () => {
    const known = Array.from({ length: 90 }, (_, index) =>
      aListing({ offerId: index, machineId: index, region: index === 7 ? null : index % 2 ? 'US' : 'SE' }),
    );
    const parts = splitSlice({ slice: aSlice(), known, expected: 90, target: 50 });
    expect(parts.some((part) => part.region)).toBe(false);
    expect(parts.length).toBeGreaterThan(1);
  });

  it('packs rare models together, so that the parts are few', () => {
    const names = Array.from({ length: 50 }, (_, index) => `GPU ${index}`);
    const known = names.flatMap((gpuName, model) =>
      Array.from({ length: 5 }, (_, index) => aListing({ offerId: model * 10 + index, gpuName })),
    );
    expect(splitSlice({ slice: aSlice(), known, expected: 250, target: 50 })).toHaveLength(5);
  });
});

describe('couldHold', () => {
  it('takes an unknown value for any value, and looks at neither price nor state', () => {
    const slice = aSlice({
      search: 'available',
      gpuName: { op: 'in', values: ['RTX 4090'] },
      price: { min: 1 },
    });
    expect(couldHold(slice, { gpuName: null, numGpus: null, region: null })).toBe(true);
    expect(couldHold(slice, { gpuName: 'RTX 4090', numGpus: 1, region: 'US' })).toBe(true);
    expect(couldHold(slice, { gpuName: 'H100 SXM', numGpus: 1, region: 'US' })).toBe(false);
  });
});

function alike({ gpuName, numGpus, region, price, machineId }: Listing): string {
  return JSON.stringify([gpuName, numGpus, region, price, machineId]);
}
