// Goal: a need that makes no sense is refused with all its faults, before anything is ranked.
import { describe, expect, it } from 'vitest';
import { completeNeed } from '../../../src/rent/rental/ranking/complete-need.ts';
import { type Need, NeedError, rankOffers } from '../../../src/rent/rental/ranking/index.ts';
import { aBox, anOffer, NOW_MS, someWork } from './an-offer.ts';

const rank = (need: Need) => rankOffers({ offers: [anOffer()], need, nowMs: NOW_MS });

describe('a need is refused', () => {
  const numbers = [
    'gpuCount',
    'minVramGb',
    'minCuda',
    'minComputeCap',
    'imageCuda',
    'minReliability',
    'maxPricePerHour',
    'maxPricePerGpuHour',
    'deadlineMs',
    'minFinishChance',
    'diskGb',
    'dataInGb',
    'dataOutGb',
  ] as const;

  it.each(numbers)('for a %s that is NaN or infinite', (name) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => rank(aBox({ [name]: value })), `${value}`).toThrow(`${name} is ${value}`);
    }
  });

  it.each([
    ['gpuCount', 0],
    ['gpuCount', 1.5],
    ['minVramGb', -1],
    ['minReliability', 1.1],
    ['minFinishChance', -0.1],
    ['maxPricePerHour', 0],
    ['diskGb', 0],
    ['dataInGb', -1],
    ['deadlineMs', 9e15],
  ] as const)('for a %s of %f', (name, value) => {
    expect(() => rank(aBox({ [name]: value }))).toThrow(`${name} is ${value}`);
  });

  it.each([
    ['hours', { purpose: { kind: 'box', hours: 0 } }],
    ['hours', { purpose: { kind: 'box', hours: Number.POSITIVE_INFINITY } }],
    ['referenceHours', { purpose: { kind: 'work', referenceHours: Number.NaN } }],
    ['referenceDlperf', { purpose: { kind: 'work', referenceHours: 1, referenceDlperf: 0 } }],
    ['checkpoint.costS', { checkpoint: { costS: -1, sizeGb: 1 } }],
    ['checkpoint.intervalS', { checkpoint: { costS: 1, intervalS: 0, sizeGb: 1 } }],
    ['checkpoint.sizeGb', { checkpoint: { costS: 1, sizeGb: Number.NaN } }],
    ['image.compressedGb', { image: { compressedGb: Number.POSITIVE_INFINITY, unpackedGb: 1 } }],
    ['image.unpackedGb', { image: { compressedGb: 1, unpackedGb: -1 } }],
    ['gpus', { gpus: [] }],
    ['regions', { regions: [] }],
    ['rentalTypes', { rentalTypes: [] }],
    ['rentalTypes', { rentalTypes: ['reserved'] }],
  ])('for a wrong %s: %j', (name, change) => {
    expect(() => rank({ ...aBox(), ...change } as Need)).toThrow(name);
  });

  it('with all its faults at once', () => {
    try {
      rank(aBox({ gpuCount: 0, diskGb: -1, minReliability: 5 }));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NeedError);
      expect((error as NeedError).faults).toHaveLength(3);
    }
  });
});

describe('a need is completed', () => {
  it('with enough disk for image, data and two checkpoints', () => {
    const { diskGb, diskTakenGb } = completeNeed(
      someWork({
        image: { compressedGb: 4, unpackedGb: 9.5 },
        dataInGb: 20,
        dataOutGb: 3,
        checkpoint: { costS: 1, sizeGb: 2 },
      }),
    );
    expect(diskTakenGb).toBe(36.5);
    expect(diskGb).toBe(47);
  });

  it('with verified offers, on demand, one GPU', () => {
    expect(completeNeed(aBox())).toMatchObject({
      verification: 'verified',
      rentalTypes: ['on-demand'],
      gpuCount: 1,
      gpus: null,
    });
  });

  it('with names as the service writes them, and unknown names as they are', () => {
    const { gpus } = completeNeed(aBox({ gpus: ['rtx4090', 'RTX_3090', 'RTX 9090'] }));
    expect(gpus).toEqual(new Set(['RTX 4090', 'RTX 3090', 'RTX 9090']));
    expect(completeNeed(aBox({ gpus: ['rtx-9090'] }), ['RTX 9090']).gpus).toEqual(new Set(['RTX 9090']));
    expect(completeNeed(aBox({ gpus: 'any' })).gpus).toBeNull();
  });
});
