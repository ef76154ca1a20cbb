// What stands on the screen of `up`, as lines that fit the window: pure, so that every size can be tried.

import { cutCells, wrapText } from '../../../base/std/index.ts';
import type { Report } from '../../../watch/reports/index.ts';
import { reportTable, windowText } from './report.ts';

export interface FrameParts {
  /** What this is and how it ends; always shown. */
  readonly headline: string;
  /** The table; undefined while there is nothing to report. */
  readonly report: Report | undefined;
  /** Said in place of the table, or under it: what it still lacks, the newest poll, faults. */
  readonly status: readonly string[];
  /** Shown as far as there is room. */
  readonly warning: string;
}

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** What fits on 80 columns and says the most. */
const SHOWN = [
  'gpu_name',
  'offers',
  'machines',
  'total_hours',
  'unseen_hours',
  'available',
  'assumed_utilized',
  'utilization_pct',
  'gpu_weighted_utilization_pct',
  'avg_price_available',
  'avg_price_utilized',
];
/** A table that is shorter says too little: the warning makes room for it. */
const FEWEST_TABLE_ROWS = 5;

/** At most `rows - 1` lines, none wider than the window: the cursor stands on the line below them. */
export function makeFrame({ headline, report, status, warning }: FrameParts, size: FrameSize): string[] {
  const width = Math.max(1, size.columns);
  const room = Math.max(1, size.rows - 1);
  const wrap = (text: string) => wrapText(text, width);
  const top = [...wrap(headline), ...(report ? wrap(`${report.title} · ${windowText(report)}`) : [])];
  const bottom = status.flatMap(wrap);
  const warned = warning === '' ? [] : wrap(warning);
  const forTable = room - top.length - bottom.length;
  const warningLines = report ? warned.slice(0, Math.max(0, forTable - FEWEST_TABLE_ROWS - 3)) : warned;
  const table = report ? tableLines(report, width, forTable - warningLines.length) : [];
  return [...top, ...table, ...bottom, ...warningLines].slice(0, room).map((line) => cutCells(line, width));
}

/** As many rows as there is room for, and the totals if there is room for them as well. */
function tableLines(report: Report, width: number, room: number): string[] {
  const draw = (rows: number, totals: number) =>
    reportTable(
      { ...report, rows: report.rows.slice(0, rows), totals: report.totals.slice(0, totals) },
      width,
      SHOWN,
    )
      .text.split('\n')
      .slice(0, -1);
  const totals = room >= 2 * FEWEST_TABLE_ROWS ? report.totals.length : 0;
  // Fewer rows may have a lower heading or a higher one: tried until it fits.
  for (let rows = Math.min(report.rows.length, Math.max(0, room - totals)); rows > 0; rows -= 1) {
    const lines = draw(rows, totals);
    if (lines.length <= room) return lines;
  }
  return [];
}
