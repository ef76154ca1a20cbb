import { describe, expect, it } from 'vitest';
import { HOUR_MS, SteppedClock } from '../../../src/base/std/index.ts';
import { createCensus } from '../../../src/watch/collector/census.ts';
import type { Listing } from '../../../src/watch/collector/slice.ts';
import { aListing, aSlice } from './listings.ts';

const whole = { isPartial: false };

function market(from: number, to: number): Map<number, Listing> {
  const ids = Array.from({ length: to - from }, (_, index) => from + index);
  return new Map(ids.map((offerId) => [offerId, aListing({ offerId, numGpus: (offerId % 2) + 1 })]));
}

describe('the census', () => {
  it('expects of a slice what the last sweep saw of it', () => {
    const census = createCensus({ clock: new SteppedClock() });
    expect(census.expected(aSlice())).toBe(0);
    census.settle('on-demand', market(0, 100), whole);
    expect(census.expected(aSlice())).toBe(100);
    expect(census.expected(aSlice({ numGpus: { op: 'in', values: [1] } }))).toBe(50);
    expect(census.expected(aSlice({ type: 'interruptible' }))).toBe(0);
  });

  it('plans for an offer that one sweep missed, and forgets it after two', () => {
    const census = createCensus({ clock: new SteppedClock() });
    census.settle('on-demand', market(0, 100), whole);
    census.settle('on-demand', market(0, 99), whole);
    expect(census.known('on-demand')).toHaveLength(100);
    expect(census.expected(aSlice())).toBe(99);
    expect(census.lacking('on-demand', market(0, 99)).map(({ offerId }) => offerId)).toEqual([99]);
    census.settle('on-demand', market(0, 99), whole);
    expect(census.known('on-demand')).toHaveLength(99);
  });

  it('believes that a quarter is gone, and not that more is', () => {
    const census = createCensus({ clock: new SteppedClock() });
    census.settle('on-demand', market(0, 100), whole);
    expect(census.settle('on-demand', market(0, 75), whole)).toBe(true);
    const other = createCensus({ clock: new SteppedClock() });
    other.settle('on-demand', market(0, 100), whole);
    expect(other.settle('on-demand', market(0, 74), whole)).toBe(false);
    expect(other.known('on-demand')).toHaveLength(100);
  });

  it('believes a smaller market after ten sweeps in a row, and an empty one never', () => {
    const census = createCensus({ clock: new SteppedClock() });
    census.settle('on-demand', market(0, 100), whole);
    const small = Array.from({ length: 10 }, () => census.settle('on-demand', market(0, 30), whole));
    expect(small).toEqual([...Array.from({ length: 9 }, () => false), true]);
    for (let sweep = 0; sweep < 30; sweep += 1) {
      expect(census.settle('on-demand', new Map(), whole)).toBe(false);
    }
  });

  it('believes a smaller market at once when the last sweep is more than six hours ago, but not an empty one', async () => {
    const clock = new SteppedClock();
    const census = createCensus({ clock });
    census.settle('on-demand', market(0, 100), whole);
    await clock.step(6 * HOUR_MS);
    expect(census.isStale('on-demand')).toBe(false);
    expect(census.settle('on-demand', market(0, 30), whole)).toBe(false);
    await clock.step(1);
    expect(census.isStale('on-demand')).toBe(true);
    expect(census.settle('on-demand', new Map(), whole)).toBe(false);
    expect(census.settle('on-demand', market(0, 30), whole)).toBe(true);
    expect(census.isStale('on-demand')).toBe(false);
  });

  it('forgets nothing over a sweep in which searches failed', () => {
    const census = createCensus({ clock: new SteppedClock() });
    census.settle('on-demand', market(0, 100), whole);
    for (let sweep = 0; sweep < 5; sweep += 1) {
      expect(census.settle('on-demand', market(0, 10), { isPartial: true })).toBe(true);
    }
    expect(census.usual('on-demand')).toBe(100);
  });

  it('lends a type that was never swept the other one, at the price of a bid', () => {
    const census = createCensus({ clock: new SteppedClock() });
    census.settle('on-demand', new Map([[1, aListing({ price: 0.4, bidPrice: 0.15 })]]), whole);
    expect(census.known('interruptible')).toMatchObject([{ offerId: 1, price: 0.15 }]);
    expect(census.usual('interruptible')).toBe(0);
  });
});
