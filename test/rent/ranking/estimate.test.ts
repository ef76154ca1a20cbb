// Goal: the parts of an estimate are what a person with a pencil gets from the offer's figures.
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../../src/net/vast/index.ts';
import {
  type Estimate,
  type KnownFacts,
  type Need,
  rankOffers,
} from '../../../src/rent/rental/ranking/index.ts';
import { aBox, anOffer, NOW_MS, someFacts, someWork } from './an-offer.ts';

const IMAGE = { compressedGb: 3, unpackedGb: 6 };

function estimateOf(
  need: Need,
  { offer = anOffer(), known }: { offer?: Offer; known?: KnownFacts } = {},
): Estimate {
  const { ranked } = rankOffers({ offers: [offer], need, nowMs: NOW_MS, facts: () => known });
  expect(ranked).toHaveLength(1);
  return (ranked[0] as { estimate: Estimate }).estimate;
}

// 60 s, 3 GB at 60 % of 1,000 Mbit/s, 6 GB unpacked at 150 MB/s; one boot of twenty fails after 900 s.
const PULL_S = (3 * 8_000) / 600 + 6_000 / 150;
const BOOT_S = 60 + PULL_S;
const BOOTED_S = BOOT_S + (0.05 / 0.95) * 900;

describe('a box', () => {
  const need = aBox({ image: IMAGE, diskGb: 100, dataInGb: 50, dataOutGb: 5 });

  it('costs its hours, the disk from the create on, and what is copied', () => {
    const { cost, expectedUsd, expectedS, pricePerHour } = estimateOf(need);
    const disk = (0.144 * 100) / 720;
    expect(pricePerHour).toBeCloseTo(0.36 + disk, 12);
    expect(cost.gpuUsd).toBeCloseTo(2 * 0.36, 12);
    expect(cost.diskUsd).toBeCloseTo(2 * disk, 12);
    expect(cost.idleDiskUsd).toBeCloseTo((disk * BOOTED_S) / 3_600, 12);
    expect(cost.downloadUsd).toBeCloseTo(50 * 0.002, 12);
    expect(cost.uploadUsd).toBeCloseTo(5 * 0.004, 12);
    expect(expectedUsd).toBeCloseTo(
      Object.values(cost).reduce((sum, part) => sum + part, 0),
      12,
    );
    expect(expectedS).toBeCloseTo(7_200 + BOOTED_S, 9);
  });

  it('says how likely it is taken away in that time', () => {
    const { interruptionChance, interruptionsPerHour } = estimateOf(need);
    expect(interruptionsPerHour).toBeCloseTo(1 / 594, 12);
    expect(interruptionChance).toBeCloseTo(1 - Math.exp(-2 / 594), 12);
  });

  it('on a bid costs the bid, 15 % above the lowest and never above the fixed price', () => {
    const bids = aBox({ rentalTypes: ['interruptible'] });
    expect(estimateOf(bids).bidPerHour).toBeCloseTo(0.23, 9);
    expect(estimateOf(bids, { offer: anOffer({ gpuPricePerHour: 0.21 }) }).bidPerHour).toBeCloseTo(0.21, 9);
    expect(estimateOf(bids, { offer: anOffer({ gpuPricePerHour: 0.1 }) }).bidPerHour).toBe(0.2);
  });
});

describe('a work', () => {
  it('takes its hours on the reference GPU, boot and copying, where nothing interrupts', () => {
    // A machine without failures would be infinitely reliable: 0.9999 is the most that is believed.
    const offer = anOffer({ reliability: 1 });
    const need = someWork({ image: IMAGE, dataInGb: 30, dataOutGb: 6 });
    const { expectedS, dataInS, dataOutS, speed, workS, cost } = estimateOf(need, { offer });
    expect(speed).toEqual({ ratio: 1, sigma: 0.25, source: 'score' });
    expect(dataInS).toBe((30 * 8_000) / 600);
    expect(dataOutS).toBe((6 * 8_000) / 300);
    const computingS = 8 * 3_600 * Math.exp(0.25 ** 2 / 2);
    const perS = 0.0001 / (0.9999 * 6) / 3_600;
    const restartS = 60 + BOOTED_S + dataInS;
    const dalyS = (Math.exp(perS * restartS) * (Math.exp(perS * computingS) - 1)) / perS;
    expect(workS / dalyS).toBeCloseTo(1, 9);
    expect(expectedS).toBeCloseTo(workS + BOOTED_S + dataInS + dataOutS, 6);
    // The GPU is not paid while the machine boots.
    expect(cost.gpuUsd / ((0.36 * (workS + dataInS + dataOutS)) / 3_600)).toBeCloseTo(1, 4);
  });

  it('is faster on four GPUs by their score, and slower on an old one', () => {
    const need = someWork({ gpuCount: 4 });
    const four = estimateOf(need, { offer: anOffer({ numGpus: 4, dlperf: 105.9 * 3.2 }) });
    expect(four.speed?.ratio).toBeCloseTo(3.2, 9);
    const old = estimateOf(someWork(), { offer: anOffer({ gpuName: 'RTX 3060', dlperf: 12.3 }) });
    expect(old.expectedS).toBeGreaterThan(estimateOf(someWork()).expectedS * 8);
  });

  it('is measured in the reference GPU that is named, or in its score', () => {
    const hours = (purpose: Partial<Extract<Need['purpose'], { kind: 'work' }>>) =>
      estimateOf({ purpose: { kind: 'work', referenceHours: 8, ...purpose } }).speed?.ratio;
    expect(hours({ referenceGpu: 'RTX 3090' })).toBeCloseTo(105.9 / 43.8, 9);
    expect(hours({ referenceGpu: 'Mystery 1', referenceDlperf: 52.95 })).toBeCloseTo(2, 9);
    expect(() => hours({ referenceGpu: 'Mystery 1' })).toThrow(/Mystery 1/);
  });

  it('uses our own measurement before the score', () => {
    const { speed } = estimateOf(someWork(), { known: { machine: someFacts({ speedShare: 0.8 }) } });
    expect(speed?.ratio).toBeCloseTo(0.8, 12);
    expect(speed).toMatchObject({ sigma: 0.05, source: 'measured' });
  });

  it('draws a score that stands far off to its class, and takes the class where there is none', () => {
    const peers = Array.from({ length: 9 }, (_, at) =>
      anOffer({ id: at + 1, machineId: at + 1, dlperf: 100 }),
    );
    const speeds = rankOffers({
      offers: [...peers, anOffer({ id: 20, machineId: 20, dlperf: 25 }), anOffer({ id: 30, dlperf: null })],
      need: someWork(),
      nowMs: NOW_MS,
    }).ranked;
    const speedOf = (id: number) => speeds.find(({ offer }) => offer.id === id)?.estimate.speed;
    expect(speedOf(20)?.ratio).toBeCloseTo(Math.sqrt(100 * 25) / 105.9, 9);
    expect(speedOf(30)).toEqual({ ratio: 100 / 105.9, sigma: 0.1, source: 'class' });
  });

  it('with checkpoints uploads each of them, and fetches the last after an interruption', () => {
    const need = someWork({ checkpoint: { costS: 60, intervalS: 3_600, sizeGb: 2 }, dataInGb: 10 });
    const { cost, interruptionsExpected, workS, checkpointIntervalS } = estimateOf(need);
    const computingS = 8 * 3_600 * Math.exp(0.25 ** 2 / 2);
    expect(checkpointIntervalS).toBe(3_600);
    expect(cost.uploadUsd).toBeCloseTo((computingS / 3_600) * 2 * 0.004, 9);
    expect(interruptionsExpected).toBeCloseTo(workS / 3_600 / 594, 9);
    expect(cost.downloadUsd).toBeCloseTo(0.002 * (10 + interruptionsExpected * 12), 9);
  });

  it('copies no checkpoint before the one before it has left a slow machine', () => {
    const need = someWork({ checkpoint: { costS: 0, sizeGb: 30 } });
    // 30 GB at 60 % of 80 Mbit/s: 5,000 s.
    const { checkpointIntervalS } = estimateOf(need, { offer: anOffer({ uploadMbitPerSecond: 80 }) });
    expect(checkpointIntervalS).toBeCloseTo(5_000, 6);
  });
});

describe('own history', () => {
  it('draws the boot time, its failures and the bandwidth', () => {
    const need = aBox({ image: IMAGE });
    const facts = someFacts({ boots: 10, bootFailures: 2, bootSecondsMedian: 400, bandwidthShare: 0.3 });
    const { bootS, bootFailureChance, pullS } = estimateOf(need, { known: { machine: facts } });
    expect(pullS).toBe((3 * 8_000) / 300 + 40);
    expect(bootS).toBeCloseTo((2 * (60 + pullS) + 8 * 400) / 10, 9);
    expect(bootFailureChance).toBeCloseTo(3 / 30, 12);
  });

  it('of the host counts a quarter beside that of the machine', () => {
    const known = {
      machine: someFacts({ interruptions: 1, hoursSeen: 100 }),
      host: someFacts({ interruptions: 9, hoursSeen: 900 }),
    };
    // Prior of 2 in 1,188 h; 1 + 8/4 in 100 + 800/4 h.
    expect(estimateOf(aBox(), { known }).interruptionsPerHour).toBeCloseTo((2 + 3) / (1_188 + 300), 12);
    expect(estimateOf(aBox(), { known: { host: known.host } }).interruptionsPerHour).toBeCloseTo(
      (2 + 9 / 4) / (1_188 + 900 / 4),
      12,
    );
  });

  it('that is no history changes nothing', () => {
    const broken = someFacts({
      boots: Number.NaN,
      bootFailures: -1,
      interruptions: Number.POSITIVE_INFINITY,
      hoursSeen: Number.NaN,
      bootSecondsMedian: Number.NaN,
      bandwidthShare: 0,
      speedShare: -2,
    });
    const need = someWork();
    expect(estimateOf(need, { known: { machine: broken, host: broken } })).toEqual(estimateOf(need));
  });
});

describe('what the offer does not say', () => {
  const silent = anOffer({
    downloadMbitPerSecond: null,
    uploadMbitPerSecond: 0,
    diskMbPerSecond: null,
    reliability: null,
    storagePricePerGbMonth: null,
    downloadPricePerGb: null,
    uploadPricePerGb: null,
    endsAtSec: null,
    hostId: null,
  });

  it('is taken for slow, dear and unreliable, and never for free', () => {
    const need = someWork({ dataInGb: 10, dataOutGb: 10 });
    const told = estimateOf(need);
    const untold = estimateOf(need, { offer: silent });
    expect(untold.expectedUsd).toBeGreaterThan(told.expectedUsd);
    expect(untold.dataInS).toBeCloseTo((10 * 8_000) / (84 * 0.6), 6);
    expect(untold.cost.uploadUsd).toBeCloseTo(0.1, 9);
    expect(untold.interruptionsPerHour).toBeGreaterThan(told.interruptionsPerHour);
  });

  it('leaves no NaN anywhere', () => {
    for (const need of [someWork(), aBox(), someWork({ checkpoint: { costS: 0, sizeGb: 0 } })]) {
      for (const rentalTypes of [['on-demand'], ['interruptible']] as const) {
        const { cost, speed, ...rest } = estimateOf({ ...need, rentalTypes }, { offer: silent });
        const figures = [...Object.values(rest), ...Object.values(cost), ...Object.values(speed ?? {})];
        expect(figures.filter((figure) => Number.isNaN(figure))).toEqual([]);
      }
    }
  });
});

describe('the chance to keep a deadline', () => {
  const chance = (hours: number) =>
    estimateOf(someWork({ deadlineMs: NOW_MS + hours * 3_600_000, minFinishChance: 0 })).finishChance;

  it('is 1 where none is asked, about a half at the expected end, and grows with the time', () => {
    expect(estimateOf(someWork()).finishChance).toBe(1);
    const expectedHours = estimateOf(someWork()).expectedS / 3_600;
    // A log-normal with a spread of 25 % has 55 % below its mean.
    expect(chance(expectedHours)).toBeGreaterThan(0.5);
    expect(chance(expectedHours)).toBeLessThan(0.6);
    const chances = [0, 4, 6, 8, 10, 12, 20, 100].map(chance);
    expect(chances).toEqual([...chances].sort((a, b) => a - b));
    expect(chances[0]).toBe(0);
    expect(chances.at(-1)).toBeGreaterThan(0.9999);
  });

  it('of a box is whether it has ended by then', () => {
    const box = (ms: number) => aBox({ image: IMAGE, deadlineMs: NOW_MS + ms, minFinishChance: 0 });
    const endMs = (7_200 + BOOTED_S) * 1_000;
    expect(estimateOf(box(endMs + 1)).finishChance).toBe(1);
    expect(estimateOf(box(endMs - 1)).finishChance).toBe(0);
  });
});
