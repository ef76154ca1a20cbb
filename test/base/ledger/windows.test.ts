// Days and months in time zones, money laid over days, and periods of charges: tables of cases.
import { describe, expect, it } from 'vitest';
import { exactUsd, spreadOverDays } from '../../../src/base/ledger/amounts.ts';
import { heaviestDisjoint } from '../../../src/base/ledger/charges.ts';
import {
  createLedger,
  dateIn,
  dollarsUp,
  ledgerMigrations,
  windowStart,
} from '../../../src/base/ledger/index.ts';
import { createRandom, DAY_MS, HOUR_MS, type MicroUsd, silentLog } from '../../../src/base/std/index.ts';
import { freshStore } from '../../support/stores.ts';
import { aLedger, anIntent, dollars, reservedId } from './a-ledger.ts';

const at = (text: string) => Date.parse(text);

describe('a window begins', () => {
  it.each([
    ['day', 'UTC', '2026-03-10T23:59:59.999Z', '2026-03-10T00:00:00Z'],
    ['day', 'UTC', '2026-03-10T00:00:00Z', '2026-03-10T00:00:00Z'],
    ['month', 'UTC', '2026-03-31T12:00:00Z', '2026-03-01T00:00:00Z'],
    ['day', 'Asia/Kathmandu', '2026-03-10T18:14:59Z', '2026-03-09T18:15:00Z'],
    ['day', 'Asia/Kathmandu', '2026-03-10T18:15:00Z', '2026-03-10T18:15:00Z'],
    // The day on which Berlin's clocks go forward, seen after it; and its month, which began in winter time.
    ['day', 'Europe/Berlin', '2026-03-29T20:00:00Z', '2026-03-28T23:00:00Z'],
    ['month', 'Europe/Berlin', '2026-03-30T20:00:00Z', '2026-02-28T23:00:00Z'],
    ['month', 'America/New_York', '2026-11-22T00:00:00Z', '2026-11-01T04:00:00Z'],
    // Midnight was skipped: the day began at one o'clock.
    ['day', 'America/Sao_Paulo', '2018-11-04T15:00:00Z', '2018-11-04T03:00:00Z'],
    // Midnight came twice: the first counts, between the two and after.
    ['day', 'America/Havana', '2026-11-01T04:30:00Z', '2026-11-01T04:00:00Z'],
    ['day', 'America/Havana', '2026-11-01T15:00:00Z', '2026-11-01T04:00:00Z'],
    ['all', 'Europe/Berlin', '2026-03-29T20:00:00Z', '1970-01-01T00:00:00Z'],
  ] as const)('of a %s in %s around %s', (window, timeZone, atText, expected) => {
    expect(windowStart({ window, atMs: at(atText), timeZone })).toBe(at(expected));
  });

  it('for every hour of two years at or before it, less than 25 hours ago, on the same date', () => {
    for (const timeZone of ['Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe']) {
      for (let atMs = at('2025-01-01T00:30:00Z'); atMs < at('2027-01-01T00:00:00Z'); atMs += 7 * HOUR_MS) {
        const start = windowStart({ window: 'day', atMs, timeZone });
        expect(start).toBeLessThanOrEqual(atMs);
        expect(start).toBeGreaterThan(atMs - 25 * HOUR_MS - 1);
        expect(dateIn(start, timeZone)).toBe(dateIn(atMs, timeZone));
        expect(dateIn(start - 1, timeZone)).not.toBe(dateIn(atMs, timeZone));
      }
    }
  });

  it('only in a zone that exists', async () => {
    const { store } = await freshStore('sqlite', { migrations: ledgerMigrations });
    const options = { store, random: createRandom(1), log: silentLog };
    expect(() => createLedger({ ...options, timeZone: 'Mars/Olympus' })).toThrow(
      '"Mars/Olympus" is not a time zone',
    );
  });
});

describe('money over days', () => {
  const spread = (amount: number, from: string, to: string) =>
    spreadOverDays({ amount: amount as MicroUsd, fromMs: at(from), toMs: at(to), timeZone: 'UTC' });

  it('goes to the days in which it was spent, and sums to the whole', () => {
    const parts = spread(1_000_003, '2026-01-01T18:00:00Z', '2026-01-03T12:00:00Z');
    expect(parts).toEqual([
      { bucket: at('2026-01-03T11:45:00Z'), amount: 285_715 },
      { bucket: at('2026-01-02T23:45:00Z'), amount: 571_430 },
      { bucket: at('2026-01-01T23:45:00Z'), amount: 142_858 },
    ]);
    expect(parts.reduce((sum, part) => sum + part.amount, 0)).toBe(1_000_003);
  });

  it.each([
    ['2026-01-01T18:00:00Z', '2026-01-01T18:00:00Z', 1],
    ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 1],
    ['2026-01-01T23:59:00Z', '2026-01-02T00:01:00Z', 2],
    ['2000-01-01T00:00:00Z', '2026-01-02T12:00:00Z', 400],
  ])('from %s to %s is %i parts', (from, to, count) => {
    const parts = spread(9e9, from, to);
    expect(parts).toHaveLength(count);
    expect(parts.reduce((sum, part) => sum + part.amount, 0)).toBe(9e9);
  });

  it('of a night without a controller is yesterday’s and today’s, and comes back from where it was booked', async () => {
    const { ledger, clock } = await aLedger('sqlite', { timeZone: 'UTC' });
    clock.jump(20 * HOUR_MS);
    const id = reservedId(await ledger.reserve(anIntent({ worst: 9, scopes: { label: 'a', gpu: 'H100' } })));
    clock.jump(8 * HOUR_MS);
    await ledger.accrue(id, dollars(8));
    expect(await ledger.costs({ by: 'day' })).toEqual([
      { value: '2026-01-01', spent: 4e6 },
      { value: '2026-01-02', spent: 4e6 },
    ]);
    clock.jump(3 * DAY_MS);
    await ledger.settle(id, dollars(3));
    expect(await ledger.costs({ by: 'day' })).toEqual([{ value: '2026-01-01', spent: 3e6 }]);
  });
});

describe('costs', () => {
  it('are grouped by a scope, the dearest first, with what has none, between two times', async () => {
    const { ledger, clock } = await aLedger('sqlite');
    const spend = async (cost: number, scopes: Record<string, string>) =>
      ledger.settle(reservedId(await ledger.reserve(anIntent({ worst: cost, scopes }))), dollars(cost));
    await spend(1, { gpu: 'H100', job: 'a' });
    clock.jump(DAY_MS);
    await spend(2, { gpu: 'RTX 4090', job: 'a' });
    await spend(3, { job: 'b', gpu: '' });
    expect(await ledger.costs({ by: 'gpu' })).toEqual([
      { value: '', spent: 3e6 },
      { value: 'RTX 4090', spent: 2e6 },
      { value: 'H100', spent: 1e6 },
    ]);
    expect(await ledger.costs({ by: 'job', sinceMs: clock.now() })).toEqual([
      { value: 'b', spent: 3e6 },
      { value: 'a', spent: 2e6 },
    ]);
    expect(await ledger.costs({ by: 'job', untilMs: clock.now() })).toEqual([{ value: 'a', spent: 1e6 }]);
    expect(await ledger.costs({ by: 'total' })).toEqual([{ value: '', spent: 6e6 }]);
  });
});

describe('charged periods', () => {
  const period = (fromMs: number, untilMs: number, total: number) => ({
    fromMs,
    untilMs,
    total: total as MicroUsd,
  });
  it.each([
    [[], 0],
    [[period(0, 10, 5)], 5],
    [[period(0, 10, 5), period(10, 20, 6)], 11],
    [[period(0, 11, 5), period(10, 20, 6)], 6],
    // A month that is more than its known days, and one that is less (its own figure is older).
    [[period(0, 30, 20), period(0, 1, 5), period(5, 6, 7)], 20],
    [[period(0, 30, 10), period(0, 1, 5), period(5, 6, 7), period(30, 60, 1)], 13],
  ])('%j sum to %i', (periods, expected) => {
    expect(heaviestDisjoint(periods)).toBe(expected);
  });
});

describe('amounts', () => {
  it.each([
    [0, '$0.00', '0.00'],
    [1, '$0.000001', '0.01'],
    [10_000, '$0.01', '0.01'],
    [10_001, '$0.010001', '0.02'],
    [123_450_000, '$123.45', '123.45'],
    [-1_500_000, '-$1.50', '-1.50'],
  ])('%i micro-dollars read %s, and %s rounded up', (amount, exact, up) => {
    expect(exactUsd(amount as MicroUsd)).toBe(exact);
    expect(dollarsUp(amount as MicroUsd)).toBe(up);
  });
});
