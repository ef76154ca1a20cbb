import { describe, expect, it } from 'vitest';
import { parseOfferQuery } from '../../../src/net/vast/index.ts';
import {
  formatScope,
  formatSlice,
  makeScope,
  makeSearchBody,
  possibleSearches,
} from '../../../src/watch/collector/slice-query.ts';
import { aSlice } from './listings.ts';

const plain = { filter: undefined, includeUnverified: true, storageGb: undefined, limitRows: 9_999 };
const filterOf = (text: string) => parseOfferQuery(text, { defaults: 'none' });

describe('makeSearchBody', () => {
  it('asks for everything of one state, unbundled and with a big limit, without a word on storage', () => {
    expect(makeSearchBody({ slice: aSlice({ search: 'available' }) }, makeScope(plain))).toEqual({
      external: { eq: false },
      rentable: { eq: true },
      rented: { eq: false },
      order: [['score', 'desc']],
      type: 'on-demand',
      limit: 9_999,
      disable_bundling: true,
    });
  });

  it('asks for the other states as the original did', () => {
    const stateOf = (search: 'rented' | 'unavailable' | 'any') => {
      const { rentable, rented } = makeSearchBody({ slice: aSlice({ search }) }, makeScope(plain));
      return { rentable, rented };
    };
    expect(stateOf('rented')).toEqual({ rentable: undefined, rented: { eq: true } });
    expect(stateOf('unavailable')).toEqual({ rentable: { eq: false }, rented: { eq: false } });
    expect(stateOf('any')).toEqual({ rentable: undefined, rented: undefined });
  });

  it('calls interruptible offers what the service calls them', () => {
    expect(makeSearchBody({ slice: aSlice({ type: 'interruptible' }) }, makeScope(plain)).type).toBe('bid');
  });

  it('joins a slice with the filter on the same field', () => {
    const scope = makeScope({ ...plain, filter: filterOf('num_gpus>=2 gpu_name notin [A10] dph<5') });
    const slice = aSlice({ gpuName: { op: 'notin', values: ['H100 SXM'] }, price: { min: 0.5, below: 9 } });
    expect(makeSearchBody({ slice }, scope)).toMatchObject({
      num_gpus: { gte: 2 },
      gpu_name: { notin: ['A10', 'H100 SXM'] },
      dph_total: { gte: 0.5, lt: 5 },
    });
  });

  it('asks for offers by the id that the service really filters on', () => {
    const body = makeSearchBody(
      { slice: aSlice(), offerIds: [7, 9] },
      makeScope({ ...plain, storageGb: 20 }),
    );
    expect(body).toMatchObject({ ask_contract_id: { in: [7, 9] }, allocated_storage: 20 });
  });
});

describe('the scope', () => {
  it('is empty when everything is collected, and names every limit otherwise', () => {
    expect(formatScope(makeScope(plain))).toBe('');
    expect(formatScope(makeScope({ ...plain, includeUnverified: false }))).toBe('verified=true');
    const filter = filterOf('gpu_name=RTX_4090 reliability>0.98');
    expect(formatScope(makeScope({ ...plain, filter }))).toBe('gpu_name=RTX_4090 reliability>0.98');
  });

  it('leaves verification and resold offers to a filter that speaks of them', () => {
    const scope = makeScope({
      ...plain,
      includeUnverified: false,
      filter: filterOf('verified=any external=true'),
    });
    const { verified, external } = makeSearchBody({ slice: aSlice() }, scope);
    expect({ verified, external }).toEqual({ verified: undefined, external: { eq: true } });
  });

  it('skips the searches that the filter contradicts', () => {
    expect(possibleSearches(filterOf('rentable=true').filters)).toEqual(['available', 'rented']);
    expect(possibleSearches(filterOf('rented=true').filters)).toEqual(['rented']);
    expect(possibleSearches([])).toEqual(['available', 'rented', 'unavailable']);
  });
});

describe('formatSlice', () => {
  it('is query text that means the same slice', () => {
    const slice = aSlice({
      gpuName: { op: 'in', values: ['RTX 4090', 'H100 SXM'] },
      numGpus: { op: 'notin', values: [1, 2] },
      region: { op: 'in', values: ['SE'] },
      price: { min: 0.1, below: 0.30000000000000004 },
      machineId: { min: 5 },
    });
    expect(filterOf(formatSlice(slice)).filters).toEqual([
      { field: 'gpu_name', op: 'in', value: ['RTX 4090', 'H100 SXM'] },
      { field: 'num_gpus', op: 'notin', value: [1, 2] },
      { field: 'geolocation', op: 'in', value: ['SE'] },
      { field: 'dph_total', op: 'gte', value: 0.1 },
      { field: 'dph_total', op: 'lt', value: 0.30000000000000004 },
      { field: 'machine_id', op: 'gte', value: 5 },
    ]);
    expect(formatSlice(aSlice())).toBe('');
  });
});
