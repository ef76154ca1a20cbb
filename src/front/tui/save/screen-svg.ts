// The screen as a picture: every piece of text at its cell, stretched to its cells, so that it stands right in any font.
import { cellWidth } from '../../../base/std/index.ts';
import type { Line, Span, Style } from '../look/line.ts';
import { RGB } from '../look/paint.ts';

const CELL = { width: 8.4, height: 18 } as const;
const MARGIN = 12;
const FONT_SIZE = 14;
/** Of the font's baseline below the top of the cell. */
const BASELINE = 13.5;
const BACKGROUND = '#16181d';
const FOREGROUND = '#e4e6ea';

export function screenSvg(lines: readonly Line[], columns: number): string {
  const width = round(columns * CELL.width + 2 * MARGIN);
  const height = round(lines.length * CELL.height + 2 * MARGIN);
  const rows = lines.map((line, row) => rowSvg(line, MARGIN + row * CELL.height)).filter(Boolean);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}">`,
    '<title>vastdeck top</title>',
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function rowSvg(line: Line, top: number): string {
  let column = 0;
  let marks = '';
  for (const piece of line) {
    marks += pieceSvg(piece, column, top);
    column += cellWidth(piece.text);
  }
  return marks;
}

function pieceSvg({ text, style }: Span, column: number, top: number): string {
  const { ground, ink } = coloursOf(style);
  const cells = cellWidth(text);
  let svg = '';
  if (ground !== BACKGROUND) {
    svg += `<rect x="${left(column)}" y="${round(top)}" width="${round(cells * CELL.width)}" height="${CELL.height}" fill="${ground}"/>`;
  }
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  if (shown === '') return svg;
  const bold = style.isBold === true ? ' font-weight="bold"' : '';
  const under = style.isUnderlined === true ? ' text-decoration="underline"' : '';
  const length = round(cellWidth(shown) * CELL.width);
  return `${svg}<text x="${left(column + lead)}" y="${round(top + BASELINE)}" fill="${ink}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${bold}${under} xml:space="preserve">${escapeXml(shown)}</text>`;
}

function coloursOf({ colour, isInverse }: Style): { readonly ground: string; readonly ink: string } {
  const own =
    colour === undefined
      ? FOREGROUND
      : `#${RGB[colour].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  return isInverse === true ? { ground: own, ink: BACKGROUND } : { ground: BACKGROUND, ink: own };
}

function left(column: number): number {
  return round(MARGIN + column * CELL.width);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
