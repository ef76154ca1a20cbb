// Builders of what the pure parts of the collector work on.
import type { Listing, Slice } from '../../../src/watch/collector/slice.ts';

export function aListing(over: Partial<Listing> = {}): Listing {
  return {
    offerId: 1,
    machineId: 10,
    gpuName: 'RTX 4090',
    numGpus: 1,
    region: 'US',
    price: 0.4,
    bidPrice: 0.2,
    isRentable: true,
    isRented: false,
    ...over,
  };
}

export function aSlice(over: Partial<Slice> = {}): Slice {
  return { type: 'on-demand', search: 'any', ...over };
}
