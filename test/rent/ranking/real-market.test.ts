// Goal: the whole market of 2024-11-05, as it was captured, is ranked sanely. Skipped where the data is absent.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/std/index.ts';
import { createOfferDecoder } from '../../../src/net/vast/index.ts';
import { bidTable, type Need, NoOfferError, rankOffers } from '../../../src/rent/rental/ranking/index.ts';

const FILE = new URL(
  '../../../../shared/data/vast-offers-2024-11-05/search-all-2024-11-05.json.gz',
  import.meta.url,
);
const NOW_MS = Date.parse('2024-11-05T15:19:18Z');
const NEED: Need = {
  purpose: { kind: 'work', referenceHours: 12 },
  minVramGb: 24,
  rentalTypes: ['on-demand', 'interruptible'],
  checkpoint: { costS: 60, sizeGb: 3 },
  dataInGb: 50,
  dataOutGb: 5,
};

describe.skipIf(!existsSync(FILE))('the market of 2024-11-05', () => {
  const readMarket = () => {
    const rows = JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as unknown[];
    return createOfferDecoder({ log: silentLog }).decode(rows).offers;
  };

  it('is ranked without a figure that is no number, cheapest first', () => {
    const { ranked, eligible } = rankOffers({
      offers: readMarket(),
      need: NEED,
      nowMs: NOW_MS,
      limit: 1_000,
    });
    expect(eligible).toBeGreaterThan(50);
    expect(ranked).toHaveLength(eligible);
    const costs = ranked.map(({ estimate }) => Math.round(estimate.expectedUsd * 1e6));
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
    for (const { offer, estimate } of ranked) {
      const { cost, speed, ...rest } = estimate;
      for (const figure of [...Object.values(rest), ...Object.values(cost), speed?.ratio]) {
        if (typeof figure === 'number') expect(Number.isFinite(figure) && figure >= 0).toBe(true);
      }
      expect(offer.verified && (offer.gpuRamMb ?? 0) > 22_000).toBe(true);
      // Never less than the GPUs alone at their price for the time that the work would take without trouble.
      const leastHours = 12 / (speed?.ratio ?? 0);
      expect(estimate.expectedUsd).toBeGreaterThan(leastHours * estimate.gpuPricePerHour);
    }
  });

  it('finishes 12 hours of a 4090 for a few dollars, and not on the cheapest offer by the hour', () => {
    const { ranked } = rankOffers({ offers: readMarket(), need: NEED, nowMs: NOW_MS, limit: 1_000 });
    expect(ranked[0]?.estimate.expectedUsd).toBeGreaterThan(1);
    expect(ranked[0]?.estimate.expectedUsd).toBeLessThan(6);
    const cheapestHour = Math.min(...ranked.map(({ estimate }) => estimate.pricePerHour));
    expect(ranked[0]?.estimate.pricePerHour).toBeGreaterThan(cheapestHour);
  });

  it('gives as many more as it says when one condition goes', () => {
    const offers = readMarket();
    const need: Need = { ...NEED, rentalTypes: ['on-demand'], minReliability: 0.99, regions: ['EU'] };
    const { eligible, excluded } = rankOffers({ offers, need, nowMs: NOW_MS });
    const gained = (without: keyof Need) => {
      const { [without]: _gone, ...rest } = need;
      return rankOffers({ offers, need: rest as Need, nowMs: NOW_MS }).eligible - eligible;
    };
    const onlyBy = (name: string) => excluded.find(({ constraint }) => constraint === name)?.onlyByThis;
    expect(gained('regions')).toBe(onlyBy('region'));
    expect(gained('minReliability')).toBe(onlyBy('reliability'));
    expect(gained('minVramGb')).toBe(onlyBy('vram'));
    expect(onlyBy('region')).toBeGreaterThan(0);
  });

  it('has bids that are sensible for every offer', () => {
    const offers = readMarket();
    for (const offer of offers.filter((_, at) => at % 25 === 0)) {
      const { rows, best } = bidTable({ offer, need: NEED, nowMs: NOW_MS, peers: offers });
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.every(({ bidPerHour }) => bidPerHour >= (offer.minBidPerHour ?? 0))).toBe(true);
      if (best !== null) expect(rows).toContain(best);
    }
  });

  it('says what is missing where nothing matches', () => {
    const need: Need = { ...NEED, gpus: ['H100 SXM'], maxPricePerHour: 1, rentalTypes: ['on-demand'] };
    const ranking = rankOffers({ offers: readMarket(), need, nowMs: NOW_MS });
    expect(ranking.eligible).toBe(0);
    expect(new NoOfferError(ranking).message).toMatch(
      /^No available instances found matching criteria: of 1396 offers /,
    );
  });
});
