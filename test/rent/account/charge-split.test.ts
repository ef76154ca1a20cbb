import { describe, expect, it } from 'vitest';
import type { Charge, ChargeItem } from '../../../src/net/vast/index.ts';
import { addParts, splitCharges } from '../../../src/rent/rental/account/charge-split.ts';
import { CHARGE_PARTS, type ChargeParts } from '../../../src/rent/rental/account/index.ts';

const item = (type: string, amountUsd: number, description = ''): ChargeItem => ({
  type,
  startMs: 0,
  endMs: 0,
  description,
  amountUsd,
  items: [],
});
const charge = (amountUsd: number, items: readonly ChargeItem[], type = 'instance'): Charge => ({
  ...item(type, amountUsd),
  items,
  source: `${type}-1`,
  contractId: 1,
  label: null,
  templateId: null,
});
const shown = (parts: ChargeParts) =>
  Object.fromEntries(Object.entries(parts).filter(([, amount]) => amount !== 0));
const sum = (parts: ChargeParts) => CHARGE_PARTS.reduce((total, name) => total + parts[name], 0);

describe('the parts of a charge', () => {
  it('are GPU, disk by the share of the hours in which the GPUs were billed, and traffic', () => {
    const parts = splitCharges([
      charge(5.5, [
        item('gpu', 4, '10.000 hours at $0.400/hour'),
        item('disk', 1, '40.000 hours at $0.025/hour'),
        item('bwd', 0.3, '30.000 GB at $0.010/GB'),
        item('bwu', 0.2, '20.000 GB at $0.010/GB'),
      ]),
    ]);
    expect(shown(parts)).toEqual({
      gpu: 4e6,
      diskRunning: 250_000,
      diskStopped: 750_000,
      download: 300_000,
      upload: 200_000,
      total: 5.5e6,
    });
  });

  it.each([
    [
      'never ran',
      charge(0.4, [item('disk', 0.3, '9.000 hours at $0.033/hour'), item('bwd', 0.1)]),
      { neverRan: 4e5 },
    ],
    ['has no items', charge(0.4, []), { neverRan: 4e5 }],
    ['is a volume', charge(0.4, [item('disk', 0.4)], 'volume'), { volume: 4e5 }],
  ] as const)('of one that %s are one part', (_, one, expected) => {
    expect(shown(splitCharges([one]))).toEqual({ ...expected, total: 4e5 });
  });

  it('keep what rounding leaves between a charge and its items, and kinds that nobody knows', () => {
    const parts = splitCharges([charge(1.001, [item('gpu', 0.9, '1 hours'), item('tax', 0.1)])]);
    expect(shown(parts)).toEqual({ gpu: 9e5, other: 101_000, total: 1_001_000 });
    expect(sum(parts)).toBe(parts.total);
  });

  it('take the disk as running where hours cannot be read, and never for more than all of it', () => {
    const unread = [item('gpu', 1, 'a day'), item('disk', 1, '40 hours')];
    expect(splitCharges([charge(2, unread)])).toMatchObject({ diskRunning: 1e6, diskStopped: 0 });
    const more = [item('gpu', 1, '50 hours'), item('disk', 1, '40 hours')];
    expect(splitCharges([charge(2, more)])).toMatchObject({ diskRunning: 1e6, diskStopped: 0 });
  });

  it('add up', () => {
    const one = splitCharges([charge(1.001, [item('gpu', 0.9)])]);
    const all = addParts([one, one, splitCharges([charge(0.4, [])])]);
    expect(all.total).toBe(2_402_000);
    expect(sum(all)).toBe(all.total);
  });
});
