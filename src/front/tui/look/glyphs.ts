// The signs that are drawn, with letters in their place where there is no Unicode.
import type { RunStatus } from '../../../rent/monitor/index.ts';

export interface Glyphs {
  /** All of `statusWidth` cells. */
  readonly status: Readonly<Record<RunStatus, string>>;
  readonly statusWidth: number;
  /** From almost nothing to a full cell. */
  readonly bar: readonly string[];
  readonly barEmpty: string;
  readonly spark: readonly string[];
  readonly canvas: 'braille' | 'letters';
  readonly mark: string;
  readonly ellipsis: string;
  readonly vertical: string;
  readonly horizontal: string;
  readonly ascending: string;
  readonly descending: string;
  readonly dot: string;
  readonly corners: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
  readonly plusMinus: string;
  readonly dash: string;
}

const UNICODE: Glyphs = {
  status: {
    running: '✅',
    loading: '🔄',
    created: '⏳',
    exited: '❌',
    stopped: '💤',
    outbid: '💸',
    lost: '🔌',
    unknown: '❓',
  },
  statusWidth: 2,
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  barEmpty: '░',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  canvas: 'braille',
  mark: '●',
  ellipsis: '…',
  vertical: '│',
  horizontal: '─',
  ascending: '▲',
  descending: '▼',
  dot: '·',
  corners: ['┌', '┐', '└', '┘'],
  plusMinus: '±',
  dash: '–',
};

const LETTERS: Glyphs = {
  status: {
    running: 'R ',
    loading: 'L ',
    created: 'C ',
    exited: 'X ',
    stopped: 'S ',
    outbid: 'O ',
    lost: '! ',
    unknown: '? ',
  },
  statusWidth: 2,
  bar: ['#'],
  barEmpty: '.',
  spark: ['_', '.', '-', '=', '+', '*', '#', '@'],
  canvas: 'letters',
  mark: '*',
  ellipsis: '~',
  vertical: '|',
  horizontal: '-',
  ascending: '^',
  descending: 'v',
  dot: '-',
  corners: ['+', '+', '+', '+'],
  plusMinus: '+-',
  dash: '-',
};

export function glyphsOf(hasUnicode: boolean): Glyphs {
  return hasUnicode ? UNICODE : LETTERS;
}
