// Goal: the cheapest to finish comes first, always the same one, and the others know why they lost.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import type { Offer } from '../../../src/net/vast/index.ts';
import { type Need, rankOffers } from '../../../src/rent/rental/ranking/index.ts';
import { aBox, anOffer, NOW_MS, someFacts, someWork } from './an-offer.ts';

const rank = (offers: readonly Offer[], need: Need = someWork()) =>
  rankOffers({ offers, need, nowMs: NOW_MS });
const ids = (offers: readonly { readonly offer: Offer }[]) => offers.map(({ offer }) => Number(offer.id));

describe('the order', () => {
  it('is that of the cost to finish, not of the price an hour', () => {
    const cheapAndSlow = anOffer({
      id: 1,
      machineId: 1,
      gpuName: 'RTX 3060',
      dlperf: 12.3,
      gpuPricePerHour: 0.06,
    });
    const dearAndFast = anOffer({ id: 2, machineId: 2 });
    const { ranked } = rank([cheapAndSlow, dearAndFast], someWork());
    expect(ids(ranked)).toEqual([2, 1]);
    expect(ids(rank([cheapAndSlow, dearAndFast], aBox()).ranked)).toEqual([1, 2]);
  });

  it('counts disk, bandwidth, interruptions and boots, each alone', () => {
    const need = someWork({ dataInGb: 100, dataOutGb: 100, diskGb: 400 });
    const worse: readonly Parameters<typeof anOffer>[0][] = [
      { storagePricePerGbMonth: 0.2 },
      { downloadPricePerGb: 0.003 },
      { uploadPricePerGb: 0.005 },
      { reliability: 0.9 },
      { downloadMbitPerSecond: 200 },
      { gpuPricePerHour: 0.361 },
      { dlperf: 100 },
    ];
    for (const change of worse) {
      // One class each, so that the one's score does not move the other's.
      const other = anOffer({ id: 1, machineId: 1, ...change });
      expect(
        ids(rank([other, anOffer({ id: 2, machineId: 2 })], need).ranked),
        JSON.stringify(change),
      ).toEqual([2, 1]);
    }
  });

  it('is the same for every order of the offers, ties by safety, then by numbers', () => {
    const offers = [
      anOffer({ id: 4, machineId: 40 }),
      anOffer({ id: 3, machineId: 50 }),
      anOffer({ id: 1, machineId: 60, reliability: 0.995 }),
      anOffer({ id: 2, machineId: 40 }),
      anOffer({ id: 5, machineId: 30, gpuPricePerHour: 0.37 }),
    ];
    const random = createRandom('orders');
    const first = rank(offers, aBox());
    expect(ids(first.ranked)).toEqual([1, 2, 4, 3, 5]);
    for (let round = 0; round < 30; round += 1) expect(rank(random.shuffle(offers), aBox())).toEqual(first);
  });

  it('never puts an offer further back for a lower price', () => {
    const random = createRandom('prices');
    for (let round = 0; round < 40; round += 1) {
      const offers = Array.from({ length: 20 }, (_, at) =>
        anOffer({
          id: at + 1,
          machineId: at + 1,
          gpuPricePerHour: 0.2 + random.next(),
          minBidPerHour: 0.1 + random.next() / 2,
          dlperf: 50 + random.next() * 80,
          reliability: 0.9 + random.next() / 10,
          downloadPricePerGb: random.next() / 100,
        }),
      );
      const need = someWork({
        dataInGb: 20,
        rentalTypes: ['on-demand', 'interruptible'],
        checkpoint: { costS: 30, sizeGb: 1 },
      });
      const which = random.int(0, 19);
      const field = random.pick(['gpuPricePerHour', 'downloadPricePerGb', 'storagePricePerGbMonth'] as const);
      const cheaper = offers.map((offer, at) =>
        at === which ? { ...offer, [field]: (offer[field] as number) * random.next() } : offer,
      );
      const placeIn = (market: readonly Offer[]) => ids(rank(market, need).ranked).indexOf(which + 1);
      expect(placeIn(cheaper)).toBeLessThanOrEqual(placeIn(offers));
    }
  });

  it('takes the rental type that is cheaper to finish, for each offer', () => {
    const need = someWork({
      rentalTypes: ['on-demand', 'interruptible'],
      checkpoint: { costS: 10, sizeGb: 0.1 },
    });
    const cheapBid = anOffer({ id: 1, machineId: 1, minBidPerHour: 0.05 });
    const dearBid = anOffer({ id: 2, machineId: 2, minBidPerHour: 0.359 });
    const { ranked } = rank([cheapBid, dearBid], need);
    expect(ranked.map(({ estimate }) => estimate.type)).toEqual(['interruptible', 'on-demand']);
  });

  it('raises the bid where only that keeps the deadline', () => {
    const offer = anOffer({ gpuPricePerHour: 3 });
    const need = someWork({ rentalTypes: ['interruptible'], checkpoint: { costS: 60, sizeGb: 1 } });
    const [plain] = rank([offer], need).ranked;
    const deadlineMs = NOW_MS + (plain?.estimate.expectedS as number) * 1_450;
    const slack = rank([offer], { ...need, deadlineMs, minFinishChance: 0 }).ranked[0];
    expect(slack?.estimate.bidPerHour).toBe(plain?.estimate.bidPerHour);
    const chance = slack?.estimate.finishChance as number;
    const [hurried] = rank([offer], { ...need, deadlineMs, minFinishChance: chance + 0.005 }).ranked;
    expect(hurried?.estimate.bidPerHour).toBeGreaterThan(plain?.estimate.bidPerHour as number);
  });
});

describe('the answer', () => {
  const offers = Array.from({ length: 40 }, (_, at) =>
    anOffer({ id: at + 1, machineId: at + 1, gpuPricePerHour: 0.3 + at / 100 }),
  );

  it('has runners-up of other machines, the best of each', () => {
    const twice = [
      anOffer({ id: 1, machineId: 1, gpuPricePerHour: 0.3 }),
      anOffer({ id: 2, machineId: 1, gpuPricePerHour: 0.3 }),
      anOffer({ id: 3, machineId: 2, gpuPricePerHour: 0.5 }),
      anOffer({ id: 4, machineId: 2, gpuPricePerHour: 0.4 }),
    ];
    const { ranked, runnersUp } = rank(twice);
    expect(ids(ranked)).toEqual([1, 2, 4, 3]);
    expect(ids(runnersUp)).toEqual([4]);
  });

  it('has as many as asked, 25 by default, and counts all', () => {
    expect(rank(offers)).toMatchObject({ eligible: 40, considered: 40 });
    expect(rank(offers).ranked).toHaveLength(25);
    expect(rankOffers({ offers, need: someWork(), nowMs: NOW_MS, limit: 3 }).ranked).toHaveLength(3);
    expect(rankOffers({ offers, need: someWork(), nowMs: NOW_MS, limit: 0 }).ranked).toEqual([]);
  });

  it('takes two rows with one id for one offer', () => {
    const { ranked, considered } = rank([anOffer(), anOffer({ gpuPricePerHour: 0.3 })]);
    expect(considered).toBe(1);
    expect(ranked.map(({ offer }) => offer.gpuPricePerHour)).toEqual([0.3]);
  });

  it('is empty for an empty market', () => {
    expect(rank([])).toEqual({ ranked: [], runnersUp: [], eligible: 0, excluded: [], considered: 0 });
  });

  it('is refused without a time', () => {
    expect(() => rankOffers({ offers, need: someWork(), nowMs: Number.NaN })).toThrow(/NaN/);
  });

  it('asks for the history of each machine with its host', () => {
    const asked: (readonly [number, number | null])[] = [];
    rankOffers({
      offers: [anOffer(), anOffer({ id: 2, machineId: 11, hostId: null })],
      need: someWork(),
      nowMs: NOW_MS,
      facts: (machineId, hostId) => {
        asked.push([machineId, hostId]);
        return undefined;
      },
    });
    expect(asked).toEqual([
      [10, 7],
      [11, null],
    ]);
  });

  it('puts a machine that was often lost behind one that costs a little more', () => {
    const lossy = someFacts({ interruptions: 40, hoursSeen: 100 });
    const { ranked } = rankOffers({
      offers: [anOffer(), anOffer({ id: 2, machineId: 11, gpuPricePerHour: 0.4 })],
      need: someWork(),
      nowMs: NOW_MS,
      facts: (machineId) => (machineId === 10 ? { machine: lossy } : undefined),
    });
    expect(ids(ranked)).toEqual([2, 1_000]);
  });
});

describe('the runners-up', () => {
  it('are the three behind the best, with what they cost more', () => {
    const offers = [0.36, 0.38, 0.4, 0.42, 0.44].map((gpuPricePerHour, at) =>
      anOffer({ id: at + 1, machineId: at + 1, gpuPricePerHour }),
    );
    const { ranked, runnersUp } = rank(offers);
    expect(ids(runnersUp)).toEqual([2, 3, 4]);
    for (const [at, { extraUsd }] of runnersUp.entries()) {
      const best = ranked[0]?.estimate.expectedUsd as number;
      expect(extraUsd).toBeCloseTo((ranked[at + 1]?.estimate.expectedUsd as number) - best, 12);
    }
    expect(runnersUp[0]?.why).toEqual([
      expect.stringMatching(/^\$0\.\d+ more for GPUs: \$0\.380 an hour against \$0\.360$/),
    ]);
  });

  it.each([
    ['disk', { storagePricePerGbMonth: 1 }, /more for disk$/],
    ['downloads', { downloadPricePerGb: 0.05 }, /more for downloads$/],
    ['uploads', { uploadPricePerGb: 0.05 }, /more for uploads$/],
    ['a slow GPU', { gpuName: 'RTX 4080', dlperf: 70 }, /GPUs: 34 % slower/],
    ['a slow line', { downloadMbitPerSecond: 50 }, /copying data in takes 3h 42m/],
    ['interruptions', { reliability: 0.5 }, /interrupted \d+\.\d times against 0\.0/],
  ])('name %s where that is the difference', (_name, change, sentence) => {
    const need = someWork({ dataInGb: 50, dataOutGb: 50 });
    const { runnersUp } = rank([anOffer(), anOffer({ id: 2, machineId: 11, ...change })], need);
    expect(runnersUp[0]?.why.join('; ')).toMatch(sentence);
  });

  it('name the dearest difference first', () => {
    const need = someWork({ dataInGb: 50, dataOutGb: 50 });
    const worse = anOffer({ id: 2, machineId: 11, downloadPricePerGb: 0.03, uploadPricePerGb: 0.08 });
    expect(rank([anOffer(), worse], need).runnersUp[0]?.why).toEqual([
      '$3.80 more for uploads',
      expect.stringMatching(/^\$1\.4\d more for downloads$/),
    ]);
  });

  it('say what decided between equals', () => {
    const why = (change: Parameters<typeof anOffer>[0]) =>
      rank([anOffer(), anOffer({ id: 2, machineId: 11, ...change })], aBox()).runnersUp[0]?.why;
    expect(why({})).toEqual(['costs the same; the lower machine number comes first']);
    expect(why({ reliability: 0.98 })).toEqual(['costs the same and is interrupted more often']);
  });
});
