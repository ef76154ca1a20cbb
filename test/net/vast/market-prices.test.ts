// Prices of a model, and the search functions of the older programs.

import { getMarketPrices, searchOffers, UnknownGpuError } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { anOfferRow } from './offer-rows.ts';
import { failureOf, json, scriptedService, settle } from './scripted-service.ts';

const bodyOf = (request: { body: string } | undefined) =>
  JSON.parse(request?.body ?? '{}') as Record<string, unknown>;

describe('market prices', () => {
  it('are per GPU and hour, with type-7 quantiles', async () => {
    // Prices per GPU 1, 2, 3, 4 and 10 dollars, some of them for offers of several.
    const rows = [
      anOfferRow({ num_gpus: 1, dph_total: 3 }),
      anOfferRow({ num_gpus: 2, dph_total: 2 }),
      anOfferRow({ num_gpus: 4, dph_total: 8 }),
      anOfferRow({ num_gpus: 1, dph_total: 10 }),
      anOfferRow({ num_gpus: 8, dph_total: 32 }),
      anOfferRow({ num_gpus: 1, dph_total: null }),
      anOfferRow({ num_gpus: null, dph_total: 3 }),
    ];
    const { client, clock, seen } = scriptedService([json({ offers: rows })]);
    const prices = await settle(clock, getMarketPrices(client, 'rtx-4090'));
    // As numpy.percentile([1, 2, 3, 4, 10], [10, 25, 50, 75, 90]) gives them.
    expect(prices).toMatchObject({ count: 5, min: 1, p25: 2, median: 3, p75: 4, max: 10 });
    expect(prices.p10).toBeCloseTo(1.4, 12);
    expect(prices.p90).toBeCloseTo(7.6, 12);
    expect(bodyOf(seen[0])).toMatchObject({
      gpu_name: { eq: 'RTX 4090' },
      verified: { eq: true },
      rentable: { eq: true },
      type: 'on-demand',
      disable_bundling: true,
    });
  });

  it('of one type are asked with that type; a reserved price is the discounted one', async () => {
    const rows = [anOfferRow({ num_gpus: 1, dph_total: 3, discounted_dph_total: 2 })];
    for (const [type, wire, price] of [
      ['interruptible', 'bid', 3],
      ['reserved', 'reserved', 2],
    ] as const) {
      const { client, clock, seen } = scriptedService([json({ offers: rows })]);
      const prices = await settle(clock, getMarketPrices(client, 'RTX 4090', { type, verifiedOnly: false }));
      expect(prices).toMatchObject({ count: 1, median: price, p10: price });
      expect(bodyOf(seen[0]).type).toBe(wire);
      expect(bodyOf(seen[0])).not.toHaveProperty('verified');
    }
  });

  it('without offers are unknown, not 0', async () => {
    const { client, clock } = scriptedService([json({ offers: [] })]);
    const prices = await settle(clock, getMarketPrices(client, 'RTX 4090'));
    expect(prices).toEqual({
      count: 0,
      min: null,
      p10: null,
      p25: null,
      median: null,
      p75: null,
      p90: null,
      max: null,
    });
  });

  it('of a model that only the service knows are found; of none, the nearest names are told', async () => {
    const known = scriptedService([json({ gpu_names: ['RTX 6090'] }), json({ offers: [] })]);
    await settle(known.clock, getMarketPrices(known.client, 'rtx_6090'));
    expect(bodyOf(known.seen[1])).toMatchObject({ gpu_name: { eq: 'RTX 6090' } });

    const unknown = scriptedService([json({ gpu_names: ['RTX 6090'] })]);
    const failure = await failureOf(unknown.clock, getMarketPrices(unknown.client, 'RTX 490'));
    expect(failure).toBeInstanceOf(UnknownGpuError);
    expect((failure as UnknownGpuError).suggestions[0]).toBe('RTX 4090');
    expect(unknown.seen).toHaveLength(1);
  });
});

describe('searchOffers', () => {
  it('by flags sends what the market tracker sent', async () => {
    const { client, clock, seen } = scriptedService([json({ offers: [anOfferRow()] })]);
    const offers = await settle(
      clock,
      searchOffers(client, {
        rented: false,
        rentable: false,
        extraFilters: { limit: 5, gpu_name: { eq: 'A10' } },
      }),
    );
    expect(offers).toHaveLength(1);
    expect(bodyOf(seen[0])).toEqual({
      rented: { eq: false },
      external: { eq: false },
      rentable: { eq: false },
      type: 'on-demand',
      limit: 5,
      gpu_name: { eq: 'A10' },
    });
  });

  it.each([
    [
      { rented: true, rentable: null },
      { rented: { eq: true }, external: { eq: false }, limit: 10_000, type: 'on-demand' },
    ],
    [
      { rented: false, includeUnverified: false },
      {
        rented: { eq: false },
        external: { eq: false },
        rentable: { eq: true },
        verified: { eq: true },
        limit: 10_000,
        type: 'on-demand',
      },
    ],
  ])('by the flags %j sends %j', async (request, body) => {
    const { client, clock, seen } = scriptedService([json({ offers: [] })]);
    await settle(clock, searchOffers(client, request));
    expect(bodyOf(seen[0])).toEqual(body);
  });

  it('by a wish asks for the cheapest that fulfil it', async () => {
    const { client, clock, seen } = scriptedService([json({ offers: [anOfferRow()] })]);
    const wish = { gpuName: 'rtx_4090', maxDph: 0.5, minReliability: 0.98, verifiedOnly: false, limit: 20 };
    expect(await settle(clock, searchOffers(client, wish))).toHaveLength(1);
    expect(bodyOf(seen[0])).toEqual({
      external: { eq: false },
      rentable: { eq: true },
      gpu_name: { eq: 'RTX 4090' },
      dph_total: { lte: 0.5 },
      reliability: { gte: 0.98 },
      order: [['dph_total', 'asc']],
      type: 'on-demand',
      limit: 20,
      allocated_storage: 5,
    });
  });

  it('without a wish asks for the cheapest verified offers', async () => {
    const { client, clock, seen } = scriptedService([json({ offers: [] })]);
    await settle(clock, searchOffers(client));
    expect(bodyOf(seen[0])).toMatchObject({
      verified: { eq: true },
      limit: 100,
      order: [['dph_total', 'asc']],
    });
  });
});
