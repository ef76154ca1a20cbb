import { describe, expect, it } from 'vitest';
import type { Instance, InstanceListing } from '../../../src/net/vast/index.ts';
import { judgeListing } from '../../../src/rent/rental/watcher/index.ts';

const MINUTE = 60_000;
const nowMs = Date.UTC(2026, 5, 1);
const calm = { known: [], inDoubt: 0, emptySinceMs: undefined, nowMs };

function listing(ids: readonly number[], rest: Partial<InstanceListing> = {}): InstanceListing {
  return {
    startedAtMs: nowMs - 1_000,
    endedAtMs: nowMs,
    total: ids.length,
    instances: ids.map((id) => ({ id }) as Instance),
    pages: 1,
    faults: [],
    ...rest,
  };
}

describe('a listing', () => {
  it('with rows and no fault is believed, whatever was there before', () => {
    expect(judgeListing(listing([1]), { ...calm, known: [1, 2, 3], inDoubt: 2 }).kind).toBe('complete');
  });

  it('with one fault is not', () => {
    expect(judgeListing(listing([1], { faults: ['page 2 was refused'] }), calm)).toEqual({
      kind: 'unknown',
      reason: 'page 2 was refused',
    });
  });

  it('that does not say how many there are is not', () => {
    expect(judgeListing(listing([1], { total: null }), calm).kind).toBe('unknown');
  });
});

describe('an empty listing', () => {
  it('is believed of an account that has never had anything', () => {
    expect(judgeListing(listing([]), calm).kind).toBe('complete');
  });

  it('asks for each of up to ten known instances by its id, and is wrong with eleven', () => {
    const ten = Array.from({ length: 10 }, (_, index) => index + 1);
    expect(judgeListing(listing([]), { ...calm, known: ten })).toEqual({ kind: 'ask', ids: ten });
    expect(judgeListing(listing([]), { ...calm, known: [...ten, 11] }).kind).toBe('unknown');
  });

  it('says nothing of a create in doubt until listings have been empty for ten minutes', () => {
    const doubt = { ...calm, inDoubt: 1 };
    expect(judgeListing(listing([]), doubt).kind).toBe('unknown');
    const almost = { ...doubt, emptySinceMs: nowMs - 10 * MINUTE + 1 };
    expect(judgeListing(listing([]), almost).kind).toBe('unknown');
    expect(judgeListing(listing([]), { ...doubt, emptySinceMs: nowMs - 10 * MINUTE }).kind).toBe('complete');
  });
});
