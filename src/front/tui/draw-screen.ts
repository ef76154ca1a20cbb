// The whole screen as lines, from its state alone. Equal states give equal screens, so nothing is drawn when nothing has
// changed.
import { cellWidth } from '../../base/std/index.ts';
import { inLetters } from './look/letters.ts';
import { besideBlocks, fitBlock, fitLine, type Line, type Span, span } from './look/line.ts';
import { chartScreen, chartStack } from './panels/charts.ts';
import { eventPanel } from './panels/events.ts';
import { footLine } from './panels/foot.ts';
import { headLines } from './panels/head.ts';
import { logPanel } from './panels/logs.ts';
import { layBox, overlayBox } from './panels/overlays.ts';
import type { Pen, Place } from './panels/pen.ts';
import { runScreen } from './panels/run.ts';
import { tablePanel } from './panels/table.ts';
import { layoutOf } from './state/layout.ts';
import { TWO_CHARTS_ROWS } from './state/visible-charts.ts';

/** Smaller than this nothing can be told. */
export const SMALLEST = { columns: 40, rows: 8 } as const;

/** Exactly as many lines as the window has rows, each exactly as wide. */
export function drawScreen(pen: Pen): readonly Line[] {
  const { columns: width, rows: height } = pen.state.size;
  if (width < SMALLEST.columns || height < SMALLEST.rows) {
    const text = `vastdeck top needs ${SMALLEST.columns}x${SMALLEST.rows}; q quits`;
    return fitBlock([[span(text)]], width, height);
  }
  const { headRows, bodyRows } = layoutOf(pen.state);
  const place: Place = { width, height: bodyRows };
  const body = bodyLines(pen, place);
  const { overlay } = pen.state;
  const box = overlay ? overlayBox(pen, overlay, place) : undefined;
  const lines = [
    ...fitBlock(headLines(pen, width), width, headRows),
    ...(box ? layBox(pen, body, box, width) : body),
    fitLine(footLine(pen, width), width),
  ];
  const isLetters = pen.glyphs.canvas === 'letters';
  return lines.map((line) => fitLine(isLetters ? line.map(lettersOnly) : line, width));
}

function lettersOnly({ text, style }: Span): Span {
  return { text: inLetters(text, cellWidth), style };
}

function bodyLines(pen: Pen, place: Place): readonly Line[] {
  switch (pen.state.screen) {
    case 'overview':
      return overview(pen, place);
    case 'logs':
      return logPanel(pen, place);
    case 'charts':
      return chartScreen(pen, place);
    case 'events':
      return eventPanel(pen, place);
    case 'run':
      return runScreen(pen, place);
  }
}

function overview(pen: Pen, { width }: Place): readonly Line[] {
  const { tableRows, lowerRows, logColumns, sideColumns, eventRows } = layoutOf(pen.state);
  const table = tablePanel(pen, { width, height: tableRows });
  if (lowerRows === 0) return table;
  const logs = logPanel(pen, { width: logColumns, height: lowerRows });
  if (sideColumns === 0) return [...table, ...logs];
  const chartRows = lowerRows - eventRows;
  const side = [
    ...chartStack(pen, { width: sideColumns, height: chartRows }, chartRows >= TWO_CHARTS_ROWS ? 2 : 1),
    ...(eventRows > 0 ? eventPanel(pen, { width: sideColumns, height: eventRows }) : []),
  ];
  return [...table, ...besideBlocks(logs, side, span(pen.glyphs.vertical, { colour: 'muted' }))];
}
