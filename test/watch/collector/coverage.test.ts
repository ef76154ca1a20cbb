import { describe, expect, it } from 'vitest';
import { parseOfferQuery } from '../../../src/net/vast/index.ts';
import { makeCovers } from '../../../src/watch/collector/coverage.ts';
import { isCertainToPass } from '../../../src/watch/collector/filter-certainty.ts';
import type { Slice } from '../../../src/watch/collector/slice.ts';
import { aSlice } from './listings.ts';

const key = {
  offerId: 5,
  type: 'on-demand',
  gpuName: 'RTX 4090',
  numGpus: 1,
  geolocation: 'Sweden, SE',
  dphTotal: 0.4,
};

function coversOf(leaves: readonly (readonly [Slice, boolean])[], isBelievable = true) {
  const coverage = {
    type: 'on-demand' as const,
    leaves: leaves.map(([slice, isWhole]) => ({ slice, isWhole })),
    absent: new Set<number>(),
    isBelievable,
  };
  return makeCovers([coverage], () => true);
}

describe('covers', () => {
  const cards = aSlice({ gpuName: { op: 'in', values: ['RTX 4090'] } });
  const rest = aSlice({ gpuName: { op: 'notin', values: ['RTX 4090'] } });

  it('holds when the slice that could hold the offer came whole, whatever the others did', () => {
    const covers = coversOf([
      [cards, true],
      [rest, false],
    ]);
    expect(covers(key)).toBe(true);
    expect(covers({ ...key, gpuName: 'H100 SXM' })).toBe(false);
  });

  it('needs every price range of a model, because prices move', () => {
    const cheap: Slice = { ...cards, price: { below: 0.5 } };
    const dear: Slice = { ...cards, price: { min: 0.5 } };
    expect(
      coversOf([
        [cheap, true],
        [dear, true],
      ])(key),
    ).toBe(true);
    expect(
      coversOf([
        [cheap, true],
        [dear, false],
      ])(key),
    ).toBe(false);
  });

  it('needs every state, because states change', () => {
    const states = (['available', 'rented', 'unavailable'] as const).map((search) => aSlice({ search }));
    expect(coversOf(states.map((slice) => [slice, true]))(key)).toBe(true);
    expect(coversOf(states.map((slice) => [slice, slice.search !== 'rented']))(key)).toBe(false);
  });

  it('says nothing of a type that was not swept, of no slices, of a sweep that is not believed', () => {
    expect(coversOf([[aSlice(), true]])({ ...key, type: 'interruptible' })).toBe(false);
    expect(coversOf([[aSlice(), true]])({ ...key, type: null })).toBe(false);
    expect(coversOf([])(key)).toBe(false);
    expect(coversOf([[aSlice(), true]], false)(key)).toBe(false);
  });

  it('takes an offer of unknown country for one of any', () => {
    const sweden = aSlice({ region: { op: 'in', values: ['SE'] } });
    const elsewhere = aSlice({ region: { op: 'notin', values: ['SE'] } });
    const covers = coversOf([
      [sweden, true],
      [elsewhere, false],
    ]);
    expect(covers(key)).toBe(true);
    expect(covers({ ...key, geolocation: null })).toBe(false);
  });
});

describe('isCertainToPass', () => {
  it.each([
    ['', true],
    ['gpu_name=RTX_4090', true],
    ['gpu_name=H100_SXM', false],
    ['gpu_name notin [H100_SXM]', true],
    ['num_gpus<=1', true],
    ['num_gpus>1', false],
    ['geolocation in [EU]', true],
    ['geolocation in [US,JP]', false],
    ['geolocation!=SE', false],
    // What changes while an offer stays listed proves nothing.
    ['dph<0.5', false],
    ['reliability>0.9', false],
    ['verified=true', false],
    ['gpu_name=RTX_4090 rentable=true', false],
  ])('with filter "%s" is %s for a RTX 4090 in Sweden', (text, expected) => {
    const { filters } = parseOfferQuery(text, { defaults: 'none' });
    expect(isCertainToPass(filters, key)).toBe(expected);
  });
});
