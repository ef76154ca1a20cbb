// Which charts are on the screen: those who draw them and those who load their points must agree. Pure.
import type { RunView } from '../../../rent/monitor/index.ts';
import { selectedRun } from '../table/shown-runs.ts';
import { chartNames, chartRuns } from './chart-names.ts';
import { chartGrid, layoutOf } from './layout.ts';
import { SAMPLE_NAMES } from './samples.ts';
import type { ScreenState } from './screen-state.ts';

/** From so many rows on there is room for two charts over each other. */
export const TWO_CHARTS_ROWS = 18;

/** With the loss a chart of the GPU says more than one of another metric. */
export function stackNames({ charts }: ScreenState, run: RunView, count: number): readonly string[] {
  const names = chartNames(run);
  const first = names[Math.min(charts.index, names.length - 1)] ?? 'loss';
  const others = ['gpu %', ...names.filter((name) => name !== 'gpu %')].filter((name) => name !== first);
  return [first, ...others].slice(0, count);
}

export interface ChartPage {
  /** What stands on the page, row by row. */
  readonly names: readonly string[];
  readonly across: number;
  readonly down: number;
  readonly chosen: string;
}

/** Of the screen of charts, whose first row is a title. */
export function chartPage({ charts, size }: ScreenState, run: RunView, rows: number): ChartPage {
  const all = chartNames(run);
  const index = Math.min(charts.index, all.length - 1);
  const chosen = all[index] ?? 'loss';
  if (charts.isEnlarged) return { names: [chosen], across: 1, down: 1, chosen };
  const { across, down } = chartGrid({ columns: size.columns, rows }, all.length);
  const first = Math.floor(index / (across * down)) * across * down;
  return { names: all.slice(first, first + across * down), across, down, chosen };
}

/** Series of the monitor that are to be seen now. */
export function visibleSeries(
  state: ScreenState,
): readonly { readonly run: RunView; readonly name: string }[] {
  const run = selectedRun(state);
  if (!run) return [];
  const names = visibleNames(state, run).filter(
    (name) => !(SAMPLE_NAMES as readonly string[]).includes(name),
  );
  return chartRuns(state, run).flatMap((each) => names.map((name) => ({ run: each, name })));
}

function visibleNames(state: ScreenState, run: RunView): readonly string[] {
  const { bodyRows, sideColumns } = layoutOf(state);
  switch (state.screen) {
    case 'overview':
      return sideColumns > 0 ? stackNames(state, run, 2) : [];
    case 'run':
      return stackNames(state, run, 2);
    case 'charts':
      return chartPage(state, run, bodyRows - 1).names;
    case 'logs':
    case 'events':
      return [];
  }
}
