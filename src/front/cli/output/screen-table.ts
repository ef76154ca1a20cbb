// A table for people: headings broken over what stands under them, columns chosen and cut to fit the window.

import { cellWidth, cutCells, printable, wrapText, wrapWords } from '../../../base/std/index.ts';
import { type Column, type Row, valueText } from './column.ts';

export interface ScreenTable {
  /** Ends in a newline. */
  readonly text: string;
  /** What did not fit; the data formats have it. */
  readonly hidden: readonly Column[];
}

/** Headings are broken into lines of about this many characters where the figures under them are shorter. */
const HEADING_WIDTH = 8;
/** Texts are cut down to this before a column is given up for them. */
const SHORTEST_TEXT = 12;
/** In a window that is too narrow for all that must be shown. */
const SHORTEST_CUT = 4;
const GAP = 2;

interface Lane {
  readonly column: Column;
  readonly isRight: boolean;
  /** Whether its text may lose its end. */
  readonly isCut: boolean;
  readonly heading: readonly string[];
  readonly cells: readonly string[];
  readonly width: number;
}

export function screenTable(rows: readonly Row[], columns: readonly Column[], width: number): ScreenTable {
  const all = columns.map((column) => makeLane(column, rows));
  const lanes = shrink(choose(all, width), width);
  const height = Math.max(1, ...lanes.map(({ heading }) => heading.length));
  const heads = Array.from({ length: height }, (_, line) =>
    // Headings stand on the rows, not at the top.
    drawLine(lanes, ({ heading }) => heading[line - (height - heading.length)] ?? ''),
  );
  const body = rows.flatMap((_, at) => drawRow(lanes, at));
  return {
    text: `${[...heads, ...body].join('\n')}\n`,
    hidden: all
      .filter((lane) => !lanes.some(({ column }) => column === lane.column))
      .map((lane) => lane.column),
  };
}

function makeLane(column: Column, rows: readonly Row[]): Lane {
  const cells = rows.map((row) => cellText(row[column.name], column));
  const align = column.align ?? (rows.some((row) => typeof row[column.name] === 'number') ? 'right' : 'left');
  const body = Math.max(0, ...cells.map(cellWidth));
  // A heading takes as many lines as it needs at the width of what stands under it.
  const heading = wrapWords(column.title ?? column.name, Math.max(HEADING_WIDTH, body));
  const width = Math.max(body, ...heading.map(cellWidth));
  const isRight = align === 'right';
  return { column, isRight, isCut: !isRight && column.isWhole !== true, heading, cells, width };
}

function cellText(value: unknown, column: Column): string {
  if (value === null || value === undefined) return '-';
  return printable(column.format ? column.format(value) : valueText(value));
}

/** Leaves out the least important columns until the rest can be made to fit. */
function choose(all: readonly Lane[], width: number): readonly Lane[] {
  const leastFirst = all
    .filter(({ column }) => column.importance !== undefined)
    // Of equals the right-most goes first.
    .sort(
      (a, b) => (a.column.importance ?? 0) - (b.column.importance ?? 0) || all.indexOf(b) - all.indexOf(a),
    );
  let kept = all;
  for (const least of leastFirst) {
    if (total(kept, (lane) => Math.min(lane.width, shortest(lane))) <= width) break;
    kept = kept.filter((lane) => lane !== least);
  }
  return kept;
}

function shortest({ isCut, width }: Lane): number {
  return isCut ? SHORTEST_TEXT : width;
}

function total(lanes: readonly Lane[], widthOf: (lane: Lane) => number): number {
  return lanes.reduce((sum, lane) => sum + widthOf(lane), 0) + GAP * Math.max(0, lanes.length - 1);
}

/** Takes what is too much from the widest text column, again and again; numbers are never cut. */
function shrink(lanes: readonly Lane[], width: number): readonly Lane[] {
  const widths = lanes.map((lane) => lane.width);
  for (let excess = total(lanes, (lane) => lane.width) - width; excess > 0; excess -= 1) {
    let widest = -1;
    lanes.forEach(({ isCut }, at) => {
      const own = widths[at] as number;
      if (isCut && own > SHORTEST_CUT && (widest < 0 || own > (widths[widest] as number))) widest = at;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return lanes.map((lane, at) => ({ ...lane, width: widths[at] as number }));
}

function drawRow(lanes: readonly Lane[], at: number): string[] {
  const pieces = new Map(lanes.map((lane) => [lane, piecesOf(lane, lane.cells[at] as string)]));
  const height = Math.max(1, ...[...pieces.values()].map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    drawLine(lanes, (lane) => pieces.get(lane)?.[line] ?? ''),
  );
}

function piecesOf({ column, width }: Lane, cell: string): readonly string[] {
  return column.isProse && cellWidth(cell) > width ? wrapText(cell, width) : [cell];
}

function drawLine(lanes: readonly Lane[], textOf: (lane: Lane) => string): string {
  return lanes
    .map((lane) => {
      const text = lane.isCut ? cutCells(textOf(lane), lane.width) : textOf(lane);
      const padding = ' '.repeat(Math.max(0, lane.width - cellWidth(text)));
      return lane.isRight ? padding + text : text + padding;
    })
    .join(' '.repeat(GAP))
    .trimEnd();
}
