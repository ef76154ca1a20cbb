// One price a host, however many chunks of machines it offers.
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../../../src/net/vast/index.ts';
import { spreadOverHosts } from '../../../../src/rent/jobs/connector/pricing.ts';

const offer = (
  hostId: number | null,
  pricePerHour: number | null,
  numGpus: number | null = 1,
  machineId = 1,
) => ({ hostId, machineId, pricePerHour, numGpus }) as Offer;
const spread = (...offers: readonly Offer[]) => spreadOverHosts(offers, ({ pricePerHour }) => pricePerHour);

describe('the spread of a price', () => {
  it('counts each host once, with its cheapest GPU', () => {
    const found = spread(offer(1, 0.6, 2), offer(1, 0.4), offer(2, 0.5), offer(3, 0.9));
    expect(found).toEqual({ min: 0.3, median: 0.5, max: 0.9, hosts: 3, offers: 4 });
  });

  it('lies between the middle two where the hosts are even in number', () => {
    expect(spread(offer(1, 0.2), offer(2, 0.4)).median).toBeCloseTo(0.3);
  });

  it('takes a machine for a host of its own where no host is said', () => {
    expect(spread(offer(null, 0.2, 1, 7), offer(null, 0.3, 1, 8))).toMatchObject({ hosts: 2 });
  });

  it('is unknown without a price', () => {
    const nothing = { min: null, median: null, max: null, hosts: 0, offers: 0 };
    expect(spread()).toEqual(nothing);
    expect(spread(offer(1, null), offer(2, 1, null), offer(3, 1, 0))).toEqual(nothing);
  });
});
