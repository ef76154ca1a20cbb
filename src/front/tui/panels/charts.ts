// Charts of a run, or of the marked ones over each other: one beside the logs, all of them on their own screen.
import { printable } from '../../../base/std/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { drawChart, seriesColour } from '../chart/draw-chart.ts';
import { clockTime, quantity } from '../figures/figure.ts';
import { besideBlocks, fitBlock, fitLine, type Line, type Span, span } from '../look/line.ts';
import { chartRuns, strokesOf } from '../state/chart-names.ts';
import { chartPage, stackNames } from '../state/visible-charts.ts';
import { triesText } from '../table/columns.ts';
import { selectedRun } from '../table/shown-runs.ts';
import type { Pen, Place } from './pen.ts';

/** The chosen chart and those after it, as many as there is room for. */
export function chartStack(pen: Pen, { width, height }: Place, count: number): readonly Line[] {
  const run = selectedRun(pen.state);
  if (!run) return fitBlock([], width, height);
  const names = stackNames(pen.state, run, count);
  const each = Math.floor(height / names.length);
  const lines = names.flatMap((name, index) =>
    oneChart(pen, run, name, { width, height: index === names.length - 1 ? height - each * index : each }),
  );
  return fitBlock(lines, width, height);
}

export function chartScreen(pen: Pen, { width, height }: Place): readonly Line[] {
  const { state } = pen;
  const run = selectedRun(state);
  if (!run) return fitBlock([[span('There is no run to draw.')]], width, height);
  const { names, across, down, chosen } = chartPage(state, run, height - 1);
  const columns = Math.floor((width - (across - 1)) / across);
  const rows = Math.floor((height - 1) / down);
  const lines: Line[] = [fitLine(titleLine(pen, run), width)];
  for (let row = 0; row < down; row += 1) {
    let block: readonly Line[] | undefined;
    for (let column = 0; column < across; column += 1) {
      const name = names[row * across + column];
      const place = { width: columns, height: rows };
      const cell =
        name === undefined ? fitBlock([], columns, rows) : oneChart(pen, run, name, place, name === chosen);
      block = block ? besideBlocks(block, cell, span(' ')) : cell;
    }
    lines.push(...(block ?? []));
  }
  return fitBlock(lines, width, height);
}

function titleLine({ state, glyphs }: Pen, run: RunView): Line {
  const runs = chartRuns(state, run);
  const spans: Span[] = [span('CHARTS ', { isBold: true })];
  if (runs.length === 1) {
    spans.push(span(printable(run.name), { isBold: true, colour: 'accent' }));
    if (run.attempts > 1)
      spans.push(span(` ${glyphs.dot} ${triesText(run)}, each in a colour of its own`, { colour: 'warn' }));
    return spans;
  }
  for (const [index, { name }] of runs.entries()) {
    spans.push(span(`${glyphs.mark} ${printable(name)}  `, { colour: seriesColour(index) }));
  }
  return spans;
}

function oneChart(
  { state, glyphs, zone }: Pen,
  run: RunView,
  name: string,
  { width, height }: Place,
  isSelected = false,
): readonly Line[] {
  const { strokes, x } = strokesOf(state, chartRuns(state, run), name);
  const { window, scale, smoothing } = state.charts;
  return drawChart({
    title: name,
    strokes,
    window,
    scale,
    smoothing,
    width,
    height,
    glyphs,
    isSelected,
    formatX: x === 'step' ? (value) => quantity(Math.round(value)) : (value) => clockTime(value, zone),
    emptyText: scale === 'log' ? 'nothing above 0' : 'no points yet',
  });
}
