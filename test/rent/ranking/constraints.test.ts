// Goal: each condition keeps out what it should, on both sides of its limit, and says what asking for less would give.
import { describe, expect, it } from 'vitest';
import {
  CONSTRAINT_NAMES,
  type ConstraintName,
  type Need,
  NoOfferError,
  rankOffers,
} from '../../../src/rent/rental/ranking/index.ts';
import { aBox, anOffer, NOW_MS, someWork } from './an-offer.ts';

type Change = Parameters<typeof anOffer>[0];

const DISK = (0.144 * 100) / 720;
const box = (change: Partial<Need> = {}) => aBox({ diskGb: 100, ...change });
/** From the box's own figures: 2 h and the boot. */
const boxEndS = rankOffers({ offers: [anOffer()], need: box(), nowMs: NOW_MS }).ranked[0]?.estimate
  .expectedS as number;
const endsAt = (share: number) => Math.ceil(NOW_MS / 1_000 + boxEndS * share);

const CASES: readonly [name: ConstraintName, need: Need, inside: Change, outside: Change, relax: RegExp][] = [
  ['rentable', box(), { rentable: null }, { rentable: false }, /wait/],
  ['machine', box({ excludedMachines: [11] }), { machineId: 12 }, { machineId: 11 }, /allow machine 11/],
  ['gpu', box({ gpus: ['4090', 'rtx-4090'] }), {}, { gpuName: 'RTX 3090' }, /allow RTX 3090/],
  ['gpu', box({ gpus: ['RTX 9090 Ti'] }), { gpuName: 'RTX 9090 Ti' }, {}, /allow RTX 4090/],
  ['gpu-count', box({ gpuCount: 2 }), { numGpus: 2 }, { numGpus: 4 }, /ask for 4 GPUs/],
  ['gpu-count', box(), { numGpus: null }, { numGpus: 2 }, /ask for 2 GPUs/],
  ['vram', box({ minVramGb: 24 }), { gpuRamMb: 23_028 }, { gpuRamMb: 22_528 }, /ask for 22 GB a GPU/],
  ['vram', box({ minVramGb: 80 }), { gpuRamMb: 81_559 }, { gpuRamMb: null }, /ask for 0 GB/],
  ['cuda', box({ minCuda: 12.4 }), { cudaMax: 12.4 }, { cudaMax: 12.2 }, /ask for CUDA 12.2/],
  [
    'compute-capability',
    box({ minComputeCap: 8.9 }),
    { computeCap: 890 },
    { computeCap: 860 },
    /capability 8.6/,
  ],
  [
    'image-cuda',
    box({ imageCuda: 12.1 }),
    { computeCap: 900 },
    { computeCap: 1_200 },
    /image whose CUDA knows/,
  ],
  [
    'image-cuda',
    box({ imageCuda: 12.8 }),
    { computeCap: 1_200 },
    { computeCap: null },
    /image whose CUDA knows/,
  ],
  ['image-cuda', box({ imageCuda: 13 }), { computeCap: 750 }, { computeCap: 700 }, /image whose CUDA knows/],
  [
    'image-cuda',
    box({ imageCuda: 12.9 }),
    { computeCap: 610 },
    { computeCap: null },
    /image whose CUDA knows/,
  ],
  ['region', box({ regions: ['EU'] }), { countryCode: 'SE' }, { countryCode: 'NO' }, /allow NO/],
  [
    'region',
    box({ regions: ['US', 'CA'] }),
    { countryCode: 'CA' },
    { countryCode: null },
    /allow unknown places/,
  ],
  [
    'reliability',
    box({ minReliability: 0.99 }),
    { reliability: 0.99 },
    { reliability: 0.9899 },
    /ask for 0.989/,
  ],
  ['reliability', box({ minReliability: 0.5 }), { reliability: 0.5 }, { reliability: null }, /ask for 0/],
  ['verification', box(), {}, { verified: false }, /allow unverified/],
  ['verification', box(), {}, { deverified: true }, /allow deverified/],
  [
    'verification',
    box({ verification: 'not-deverified' }),
    { verified: false },
    { deverified: true },
    /deverified/,
  ],
  ['datacenter', box({ isDatacenter: true }), { hostingType: 1 }, { hostingType: 0 }, /allow other hosts/],
  [
    'datacenter',
    box({ isDatacenter: false }),
    { hostingType: 0 },
    { hostingType: null },
    /allow data centers/,
  ],
  ['disk', box(), { diskSpaceGb: 100 }, { diskSpaceGb: 99.9 }, /ask for 99 GB of disk/],
  ['price-known', box(), {}, { gpuPricePerHour: null }, /another rental type/],
  [
    'price',
    box({ maxPricePerHour: 0.4 }),
    { gpuPricePerHour: 0.4 - DISK - 1e-9 },
    { gpuPricePerHour: 0.4312 },
    /pay \$0\.452 an hour/,
  ],
  [
    'gpu-price',
    box({ gpuCount: 4, maxPricePerGpuHour: 0.1 }),
    { numGpus: 4 },
    { numGpus: 4, gpuPricePerHour: 0.5 },
    /pay \$0\.130 a GPU/,
  ],
  ['speed-known', someWork(), {}, { gpuName: 'Mystery 1', dlperf: null }, /box/],
  ['speed-known', someWork(), {}, { gpuName: 'Mystery 1', dlperf: 0 }, /box/],
  ['contract-end', box(), { endsAtSec: endsAt(1.5) }, { endsAtSec: endsAt(1.5) - 2 }, /less work/],
  ['contract-end', box(), { endsAtSec: null }, { endsAtSec: 0 }, /less work/],
  [
    'deadline',
    box({ deadlineMs: NOW_MS + boxEndS * 1_000 + 1 }),
    {},
    { downloadMbitPerSecond: 900 },
    /accept a chance of 0/,
  ],
];

describe('a condition', () => {
  it.each(
    CASES,
  )('%s keeps out what is beyond its limit, and no more', (name, need, inside, outside, relax) => {
    const offers = [anOffer({ ...inside, id: 1 }), anOffer({ ...outside, id: 2 })];
    const { ranked, excluded } = rankOffers({ offers, need, nowMs: NOW_MS });
    expect(ranked.map(({ offer }) => Number(offer.id))).toEqual([1]);
    expect(excluded).toHaveLength(1);
    expect(excluded[0]).toMatchObject({ constraint: name, alone: 1, onlyByThis: 1 });
    expect(excluded[0]?.relax).toMatch(relax);
  });

  it('image-size keeps all out where the asked disk is too small for it', () => {
    const image = { compressedGb: 5, unpackedGb: 20 };
    const need = (diskGb: number) => box({ image, dataInGb: 10, dataOutGb: 5, diskGb });
    expect(rankOffers({ offers: [anOffer()], need: need(35), nowMs: NOW_MS }).eligible).toBe(1);
    const { eligible, excluded } = rankOffers({ offers: [anOffer()], need: need(34), nowMs: NOW_MS });
    expect(eligible).toBe(0);
    expect(excluded[0]).toMatchObject({ constraint: 'image-size', relax: 'ask for 35 GB of disk' });
  });

  it('finishes keeps out work without checkpoints that no machine stays long enough for', () => {
    const need = (referenceHours: number): Need => ({
      purpose: { kind: 'work', referenceHours },
      rentalTypes: ['interruptible'],
    });
    expect(rankOffers({ offers: [anOffer()], need: need(10), nowMs: NOW_MS }).eligible).toBe(1);
    const { excluded } = rankOffers({ offers: [anOffer()], need: need(1_000), nowMs: NOW_MS });
    expect(excluded).toMatchObject([{ constraint: 'finishes', onlyByThis: 1, relax: 'write checkpoints' }]);
  });

  it('is told for each name that there is', () => {
    const told = new Set([...CASES.map(([name]) => name), 'image-size', 'finishes']);
    expect([...told].sort()).toEqual([...CONSTRAINT_NAMES].sort());
  });
});

describe('a limit taken from the advice', () => {
  it.each([
    0.0123, 0.1234, 0.43215, 0.9999, 1.2345, 12.341,
  ])('lets in the price of $%f an hour', (gpuPricePerHour) => {
    const offers = [anOffer({ gpuPricePerHour })];
    const { excluded } = rankOffers({ offers, need: box({ maxPricePerHour: 0.001 }), nowMs: NOW_MS });
    const limit = Number(/\$([\d.]+)/.exec(excluded[0]?.relax ?? '')?.[1]);
    expect(rankOffers({ offers, need: box({ maxPricePerHour: limit }), nowMs: NOW_MS }).eligible).toBe(1);
    expect(limit).toBeLessThan((gpuPricePerHour + DISK) * 1.02 + 0.001);
  });
});

describe('a price limit', () => {
  it('is kept to a billionth of a dollar', () => {
    const eligible = (maxPricePerHour: number) =>
      rankOffers({ offers: [anOffer()], need: box({ maxPricePerHour }), nowMs: NOW_MS }).eligible;
    expect(eligible(0.36 + DISK + 1e-9)).toBe(1);
    expect(eligible(0.36 + DISK - 1e-9)).toBe(0);
  });

  it('holds for bids too, also where a higher one would be cheaper to finish', () => {
    const offer = anOffer({ gpuPricePerHour: 2 });
    const long: Need = {
      purpose: { kind: 'work', referenceHours: 20 },
      rentalTypes: ['interruptible'],
      diskGb: 100,
    };
    const bidOf = (need: Need) =>
      rankOffers({ offers: [offer], need, nowMs: NOW_MS }).ranked[0]?.estimate.bidPerHour;
    expect(bidOf(long)).toBeGreaterThan(0.25);
    expect(bidOf({ ...long, maxPricePerHour: 0.24 + DISK })).toBeCloseTo(0.24, 4);
    expect(bidOf({ ...long, maxPricePerHour: 0.24 + DISK })).toBeLessThanOrEqual(0.24);
    expect(bidOf({ ...long, maxPricePerGpuHour: 0.22 + DISK })).toBe(0.22);
  });
});

describe('the counts', () => {
  const offers = [
    anOffer({ id: 1, gpuPricePerHour: 0.5 }),
    anOffer({ id: 2, gpuPricePerHour: 0.6 }),
    anOffer({ id: 3, gpuPricePerHour: 0.7, countryCode: 'US' }),
    anOffer({ id: 4, countryCode: 'US' }),
    anOffer({ id: 5, countryCode: 'US', verified: false }),
  ];
  const need = box({ regions: ['EU'], maxPricePerHour: 0.4 });

  it('are of all that fail it, and of those that fail nothing else, with the cheapest of these', () => {
    const { excluded, eligible } = rankOffers({ offers, need, nowMs: NOW_MS });
    expect(eligible).toBe(0);
    expect(excluded.map(({ constraint, alone, onlyByThis }) => [constraint, alone, onlyByThis])).toEqual([
      ['price', 3, 2],
      ['region', 3, 1],
      ['verification', 1, 0],
    ]);
    expect(excluded[0]?.cheapest?.pricePerHour).toBeCloseTo(0.52, 9);
    expect(excluded[2]).toMatchObject({ cheapest: null, relax: null });
  });

  it('come true when the condition goes', () => {
    const { regions: _regions, ...without } = need;
    expect(rankOffers({ offers, need: without, nowMs: NOW_MS }).eligible).toBe(1);
  });

  it('are of offers, also where each may be rented in two ways', () => {
    const both = box({ rentalTypes: ['on-demand', 'interruptible'], maxPricePerHour: 0.1 });
    const { excluded } = rankOffers({ offers: [anOffer()], need: both, nowMs: NOW_MS });
    expect(excluded).toMatchObject([{ constraint: 'price', alone: 1, onlyByThis: 1 }]);
    // The cheaper way is the one that is told: the lowest bid.
    expect(excluded[0]?.cheapest?.pricePerHour).toBeCloseTo(0.2 + DISK, 9);
  });

  it('of what one way alone fails leave an offer out that fails something else in the other', () => {
    // On demand it is too dear, and takes no bids: no condition fails both ways.
    const offers = [anOffer({ minBidPerHour: null })];
    const both = box({ rentalTypes: ['on-demand', 'interruptible'], maxPricePerHour: 0.1 });
    const { excluded } = rankOffers({ offers, need: both, nowMs: NOW_MS });
    expect(excluded.map(({ constraint, alone, onlyByThis }) => [constraint, alone, onlyByThis])).toEqual([
      ['price-known', 0, 1],
      ['price', 0, 1],
    ]);
  });

  it('leave out what an offer fails in one way only, since it is had in the other', () => {
    const { ranked, excluded } = rankOffers({
      offers: [anOffer()],
      need: box({ rentalTypes: ['on-demand', 'interruptible'], maxPricePerHour: 0.3 }),
      nowMs: NOW_MS,
    });
    expect(ranked[0]?.estimate.type).toBe('interruptible');
    expect(excluded).toEqual([]);
  });
});

describe('the error of an empty ranking', () => {
  const message = (offers: Parameters<typeof rankOffers>[0]['offers'], need: Need) =>
    new NoOfferError(rankOffers({ offers, need, nowMs: NOW_MS })).message;

  it('begins as the older program had it, and says how many each condition keeps out and what less would give', () => {
    const offers = [
      anOffer({ id: 1 }),
      anOffer({ id: 2, gpuPricePerHour: 0.5 }),
      anOffer({ id: 3, countryCode: 'US' }),
    ];
    expect(message(offers, box({ maxPricePerHour: 0.3, regions: ['EU'] }))).toBe(
      'No available instances found matching criteria: of 3 offers 3 cost more than $0.300 an hour ' +
        '(without this 2 more from $0.380 an hour: pay $0.380 an hour); 1 are not in EU',
    );
  });

  it('says when no single change helps', () => {
    const offers = [anOffer({ countryCode: 'US', verified: false })];
    expect(message(offers, box({ regions: ['EU'] }))).toMatch(/no single change gives an offer/);
  });

  it('says when there is no offer at all', () => {
    expect(message([], box())).toMatch(
      /^No available instances found matching criteria: the market has no offer/,
    );
  });

  it('has its figures as fields', () => {
    const error = new NoOfferError(
      rankOffers({ offers: [anOffer()], need: box({ gpuCount: 8 }), nowMs: NOW_MS }),
    );
    expect(error).toMatchObject({
      name: 'NoOfferError',
      considered: 1,
      excluded: [{ constraint: 'gpu-count' }],
    });
  });
});
