// A chart as lines of the screen: title, the curve, its axis at the left, where it begins and ends below.

import { cutCells, padCells } from '../../../base/std/index.ts';
import { quantity } from '../figures/figure.ts';
import type { Glyphs } from '../look/glyphs.ts';
import { type Colour, fitBlock, fitLine, type Line, type Span, span, spreadLine } from '../look/line.ts';
import { createCanvas } from './canvas.ts';
import {
  type Frame,
  frameOf,
  type Point,
  place,
  type Stroke,
  smooth,
  valueAt,
  type Window,
  type YScale,
} from './scale.ts';

export interface ChartOptions {
  readonly title: string;
  readonly strokes: readonly Stroke[];
  readonly window: Window;
  readonly scale: YScale;
  readonly smoothing: number;
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  /** How x is written at the two ends of the axis. */
  readonly formatX: (x: number) => string;
  readonly isSelected?: boolean;
  /** In place of a curve where there is none. */
  readonly emptyText: string;
}

const SERIES: readonly Colour[] = ['series1', 'series2', 'series3', 'series4', 'series5'];
const AXIS_WIDTH = 7;
const SMALLEST_WIDTH = AXIS_WIDTH + 6;

export function seriesColour(series: number): Colour {
  return SERIES[series % SERIES.length] ?? 'series1';
}

export function drawChart(options: ChartOptions): readonly Line[] {
  const { title, strokes, width, height, glyphs } = options;
  const frame = frameOf(strokes, options.window, options.scale);
  const newest = strokes.findLast(({ points }) => points.length > 0)?.points.at(-1);
  const head = spreadLine(
    [span(cutCells(title, width, glyphs.ellipsis), { isBold: true, isInverse: options.isSelected === true })],
    [
      span(newest ? ` ${quantity(newest.y)}` : '', { colour: 'accent' }),
      span(scaleText(options), { colour: 'muted' }),
    ],
    width,
  );
  if (height < 2) return fitBlock([head], width, height);
  const plotRows = height - 2;
  const plotColumns = width - AXIS_WIDTH - 1;
  if (!frame || plotRows < 1 || width < SMALLEST_WIDTH) {
    return fitBlock(
      [head, [span(cutCells(options.emptyText, width, glyphs.ellipsis), { colour: 'muted' })]],
      width,
      height,
    );
  }
  const canvas = createCanvas(plotColumns, plotRows, glyphs.canvas);
  for (const stroke of strokes) drawStroke(stroke, { canvas, frame, smoothing: options.smoothing });
  const rows = canvas.cells().map((cells, row): Line => {
    const spans: Span[] = [axisLabel(row, plotRows, frame), span(glyphs.vertical, { colour: 'muted' })];
    let text = '';
    let series = -1;
    const flush = () => {
      if (text !== '') spans.push(span(text, series < 0 ? {} : { colour: seriesColour(series) }));
      text = '';
    };
    for (const cell of cells) {
      if (cell.series !== series) {
        flush();
        series = cell.series;
      }
      text += cell.text;
    }
    flush();
    return spans;
  });
  const from = options.formatX(frame.xMin);
  const foot = [
    span(' '.repeat(AXIS_WIDTH + 1)),
    ...spreadLine(
      [span(from, { colour: 'muted' })],
      [span(options.formatX(frame.xMax), { colour: 'muted' })],
      plotColumns,
    ),
  ];
  return [head, ...rows, foot].map((line) => fitLine(line, width));
}

function scaleText({ scale, smoothing, window, glyphs }: ChartOptions): string {
  const words = [
    scale === 'log' ? 'log' : '',
    smoothing > 0 ? `smooth ${smoothing}` : '',
    window.to - window.from < 1 ? `zoom ${Math.round(1 / (window.to - window.from))}x` : '',
  ].filter(Boolean);
  return words.length === 0 ? '' : ` ${words.join(` ${glyphs.dot} `)}`;
}

/** Labels stand at the top, the bottom and, where there is room, between. */
function axisLabel(row: number, rows: number, frame: Frame): Span {
  const every = rows >= 9 ? 4 : rows - 1;
  const isFlat = frame.yMin === frame.yMax;
  const isLabelled = isFlat
    ? row === Math.floor(rows / 2)
    : row === 0 || row === rows - 1 || (row % every === 0 && rows - 1 - row >= 3);
  if (!isLabelled || (rows === 1 && row > 0)) return span(' '.repeat(AXIS_WIDTH));
  // One value all along has one label.
  const height = rows === 1 ? 1 : 1 - row / (rows - 1);
  return span(padCells(quantity(valueAt(height, frame)), AXIS_WIDTH, 'right'), { colour: 'muted' });
}

interface Drawing {
  readonly canvas: ReturnType<typeof createCanvas>;
  readonly frame: Frame;
  readonly smoothing: number;
}

function drawStroke({ points, series }: Stroke, { canvas, frame, smoothing }: Drawing): void {
  let before: Point | undefined;
  for (const point of smooth(points, smoothing)) {
    const at = place(point, frame);
    // What is not a number leaves a gap: a line across it would say that nothing had happened.
    if (!at) {
      before = undefined;
      continue;
    }
    const dot = {
      x: Math.round(at.x * (canvas.dotColumns - 1)),
      y: Math.round((1 - at.y) * (canvas.dotRows - 1)),
    };
    if (before) canvas.line(before.x, before.y, dot.x, dot.y, series);
    else canvas.dot(dot.x, dot.y, series);
    before = dot;
  }
}
