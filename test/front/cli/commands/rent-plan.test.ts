import { describe, expect, it } from 'vitest';
import type { BudgetRow } from '../../../../src/base/ledger/index.ts';
import { createRandom, type MicroUsd } from '../../../../src/base/std/index.ts';
import {
  bidRows,
  denialSentences,
  endLines,
  partsOf,
  planSentence,
  reservationSentence,
  withBid,
} from '../../../../src/front/cli/commands/rent-plan.ts';
import { readRentWish } from '../../../../src/front/cli/commands/rent-wish.ts';
import type { Candidate } from '../../../../src/rent/rental/index.ts';

const micro = (amount: number) => amount as MicroUsd;

const CANDIDATE: Candidate = {
  terms: {
    offerId: 1,
    rentalType: 'interruptible',
    bidPerHour: 0.2,
    gpuName: 'RTX 4090',
    gpuCount: 1,
    gpuRamMb: 24_564,
    pricePerHour: 0.21,
    diskPricePerHour: 0.01,
    uploadPricePerGb: 0.01,
    downloadPricePerGb: 0.01,
    downloadMbps: 500,
    contractEndsAtMs: null,
    geolocation: 'Japan, JP',
  },
  machineId: 77,
  hostId: null,
  worstCost: micro(420_000 + 52_500 + 240_000 + 3_000_000),
  figures: {
    worstCost: {
      total: 3_712_500,
      parts: { lease: 420_000, destroy: 52_500, storageTail: 240_000, bandwidth: 3_000_000 },
    },
  },
};

const wishOf = (flags: Readonly<Record<string, unknown>> = {}) =>
  readRentWish({ gpu: 'RTX 4090', for: '2h', name: 'lab', ...flags }, createRandom('plan'));

describe('a plan', () => {
  it('reserves for another bid in proportion to what runs, and never less than all of its parts', () => {
    const at = withBid(CANDIDATE, 0.3);
    expect(at.terms).toMatchObject({ bidPerHour: 0.3, pricePerHour: 0.31 });
    const { lease, destroy, storageTail, bandwidth } = partsOf(at);
    // 2 h and a quarter at $0.31.
    expect(lease).toBeGreaterThanOrEqual(620_000);
    expect(lease).toBeLessThanOrEqual(620_001);
    expect(destroy).toBeGreaterThanOrEqual(77_500);
    expect([storageTail, bandwidth]).toEqual([240_000, 3_000_000]);
    expect(at.worstCost).toBe(lease + destroy + storageTail + bandwidth);
  });

  it('names every part of what is set aside, and the way to less when the line is most of it', () => {
    const sentence = reservationSentence(CANDIDATE, wishOf());
    expect(sentence).toContain('$3.71 = $0.420 for 2h of GPU and disk + $0.0525');
    expect(sentence).toContain('$0.240 for the disk, 1d longer');
    expect(sentence).toContain('--traffic GB promises less');
  });

  it('calls a promise of traffic a promise', () => {
    const sentence = reservationSentence(CANDIDATE, wishOf({ traffic: '5GB' }));
    expect(sentence).toContain('the 5 GB each way that you promise');
    expect(sentence).toContain('Nothing stops traffic at the promise');
    expect(sentence).not.toMatch(/limit/);
  });

  it('tells of idleness only when it was asked for', () => {
    const both = (flags = {}) => endLines(wishOf(flags), CANDIDATE, '14:00 UTC').join(' ');
    expect(both({ idle: '30m' })).toContain('do nothing for 30m');
    expect(both()).not.toContain('do nothing');
    expect(both()).toContain('At 14:00 UTC, it stops itself, also while this computer is off');
  });

  it('says in one sentence what a yes agrees to', () => {
    expect(planSentence(wishOf(), CANDIDATE)).toBe(
      'Rent lab: 1x RTX 4090 on machine 77 in Japan, JP for 2h, a bid of $0.200/h, at $0.210/h ($0.420) and traffic.',
    );
  });

  it('shows the chosen bid among the others once', () => {
    const row = (bidPerHour: number) => ({
      bidPerHour,
      pInterrupted: 0.2,
      expectedFinishS: 1,
      expectedUsd: 1,
    });
    const rows = [0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22].map(row);
    const table = { rows, best: null, onDemand: row(0.4), advice: 'bid' } as const;
    const notes = (chosen: number) => bidRows(table, chosen).map(({ bid, note }) => [bid, note]);
    expect(notes(0.1)[0]).toEqual([0.1, 'this plan, the lowest that wins now']);
    expect(notes(0.15).filter(([, note]) => note === 'this plan')).toEqual([[0.15, 'this plan']]);
    expect(notes(0.15).at(-1)).toEqual([0.4, 'on-demand: without --interruptible']);
  });
});

describe('what caps would say', () => {
  const cap = (left: number, whose: Partial<BudgetRow> = {}): BudgetRow =>
    ({
      scope: 'label',
      value: 'lab',
      window: 'all',
      limit: micro(1_000_000),
      spent: micro(0),
      reserved: micro(0),
      left: micro(left),
      setBy: 'me',
      setAtMs: 0,
      windowStartMs: 0,
      ...whose,
    }) as BudgetRow;
  const said = (row: BudgetRow, worstCost: number) =>
    denialSentences(
      { rows: [row], halt: { kind: 'running' } },
      { worstCost: micro(worstCost), scopes: { label: 'lab', account: '7' } },
    );

  it('is nothing when the cap is reached, and a sentence when it is passed by a millionth', () => {
    expect(said(cap(500), 500)).toEqual([]);
    expect(said(cap(500), 501)).toHaveLength(1);
  });

  it('is nothing of the caps of others', () => {
    expect(said(cap(0, { value: 'other' } as Partial<BudgetRow>), 1)).toEqual([]);
    expect(said(cap(0, { scope: 'account', value: '7' } as Partial<BudgetRow>), 1)).toHaveLength(1);
  });

  it('tells of a halt with who and why', () => {
    const [sentence] = denialSentences(
      { rows: [], halt: { kind: 'halted', by: 'ann', reason: 'bill', sinceMs: 0 } },
      { worstCost: micro(1), scopes: {} },
    );
    expect(sentence).toContain('halted by ann (bill)');
  });
});
