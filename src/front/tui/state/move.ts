// Moving: over runs, lines, charts and events, whichever the screen is of. Pure.
import { groupsOf, selectedRun, shownRuns } from '../table/shown-runs.ts';
import { chartNames } from './chart-names.ts';
import { layoutOf, logRows, tablePage } from './layout.ts';
import { bottomIndex, shownLines } from './log-lines.ts';
import type { ScreenState } from './screen-state.ts';

const AN_END = 1e9;

export const MOVES = ['up', 'down', 'page-up', 'page-down', 'first', 'last'] as const;
export type Move = (typeof MOVES)[number];

export function move(state: ScreenState, how: Move): ScreenState {
  const page = pageOf(state);
  const by = { up: -1, down: 1, 'page-up': -page, 'page-down': page, first: -AN_END, last: AN_END }[how];
  switch (state.screen) {
    case 'overview':
      return moveRun(state, by);
    case 'logs':
    case 'run':
      return moveLines(state, by);
    case 'charts':
      return moveChart(state, by);
    case 'events':
      return moveEvents(state, by);
  }
}

function pageOf(state: ScreenState): number {
  switch (state.screen) {
    case 'overview':
      return tablePage(state);
    case 'logs':
    case 'run':
      return logRows(state);
    case 'charts':
      return 4;
    case 'events':
      return layoutOf(state).bodyRows - 1;
  }
}

/** Another run: what was scrolled, zoomed or chosen of the one before means nothing for it. */
export function moveRun(state: ScreenState, by: number): ScreenState {
  const runs = shownRuns(state);
  const at = Math.max(
    0,
    runs.findIndex(({ key }) => key === selectedRun(state)?.key),
  );
  const next = runs[Math.min(Math.max(0, at + by), runs.length - 1)];
  if (!next || next.key === state.selectedKey) return state;
  return { ...state, selectedKey: next.key, log: { ...state.log, anchorSeq: null } };
}

export function moveLines(state: ScreenState, by: number): ScreenState {
  const run = selectedRun(state);
  if (!run || state.log.scope === 'all') return state;
  const lines = shownLines(state, run.key);
  const bottom = bottomIndex(lines, state.log.anchorSeq);
  // The first page stays whole at the top.
  const least = Math.min(lines.length, logRows(state));
  const next = Math.min(Math.max(least, bottom + by), lines.length);
  const anchorSeq = next >= lines.length ? null : (lines[next - 1]?.seq ?? null);
  return { ...state, selectedKey: run.key, log: { ...state.log, anchorSeq } };
}

export function moveChart(state: ScreenState, by: number): ScreenState {
  const run = selectedRun(state);
  if (!run) return state;
  const count = chartNames(run).length;
  const index = Math.min(Math.max(0, state.charts.index + by), count - 1);
  return { ...state, charts: { ...state.charts, index } };
}

function moveEvents(state: ScreenState, by: number): ScreenState {
  const most = Math.max(0, state.events.length - 1);
  // Newest at the top: down is older.
  return { ...state, eventScroll: Math.min(Math.max(0, state.eventScroll + by), most) };
}

/** All, then each group in order, then all again. */
export function moveGroup(state: ScreenState, by: 1 | -1): ScreenState {
  const choices: (string | null)[] = [null, ...groupsOf(state)];
  const at = Math.max(0, choices.indexOf(state.group));
  const group = choices[(at + by + choices.length) % choices.length] ?? null;
  return { ...state, group };
}
