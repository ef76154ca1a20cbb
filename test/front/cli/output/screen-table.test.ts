import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWidth } from '../../../../src/base/std/index.ts';
import type { Column } from '../../../../src/front/cli/output/column.ts';
import { screenTable } from '../../../../src/front/cli/output/screen-table.ts';

const NAMES: readonly Column[] = [{ name: 'gpu' }, { name: 'count' }];

function linesOf(rows: readonly Record<string, unknown>[], columns: readonly Column[], width = 80): string[] {
  return screenTable(rows, columns, width).text.split('\n').slice(0, -1);
}

describe('A table on a screen', () => {
  it('stands text left and numbers right under their headings', () => {
    expect(
      linesOf(
        [
          { gpu: 'RTX 4090', count: 7 },
          { gpu: 'A40', count: 12 },
        ],
        NAMES,
      ),
    ).toEqual(['gpu       count', 'RTX 4090      7', 'A40          12']);
  });

  it('shows a dash where there is no value, and a zero where there is one', () => {
    expect(linesOf([{ gpu: null, count: 0 }, { count: undefined }], NAMES).slice(1)).toEqual([
      '-        0',
      '-        -',
    ]);
  });

  it('breaks a long heading over the figures and stands it on them', () => {
    const columns = [{ name: 'gpu' }, { name: 'used', title: 'Utilised over available %' }];
    expect(linesOf([{ gpu: 'A40', used: 5 }], columns)).toEqual([
      '      Utilised',
      '          over',
      '     available',
      'gpu          %',
      'A40          5',
    ]);
  });

  it('cuts the widest text first, and neither numbers nor what says nothing when cut', () => {
    const columns: Column[] = [{ name: 'at', isWhole: true }, { name: 'place' }, { name: 'price' }];
    const row = { at: '2026-11-20T07:30:00Z', place: 'Somewhere very far away', price: 1_234_567 };
    expect(linesOf([row], columns, 44)[1]).toBe('2026-11-20T07:30:00Z  Somewhere ve…  1234567');
  });

  it('loses its least important columns, and says which', () => {
    const columns: Column[] = [
      { name: 'gpu' },
      { name: 'samples', importance: 1 },
      { name: 'machines', importance: 2 },
      { name: 'hours' },
    ];
    const row = { gpu: 'RTX 4090', samples: 1_000_000, machines: 12, hours: 24 };
    const wide = screenTable([row], columns, 34);
    expect(wide.hidden).toEqual([]);
    const narrow = screenTable([row], columns, 33);
    expect(narrow.hidden.map(({ name }) => name)).toEqual(['samples']);
    expect(narrow.text).toBe('gpu       machines  hours\nRTX 4090        12     24\n');
    const narrower = screenTable([row], columns, 24);
    expect(narrower.hidden.map(({ name }) => name)).toEqual(['samples', 'machines']);
  });

  it('writes prose over several lines instead of cutting it', () => {
    const columns: Column[] = [{ name: 'check' }, { name: 'detail', isProse: true }];
    expect(linesOf([{ check: 'api', detail: 'nobody answers there' }], columns, 20)).toEqual([
      'check  detail',
      'api    nobody',
      '       answers there',
    ]);
  });

  it('shows the control characters of strangers instead of obeying them', () => {
    expect(linesOf([{ gpu: '\u001b[2J\nRTX', count: 1 }], NAMES)[1]).toBe('�[2J�RTX      1');
  });

  it('aligns scripts that are two columns wide', () => {
    const lines = linesOf(
      [
        { gpu: '深圳', count: 1 },
        { gpu: 'abcdef', count: 2 },
      ],
      NAMES,
    );
    expect(lines.slice(1)).toEqual(['深圳        1', 'abcdef      2']);
  });

  it('is never wider than the window while its text can be cut, whatever the rows', () => {
    const columns: Column[] = [{ name: 'a' }, { name: 'b', importance: 1 }, { name: 'c', align: 'left' }];
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null), fc.boolean());
    const rows = fc.array(fc.record({ a: fc.string(), b: cell, c: fc.string() }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 24, max: 60 }), (some, width) => {
        for (const line of linesOf(some, columns, width)) expect(cellWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
