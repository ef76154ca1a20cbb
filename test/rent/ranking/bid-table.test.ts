// Goal: the table shows what bids lead to, and its best row is the best.
import { describe, expect, it } from 'vitest';
import { bidTable, type Need, rankOffers } from '../../../src/rent/rental/ranking/index.ts';
import { aBox, anOffer, NOW_MS, someFacts, someWork } from './an-offer.ts';

const NEED: Need = someWork({ checkpoint: { costS: 60, sizeGb: 1 } });

describe('the bids', () => {
  it('go from the lowest that wins to the fixed price, and rise', () => {
    const { rows } = bidTable({ offer: anOffer(), need: NEED, nowMs: NOW_MS });
    const bids = rows.map(({ bidPerHour }) => bidPerHour);
    expect(bids[0]).toBe(0.2);
    expect(bids.at(-1)).toBeCloseTo(0.36, 9);
    expect(bids).toEqual([...new Set(bids)].sort((a, b) => a - b));
    expect(bids.length).toBeGreaterThan(8);
  });

  it('stop at the price limit, which the disk shares', () => {
    const { rows } = bidTable({
      offer: anOffer(),
      need: { ...NEED, maxPricePerHour: 0.3, diskGb: 100 },
      nowMs: NOW_MS,
    });
    // The disk takes $0.02.
    expect(rows.at(-1)?.bidPerHour).toBeLessThanOrEqual(0.28);
    expect(rows.at(-1)?.bidPerHour).toBeGreaterThan(0.279);
  });

  it('are the lowest alone where that is no cheaper than the fixed price', () => {
    const { rows, advice } = bidTable({ offer: anOffer({ minBidPerHour: 0.36 }), need: NEED, nowMs: NOW_MS });
    expect(rows).toHaveLength(1);
    expect(advice).toBe('on-demand');
  });

  it('are none where the ask takes no bids, or where nobody knows its speed', () => {
    expect(bidTable({ offer: anOffer({ minBidPerHour: null }), need: NEED, nowMs: NOW_MS })).toMatchObject({
      rows: [],
      best: null,
      advice: 'on-demand',
    });
    expect(bidTable({ offer: anOffer({ dlperf: null }), need: NEED, nowMs: NOW_MS })).toEqual({
      rows: [],
      best: null,
      onDemand: null,
      advice: 'neither',
    });
  });

  it('end at thrice the lowest where there is no fixed price', () => {
    const { rows, onDemand } = bidTable({
      offer: anOffer({ gpuPricePerHour: null }),
      need: NEED,
      nowMs: NOW_MS,
    });
    expect(rows.at(-1)?.bidPerHour).toBeCloseTo(0.6, 4);
    expect(onDemand).toBeNull();
  });
});

describe('the rows', () => {
  it('are interrupted less and end sooner the higher the bid', () => {
    const { rows } = bidTable({ offer: anOffer(), need: NEED, nowMs: NOW_MS });
    for (let at = 1; at < rows.length; at += 1) {
      expect(rows[at]?.pInterrupted).toBeLessThan(rows[at - 1]?.pInterrupted as number);
      expect(rows[at]?.expectedFinishS).toBeLessThan(rows[at - 1]?.expectedFinishS as number);
    }
  });

  it('have the cheapest as the best', () => {
    const { rows, best } = bidTable({ offer: anOffer(), need: NEED, nowMs: NOW_MS });
    expect(best?.expectedUsd).toBe(Math.min(...rows.map(({ expectedUsd }) => expectedUsd)));
  });

  it('advise the fixed price where interruptions cost more than the bid saves', () => {
    const frail = { ...someWork(), dataInGb: 20 };
    const cheap = bidTable({ offer: anOffer({ minBidPerHour: 0.05 }), need: NEED, nowMs: NOW_MS });
    const dear = bidTable({ offer: anOffer({ minBidPerHour: 0.3 }), need: frail, nowMs: NOW_MS });
    expect(cheap.advice).toBe('bid');
    expect(dear.advice).toBe('on-demand');
    expect(dear.onDemand?.expectedUsd).toBeLessThan(dear.best?.expectedUsd as number);
  });

  it('pay for a higher bid where each interruption is dear', () => {
    // Without checkpoints eight hours are lost on the way; the lowest bid loses a machine every seven.
    const frail = bidTable({
      offer: anOffer({ minBidPerHour: 0.2, gpuPricePerHour: 2 }),
      need: someWork({ purpose: { kind: 'work', referenceHours: 20 } }),
      nowMs: NOW_MS,
    });
    expect(frail.best?.bidPerHour).toBeGreaterThan(0.25);
  });

  it('know a machine that was never taken away in 10,000 hours', () => {
    const calm = { machine: someFacts({ hoursSeen: 10_000 }) };
    const { rows } = bidTable({ offer: anOffer(), need: aBox(), nowMs: NOW_MS, facts: () => calm });
    expect(rows[0]?.pInterrupted).toBeLessThan(0.001);
  });

  it.each([
    ['work of a known size', someWork()],
    ['work of which only its time is known', { purpose: { kind: 'timed-work', hours: 6 } } satisfies Need],
  ])('have the bid as their best that a ranking takes, for %s', (_, wanted) => {
    const need: Need = { ...wanted, rentalTypes: ['interruptible'] };
    const offer = anOffer({ gpuPricePerHour: 2 });
    const { ranked } = rankOffers({ offers: [offer], need, nowMs: NOW_MS });
    const { best } = bidTable({ offer, need, nowMs: NOW_MS });
    expect(best?.bidPerHour).toBeGreaterThan(0.2);
    expect(ranked[0]?.estimate).toMatchObject({
      bidPerHour: best?.bidPerHour,
      expectedUsd: best?.expectedUsd,
    });
  });

  it('count what an interruption undoes for work of which only its time is known, and not for a box', () => {
    const at = (need: Need) =>
      bidTable({ offer: anOffer(), need, nowMs: NOW_MS }).rows[0]?.expectedUsd as number;
    const hours = 6;
    const box = at({ purpose: { kind: 'box', hours } });
    const saving = at({
      purpose: { kind: 'timed-work', hours },
      checkpoint: { costS: 0, sizeGb: 0, intervalS: 300 },
    });
    const forgetful = at({ purpose: { kind: 'timed-work', hours } });
    expect(saving / box).toBeGreaterThan(1.003);
    expect(forgetful / saving).toBeGreaterThan(1.2);
  });

  it('end work that may take a month, of which no more than a day is taken to be lost at once', () => {
    const month: Need = { purpose: { kind: 'timed-work', hours: 720 } };
    const { best, onDemand } = bidTable({
      offer: anOffer({ gpuPricePerHour: 2 }),
      need: month,
      nowMs: NOW_MS,
    });
    expect(best?.expectedUsd).toBeLessThan(720 * 2);
    expect((onDemand?.expectedFinishS as number) / 3_600).toBeLessThan(720 * 1.1);
  });

  it('have no best where no bid ends the work', () => {
    const endless = someWork({ purpose: { kind: 'work', referenceHours: 5_000 } });
    const { best, rows } = bidTable({ offer: anOffer(), need: endless, nowMs: NOW_MS });
    expect(rows.every(({ expectedUsd }) => expectedUsd === Number.POSITIVE_INFINITY)).toBe(true);
    expect(best).toBeNull();
  });
});
