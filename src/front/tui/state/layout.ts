// How the window is divided. Pure, and asked by those who draw as well as by those who scroll by a page.
import { groupsOf, shownRuns } from '../table/shown-runs.ts';
import type { ScreenState } from './screen-state.ts';

/** Title and sums. */
const HEAD_ROWS = 2;
const FOOT_ROWS = 1;
/** The original's ten lines a run, under a title. */
export const LINES_A_RUN = 10;
const PANEL_ROWS = LINES_A_RUN + 1;
const TABLE_ROWS_MIN = 4;
/** A small window shows so many rows of the table before the logs have their lines. */
const TABLE_ROWS_FIRST = 9;
/** From here on the lower part is divided in two. */
const BESIDE_COLUMNS = 116;
/** From here on the right of it in charts and events. */
const BELOW_ROWS = 16;

export interface Layout {
  readonly headRows: number;
  /** Between head and foot. */
  readonly bodyRows: number;
  /** With its heading; on the overview. */
  readonly tableRows: number;
  /** Logs and what is beside them; 0 where there is no room. */
  readonly lowerRows: number;
  readonly logColumns: number;
  /** 0 where there is no room beside the logs. */
  readonly sideColumns: number;
  /** Of the right-hand side; 0 for none. */
  readonly eventRows: number;
}

export function layoutOf(state: ScreenState): Layout {
  const { columns, rows } = state.size;
  const headRows = HEAD_ROWS + (groupsOf(state).length > 0 ? 1 : 0);
  const bodyRows = Math.max(1, rows - headRows - FOOT_ROWS);
  const wanted = 1 + Math.max(shownRuns(state).length, TABLE_ROWS_MIN - 1);
  const lowerLeast = Math.min(PANEL_ROWS, Math.max(Math.floor(bodyRows / 3), bodyRows - TABLE_ROWS_FIRST));
  const tableRows = bodyRows < 8 ? bodyRows : Math.min(wanted, bodyRows - lowerLeast);
  const lowerRows = bodyRows - tableRows;
  const hasSide = columns >= BESIDE_COLUMNS && lowerRows >= 6;
  const sideColumns = hasSide ? Math.floor(columns * (columns >= 200 ? 0.5 : 0.42)) : 0;
  return {
    headRows,
    bodyRows,
    tableRows,
    lowerRows,
    logColumns: columns - (hasSide ? sideColumns + 1 : 0),
    sideColumns,
    eventRows: hasSide && lowerRows >= BELOW_ROWS ? Math.floor(lowerRows / 3) : 0,
  };
}

/** How many log lines are seen at once. */
export function logRows(state: ScreenState): number {
  const { bodyRows, lowerRows } = layoutOf(state);
  const rows = state.screen === 'logs' ? bodyRows : state.screen === 'run' ? runLogRows(bodyRows) : lowerRows;
  return Math.max(1, rows - 1);
}

/** On the screen of one run its log has the lower part. */
export function runLogRows(bodyRows: number): number {
  return Math.max(2, Math.floor(bodyRows * 0.4));
}

/** Table rows without the heading. */
export function tablePage(state: ScreenState): number {
  return Math.max(1, layoutOf(state).tableRows - 1);
}

export interface ChartGrid {
  readonly across: number;
  readonly down: number;
}

const CHART_COLUMNS_MIN = 38;
const CHART_ROWS_MIN = 8;

/** As many charts as can be read, at most as many as there are. */
export function chartGrid(
  { columns, rows }: { readonly columns: number; readonly rows: number },
  charts: number,
): ChartGrid {
  const acrossMost = Math.max(1, Math.floor(columns / CHART_COLUMNS_MIN));
  const downMost = Math.max(1, Math.floor(rows / CHART_ROWS_MIN));
  const across = Math.min(acrossMost, Math.max(1, Math.ceil(Math.sqrt(charts))));
  return { across, down: Math.min(downMost, Math.max(1, Math.ceil(charts / across))) };
}
