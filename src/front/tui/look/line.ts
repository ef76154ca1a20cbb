// A line of the screen as pieces of styled text. Everything that is drawn is made of these, so that one screen becomes
// ANSI codes for a terminal, an SVG picture, or plain text.
import { cellWidth, cutCells } from '../../../base/std/index.ts';

/** Colours by what they mean; what they look like is the terminal's or the picture's matter. */
export const COLOURS = [
  'good',
  'warn',
  'bad',
  'accent',
  'muted',
  'series1',
  'series2',
  'series3',
  'series4',
  'series5',
] as const;
export type Colour = (typeof COLOURS)[number];

export interface Style {
  readonly colour?: Colour | undefined;
  readonly isBold?: boolean;
  /** Light on dark becomes dark on light: what is selected, also where there are no colours. */
  readonly isInverse?: boolean;
  readonly isUnderlined?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

export const PLAIN: Style = {};
export const EMPTY_LINE: Line = [];

export function span(text: string, style: Style = PLAIN): Span {
  return { text, style };
}

export function lineText(line: Line): string {
  let text = '';
  for (const piece of line) text += piece.text;
  return text;
}

export function lineWidth(line: Line): number {
  let width = 0;
  for (const { text } of line) width += cellWidth(text);
  return width;
}

/** The line in exactly `width` cells: cut, or filled up with blanks of the style. */
export function fitLine(line: Line, width: number, fill: Style = PLAIN): Line {
  const fitted: Span[] = [];
  let used = 0;
  for (const piece of line) {
    const cells = cellWidth(piece.text);
    if (used + cells > width) {
      const text = cutCells(piece.text, width - used);
      if (text !== '') fitted.push({ ...piece, text });
      used += cellWidth(text);
      break;
    }
    fitted.push(piece);
    used += cells;
  }
  if (used < width) fitted.push(span(' '.repeat(width - used), fill));
  return fitted;
}

/** `left` and, at the right edge, `right`; where both do not fit `right` goes. */
export function spreadLine(left: Line, right: Line, width: number): Line {
  const room = width - lineWidth(right);
  if (lineWidth(left) + 1 > room) return fitLine(left, width);
  return [...fitLine(left, room), ...right];
}

/** Exactly `height` lines of `width` cells. */
export function fitBlock(lines: readonly Line[], width: number, height: number): readonly Line[] {
  const block: Line[] = [];
  for (let row = 0; row < height; row += 1) block.push(fitLine(lines[row] ?? EMPTY_LINE, width));
  return block;
}

/** Two blocks of the same height side by side. */
export function besideBlocks(left: readonly Line[], right: readonly Line[], between: Span): readonly Line[] {
  return left.map((line, row) => [...line, between, ...(right[row] ?? EMPTY_LINE)]);
}

/** Every piece with `over` on top of its own style. */
export function overStyle(line: Line, over: Style): Line {
  return line.map(({ text, style }) => ({ text, style: { ...style, ...over } }));
}
