import { describe, expect, it } from 'vitest';
import { about, capFromUnsliced, exactly, judgeCount, targetRows } from '../../../src/watch/collector/cap.ts';

const limit = 100_000;

describe('judgeCount', () => {
  it.each([
    // rows, cap in force, verdict
    [63, undefined, 'whole'],
    [64, undefined, 'capped'],
    [65, undefined, 'whole'],
    [128, undefined, 'capped'],
    [500, undefined, 'capped'],
    [10_123, undefined, 'whole'],
    [100_000, undefined, 'capped'],
    [100_000, exactly(64), 'capped'],
    [64, exactly(64), 'capped'],
    [63, exactly(64), 'whole'],
    [65, exactly(64), 'doubtful'],
    [64, exactly(128), 'doubtful'],
    [77, exactly(77), 'capped'],
    [55, about(57), 'capped'],
    [60, about(57), 'capped'],
    [40, about(57), 'whole'],
    [90, about(57), 'doubtful'],
    [0, exactly(64), 'whole'],
  ] as const)('reads %i rows under cap %o as %s', (rows, cap, kind) => {
    expect(judgeCount({ rows, limit, cap }).kind).toBe(kind);
  });

  it('raises a cap known only about to the longest cut answer', () => {
    expect(judgeCount({ rows: 60, limit, cap: about(57) })).toEqual({
      kind: 'capped',
      cap: { rows: 60, isExact: false },
    });
  });
});

describe('capFromUnsliced', () => {
  it.each([
    ['confirms the cap in force', 64, 5_000, exactly(64), exactly(64)],
    ['learns a raised cap', 128, 5_000, exactly(64), exactly(128)],
    ['learns a lowered cap', 64, 5_000, exactly(128), exactly(64)],
    ['sees that there is none any more', 4_990, 5_000, exactly(64), undefined],
    ['takes an unusual count far below what was listed for a cap', 77, 5_000, exactly(64), about(77)],
    ['takes a market that fits under the cap for whole', 40, 45, exactly(64), undefined],
  ] as const)('%s', (_title, rows, expected, before, cap) => {
    expect(capFromUnsliced({ rows, limit, expected, before })).toEqual(cap);
  });
});

describe('targetRows', () => {
  it('leaves room for what a slice gains meanwhile, and more under a cap that varies', () => {
    expect(targetRows(exactly(64))).toBe(56);
    expect(targetRows(exactly(500))).toBe(440);
    expect(targetRows(about(55))).toBe(33);
    expect(targetRows(exactly(1))).toBe(1);
  });
});
