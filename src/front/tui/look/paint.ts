// Styled lines as text with ANSI codes, for what the terminal can show: no colour, 16, 256 or all of them.
import type { Colour, Line, Style } from './line.ts';

export const COLOUR_DEPTHS = ['none', '16', '256', 'true'] as const;
export type ColourDepth = (typeof COLOUR_DEPTHS)[number];

export type Rgb = readonly [red: number, green: number, blue: number];

/** The palette is Okabe and Ito's where it can be: told apart by those who see red and green alike. */
export const RGB: Readonly<Record<Colour, Rgb>> = {
  good: [87, 199, 133],
  warn: [240, 196, 66],
  bad: [255, 107, 94],
  accent: [86, 180, 233],
  muted: [138, 143, 152],
  series1: [86, 180, 233],
  series2: [230, 159, 0],
  series3: [204, 121, 167],
  series4: [0, 158, 115],
  series5: [240, 228, 66],
};

const OF_256: Readonly<Record<Colour, number>> = {
  good: 78,
  warn: 221,
  bad: 203,
  accent: 74,
  muted: 245,
  series1: 74,
  series2: 172,
  series3: 175,
  series4: 36,
  series5: 227,
};

const OF_16: Readonly<Record<Colour, number>> = {
  good: 32,
  warn: 33,
  bad: 31,
  accent: 36,
  muted: 90,
  series1: 36,
  series2: 33,
  series3: 35,
  series4: 32,
  series5: 93,
};

export function paintLine(line: Line, depth: ColourDepth): string {
  let painted = '';
  let open = '';
  for (const { text, style } of line) {
    const codes = codesOf(style, depth);
    if (codes !== open) {
      if (open !== '') painted += '\u001b[0m';
      if (codes !== '') painted += `\u001b[${codes}m`;
      open = codes;
    }
    painted += text;
  }
  return open === '' ? painted : `${painted}\u001b[0m`;
}

function codesOf(style: Style, depth: ColourDepth): string {
  const codes: string[] = [];
  if (style.isBold === true) codes.push('1');
  if (style.isUnderlined === true) codes.push('4');
  if (style.isInverse === true) codes.push('7');
  if (style.colour !== undefined && depth !== 'none') codes.push(colourCode(style.colour, depth));
  return codes.join(';');
}

function colourCode(colour: Colour, depth: Exclude<ColourDepth, 'none'>): string {
  switch (depth) {
    case '16':
      return String(OF_16[colour]);
    case '256':
      return `38;5;${OF_256[colour]}`;
    case 'true':
      return `38;2;${RGB[colour].join(';')}`;
  }
}
