import { describe, expect, it } from 'vitest';
import type { PriceIncrease } from '../../../src/net/vast/index.ts';
import { type AlertFacts, accountAlerts, type PsRow } from '../../../src/rent/rental/account/index.ts';

const HOUR = 3_600_000;
const atMs = Date.UTC(2026, 10, 1, 12);
const calm: PsRow = {
  id: 7,
  rentalId: 'rental_1',
  name: 'box',
  ref: 'box',
  gpu: '2x RTX 4090',
  state: 'running',
  stateSinceMs: atMs - HOUR,
  usdPerHour: 1,
  diskUsdPerMonth: 5,
  idleSinceMs: null,
  lastSshMs: null,
  contractEndMs: null,
  madeBy: 'vd rent',
  isOurs: true,
  verdict: 'working',
  why: 'its GPUs work',
  paidUntilMs: atMs + HOUR,
  destroyAfterMs: undefined,
};
const foot = { creditUsd: 100, creditEndsAtMs: atMs + 1_000 * HOUR, burnPerHour: 1 };
const of = (row: Partial<PsRow>, facts: Partial<AlertFacts> = {}) =>
  accountAlerts([{ ...calm, ...row }], { atMs, foot, ...facts });
const keys = (row: Partial<PsRow>, facts: Partial<AlertFacts> = {}) => of(row, facts).map(({ key }) => key);

describe('alerts of an account', () => {
  const table: readonly [condition: string, row: Partial<PsRow>, expected: readonly string[]][] = [
    ['works', {}, []],
    ['idles', { verdict: 'idle', idleSinceMs: atMs - HOUR }, []],
    ['is parked', { verdict: 'parked', state: 'stopped' }, ['parked:rental_1']],
    ['is forgotten', { verdict: 'forgotten?', idleSinceMs: atMs - 8 * HOUR }, ['forgotten:rental_1']],
    ['has 72 h of its contract left', { contractEndMs: atMs + 72 * HOUR }, ['contract-end:rental_1']],
    ['has more left', { contractEndMs: atMs + 72 * HOUR + 1 }, []],
    ['is being destroyed', { verdict: 'ending', contractEndMs: atMs }, []],
    [
      'is down for 10 min',
      { verdict: 'lost', state: 'lost', stateSinceMs: atMs - 600_000 },
      ['host-down:rental_1'],
    ],
    ['is down for less', { verdict: 'lost', state: 'lost', stateSinceMs: atMs - 599_999 }, []],
    ['was only missed by a listing', { verdict: 'lost', state: 'running', stateSinceMs: 0 }, []],
  ];
  it.each(table)('where a machine %s', (_, row, expected) => {
    expect(keys(row)).toEqual(expected);
  });

  it('tell what a parked machine costs a month, and whether money is set aside for it', () => {
    const [paid] = of({ verdict: 'parked' });
    expect(paid).toMatchObject({ severity: 'info', title: 'box is parked and costs $5.00/month' });
    expect(of({ verdict: 'parked', paidUntilMs: atMs })[0]?.severity).toBe('warning');
  });

  it('tell what a forgotten foreign machine has cost since, and that we leave it alone', () => {
    const [alert] = of({
      verdict: 'forgotten?',
      idleSinceMs: atMs - 8 * HOUR,
      isOurs: false,
      rentalId: undefined,
    });
    expect(alert?.key).toBe('forgotten:7');
    expect(alert?.figures).toMatchObject({ idleUsd: 8, madeBy: 'others' });
  });

  it.each([
    ['24 h', 24, ['credit-runway']],
    ['more', 24.1, []],
  ] as const)('where the credit lasts %s', (_, hours, expected) => {
    const facts = { foot: { ...foot, creditEndsAtMs: atMs + hours * HOUR } };
    expect(keys({}, facts)).toEqual(expected);
  });

  it('reckon the credit as it is by now, and say nothing where nothing burns or nobody has asked', () => {
    const [alert] = of({}, { foot: { creditUsd: 100, creditEndsAtMs: atMs + 3 * HOUR, burnPerHour: 2 } });
    expect(alert?.figures).toMatchObject({ creditUsd: 6, hoursLeft: 3 });
    expect(keys({}, { foot: { ...foot, burnPerHour: 0, creditEndsAtMs: null } })).toEqual([]);
    expect(keys({}, { foot: { ...foot, creditUsd: null, creditEndsAtMs: null } })).toEqual([]);
  });

  it('tell of a higher price an hour, and of nothing else', () => {
    const prices = { diskPricePerHour: 0.1, uploadPricePerGb: 0, downloadPricePerGb: 0 };
    const increase = (gpu: number | null): PriceIncrease =>
      ({
        id: 1,
        instanceId: 7,
        before: { ...prices, gpuPricePerHour: 1 },
        after: { ...prices, gpuPricePerHour: gpu },
        endsAtMs: atMs + HOUR,
      }) as unknown as PriceIncrease;
    const [alert] = of({}, { priceIncreases: [increase(2)] });
    expect(alert).toMatchObject({
      kind: 'price-increase',
      figures: { oldUsdPerHour: 1.1, newUsdPerHour: 2.1 },
    });
    expect(keys({}, { priceIncreases: [increase(1), increase(null)] })).toEqual([]);
    // One that no listing has shown yet is told by its id.
    expect(keys({ id: 8 }, { priceIncreases: [increase(2)] })).toEqual(['price-increase:7:2.1']);
  });
});
