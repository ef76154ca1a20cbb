import { describe, expect, it } from 'vitest';
import { planRecheck } from '../../../src/watch/collector/recheck.ts';
import { aListing } from './listings.ts';

function plan(lacking: number, over: Partial<Parameters<typeof planRecheck>[0]> = {}) {
  return planRecheck({
    type: 'on-demand',
    searches: ['any'],
    lacking: Array.from({ length: lacking }, (_, index) => aListing({ offerId: lacking - index })),
    usual: 5_000,
    target: undefined,
    searchCount: 3,
    ...over,
  });
}

describe('planRecheck', () => {
  it('asks for nothing when nothing is lacking', () => {
    expect(plan(0)).toEqual([]);
  });

  it('asks for all ids in as many searches as the cap needs', () => {
    expect(plan(3)[0]?.offerIds).toEqual([1, 2, 3]);
    expect(plan(90, { target: 48 }).map(({ offerIds }) => offerIds?.length)).toEqual([48, 42]);
  });

  it('adds at most two searches to a short sweep and a tenth to a long one', () => {
    expect(plan(900, { target: 48 })).toHaveLength(2);
    expect(plan(900, { target: 48, searchCount: 130 })).toHaveLength(13);
  });

  it('does not look one by one for a quarter of the market', () => {
    expect(plan(1_250, { searchCount: 100 })).not.toEqual([]);
    expect(plan(1_251, { searchCount: 100 })).toEqual([]);
  });
});
