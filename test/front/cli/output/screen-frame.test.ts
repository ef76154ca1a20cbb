import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWidth } from '../../../../src/base/std/index.ts';
import { makeFrame } from '../../../../src/front/cli/output/screen-frame.ts';
import type { Report } from '../../../../src/watch/reports/index.ts';

const HEADLINE = 'SIMULATED market, seed 7: as asked. Nothing here is real. Ctrl-C ends it.';
const WARNING = 'An offer with rentable=false is counted as rented. '.repeat(4).trim();
const STATUS = ['2026-11-20T07:19:10Z poll 13 · 3,138 offers · 31 changes · 6 searches, 8.45 MB in 30s'];

function aReport(rowCount: number): Report {
  const column = (name: string, title: string, kind: 'text' | 'count') => ({ name, title, unit: '', kind });
  return {
    title: 'SIMULATED: Occupancy',
    header: {
      mode: 'occupancy',
      since: '2026-11-20T06:00:00Z',
      until: '2026-11-20T07:00:00Z',
      polls: 10,
      firstPollAt: '2026-11-20T06:00:00Z',
      lastPollAt: '2026-11-20T06:54:00Z',
      holes: 0,
      holeHours: 0,
      incompletePolls: 0,
      state: 'rentable',
      gaps: 'unknown',
      origin: 'simulated, seed 7',
      simulated: true,
    },
    columns: [column('gpu_name', 'GPU', 'text'), column('offers', 'Offers', 'count')],
    rows: Array.from({ length: rowCount }, (_, at) => ({ gpu_name: `GPU ${at}`, offers: 100 - at })),
    rowCount,
    totals: [{ gpu_name: null, offers: 1_000 }],
    warnings: [],
    notes: [],
    reproduce: '',
    also: [],
  };
}

const frame = (rowCount: number, columns: number, rows: number) =>
  makeFrame(
    { headline: HEADLINE, report: aReport(rowCount), status: STATUS, warning: WARNING },
    { columns, rows },
  );

describe('The frame of the screen', () => {
  it('holds as many rows as the window leaves beside headline, status and warning', () => {
    const lines = frame(50, 100, 24);
    expect(lines).toHaveLength(23);
    expect(lines[0]).toBe(HEADLINE);
    expect(lines.filter((line) => line.startsWith('GPU '))).toHaveLength(1 + 15);
    expect(lines.filter((line) => line.startsWith('total'))).toHaveLength(1);
    expect(lines.slice(-3).join(' ')).toContain(WARNING);
  });

  it('shows every row of a short table, and no empty lines', () => {
    const lines = frame(3, 100, 40);
    expect(lines.filter((line) => /^GPU \d/.test(line))).toHaveLength(3);
    expect(lines).not.toContain('');
  });

  it('gives up the warning before the table in a low window', () => {
    const lines = frame(50, 100, 12);
    expect(lines.filter((line) => /^GPU \d/.test(line)).length).toBeGreaterThanOrEqual(5);
    expect(lines.join('\n')).not.toContain('counted as rented');
  });

  it('says what is to come where there is no report', () => {
    const status = ['waiting for the first poll…'];
    expect(
      makeFrame({ headline: HEADLINE, report: undefined, status, warning: '' }, { columns: 100, rows: 30 }),
    ).toEqual([HEADLINE, ...status]);
  });

  it('fits every window: a line less than it has, none wider', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        (rowCount, columns, rows) => {
          const lines = frame(rowCount, columns, rows);
          expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
          for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
