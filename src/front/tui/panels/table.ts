// The table of runs; where there are none, why, and what mends it.
import { padCells, wrapText } from '../../../base/std/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { fitBlock, fitLine, type Line, overStyle, type Span, span } from '../look/line.ts';
import type { CellContext } from '../table/columns.ts';
import { fitColumns, type PlacedColumn } from '../table/fit-columns.ts';
import { selectedRun, shownRuns } from '../table/shown-runs.ts';
import type { Pen, Place } from './pen.ts';

/** `cursor: none` for a table that nobody moves in. */
export function tablePanel(
  pen: Pen,
  { width, height, cursor = 'shown' }: Place & { readonly cursor?: 'shown' | 'none' },
): readonly Line[] {
  const { state } = pen;
  const placed = fitColumns(state.columns, width);
  const heading = fitLine(headingLine(pen, placed), width);
  const runs = shownRuns(state);
  const page = height - 1;
  if (runs.length === 0) return fitBlock([heading, ...whyEmpty(pen, width)], width, height);
  const selected = selectedRun(state);
  const at = runs.findIndex(({ key }) => key === selected?.key);
  const first = Math.min(Math.max(0, at - Math.floor(page / 2)), Math.max(0, runs.length - page));
  const rows = runs.slice(first, first + page).map((run, row) =>
    rowLine(pen, {
      run,
      placed,
      width,
      isSelected: cursor === 'shown' && run.key === selected?.key,
      // That there are more rows than are shown must not have to be guessed.
      more: more(pen, { row, first, page, count: runs.length }),
    }),
  );
  return fitBlock([heading, ...rows], width, height);
}

function headingLine({ state, glyphs }: Pen, placed: readonly PlacedColumn[]): Line {
  const spans: Span[] = [span('  ')];
  for (const [index, { column, width }] of placed.entries()) {
    if (index > 0) spans.push(span(' '));
    const isSorted = state.sort.column === column.name;
    const arrow = isSorted ? (state.sort.isDescending ? glyphs.descending : glyphs.ascending) : '';
    const title = isSorted ? `${column.title.slice(0, width - 1)}${arrow}` : column.title.slice(0, width);
    spans.push(
      span(
        padCells(title, width, column.align),
        isSorted ? { isBold: true, colour: 'accent' } : { isBold: true, colour: 'muted' },
      ),
    );
  }
  return spans;
}

interface Scrolled {
  readonly row: number;
  readonly first: number;
  readonly page: number;
  readonly count: number;
}

/** The sign before the first and the last row behind which there are others. */
function more({ glyphs }: Pen, { row, first, page, count }: Scrolled): string {
  if (row === 0 && first > 0) return glyphs.ascending;
  return row === page - 1 && first + page < count ? glyphs.descending : ' ';
}

interface Row {
  readonly run: RunView;
  readonly placed: readonly PlacedColumn[];
  readonly width: number;
  readonly isSelected: boolean;
  readonly more: string;
}

function rowLine(
  { state, glyphs, staleAfterMs }: Pen,
  { run, placed, width, isSelected, more: sign }: Row,
): Line {
  const mark = state.marks.has(run.key) ? glyphs.mark : ' ';
  const spans: Span[] = [
    isSelected ? span('>') : span(sign, { colour: 'accent' }),
    span(mark, { colour: 'accent', isBold: true }),
  ];
  for (const [index, { column, width: cells }] of placed.entries()) {
    if (index > 0) spans.push(span(' '));
    const context: CellContext = { width: cells, glyphs, nowMs: state.nowMs, staleAfterMs };
    spans.push(...fitLine(column.cell(run, context), cells));
  }
  if (!isSelected) return fitLine(spans, width);
  return overStyle(fitLine(spans, width), { isInverse: true, colour: undefined });
}

function whyEmpty({ state }: Pen, width: number): readonly Line[] {
  const { view, filter, group } = state;
  const words = [];
  if (view.runs.length > 0) {
    const what = [filter && `the filter "${filter}"`, group && `group ${group}`]
      .filter(Boolean)
      .join(' and ');
    words.push(
      `None of the ${view.runs.length} runs is in ${what}; Esc clears the filter, Tab goes to the next group.`,
    );
  } else if (view.trouble !== null) {
    words.push(view.trouble);
  } else if (view.listedAtMs === null) {
    words.push('Asking which instances there are...');
  } else {
    words.push(
      'There are no instances. "vastdeck run" and "vastdeck rent" make some; "vastdeck top --sim" shows the screen with sample runs.',
    );
  }
  const isTrouble = view.trouble !== null;
  return [
    [],
    ...words
      .flatMap((text) => wrapText(text, Math.max(10, width - 4)))
      .map((text): Line => [span(`  ${text}`, isTrouble ? { colour: 'warn' } : {})]),
  ];
}
