// What a command changes on the screen. Pure; what a command does to the world stands in app/do-command.ts.
import { pan, WHOLE, zoomIn, zoomOut } from '../chart/scale.ts';
import type { Command } from '../keys/key-table.ts';
import { COLUMN_NAMES } from '../table/column-names.ts';
import { selectedRun, shownRuns } from '../table/shown-runs.ts';
import { shownLines } from './log-lines.ts';
import { MOVES, type Move, move, moveChart, moveGroup, moveRun } from './move.ts';
import type { PromptKind, Screen, ScreenState } from './screen-state.ts';
import { searchLines } from './search-lines.ts';

const SMOOTHINGS = [0, 0.6, 0.9, 0.97];

export function obey(state: ScreenState, command: Command): ScreenState {
  if (isMove(command)) return move(state, command);
  const { charts, log, sort } = state;
  switch (command) {
    case 'run-before':
      return moveRun(state, -1);
    case 'run-after':
      return moveRun(state, 1);
    case 'group-after':
      return moveGroup(state, 1);
    case 'group-before':
      return moveGroup(state, -1);
    case 'open':
      if (state.screen === 'charts')
        return { ...state, charts: { ...charts, isEnlarged: !charts.isEnlarged } };
      return show(state, 'run');
    case 'back':
      return back(state);
    case 'show-overview':
      return show(state, 'overview');
    case 'show-logs':
      return show(state, 'logs');
    case 'show-charts':
      return show(state, 'charts');
    case 'show-events':
      return show(state, 'events');
    case 'show-run':
      return show(state, 'run');
    case 'filter':
      return prompt(state, 'filter', state.filter);
    case 'search':
      // A new search begins anew; a filter is rather made narrower.
      return prompt(state, 'search', log.search, '');
    case 'log-filter':
      return prompt(state, 'log-filter', log.filter);
    case 'sort-column':
      return { ...state, sort: { ...sort, column: nextSort(state) } };
    case 'sort-direction':
      return { ...state, sort: { ...sort, isDescending: !sort.isDescending } };
    case 'choose-columns':
      return { ...state, overlay: { kind: 'columns', index: 0 } };
    case 'mark':
      return moveRun(toggleMark(state), 1);
    case 'mark-all':
      return { ...state, marks: new Set(shownRuns(state).map(({ key }) => key)) };
    case 'unmark-all':
      return { ...state, marks: new Set() };
    case 'follow':
      return follow(state);
    case 'wrap':
      return { ...state, log: { ...log, isWrapped: !log.isWrapped } };
    case 'match-after':
      return searchLines(state, 'older');
    case 'match-before':
      return searchLines(state, 'newer');
    case 'log-scope':
      return { ...state, log: { ...log, scope: log.scope === 'one' ? 'all' : 'one', anchorSeq: null } };
    case 'clear-logs':
      return clearLogs(state);
    case 'chart-before':
      return moveChart(state, -1);
    case 'chart-after':
      return moveChart(state, 1);
    case 'zoom-in':
      return { ...state, charts: { ...charts, window: zoomIn(charts.window) } };
    case 'zoom-out':
      return { ...state, charts: { ...charts, window: zoomOut(charts.window) } };
    case 'pan-older':
      return { ...state, charts: { ...charts, window: pan(charts.window, 'older') } };
    case 'pan-newer':
      return { ...state, charts: { ...charts, window: pan(charts.window, 'newer') } };
    case 'log-scale':
      return { ...state, charts: { ...charts, scale: charts.scale === 'log' ? 'linear' : 'log' } };
    case 'smoothing':
      return { ...state, charts: { ...charts, smoothing: nextSmoothing(charts.smoothing) } };
    case 'help':
      return { ...state, overlay: { kind: 'help', scroll: 0 } };
    default:
      return state;
  }
}

function isMove(command: Command): command is Move {
  return (MOVES as readonly string[]).includes(command);
}

function show(state: ScreenState, screen: Screen): ScreenState {
  return { ...state, screen, selectedKey: selectedRun(state)?.key ?? null };
}

function prompt(state: ScreenState, kind: PromptKind, before: string, text = before): ScreenState {
  return { ...state, overlay: { kind: 'prompt', prompt: kind, text, before } };
}

/** One thing at a time, the nearest first. */
function back(state: ScreenState): ScreenState {
  if (state.screen === 'charts' && state.charts.isEnlarged) {
    return { ...state, charts: { ...state.charts, isEnlarged: false } };
  }
  if (state.screen !== 'overview') return { ...state, screen: 'overview' };
  if (state.log.filter !== '' || state.log.search !== '') {
    return { ...state, log: { ...state.log, filter: '', search: '' } };
  }
  if (state.filter !== '') return { ...state, filter: '' };
  if (state.marks.size > 0) return { ...state, marks: new Set() };
  return { ...state, message: null, charts: { ...state.charts, window: WHOLE } };
}

/** After the last one none: as the monitor has them. */
function nextSort({ sort, columns }: ScreenState) {
  const sortable = COLUMN_NAMES.filter((name) => columns.includes(name));
  const at = sort.column === null ? -1 : sortable.indexOf(sort.column);
  return sortable[at + 1] ?? null;
}

function nextSmoothing(now: number): number {
  return SMOOTHINGS[(SMOOTHINGS.indexOf(now) + 1) % SMOOTHINGS.length] ?? 0;
}

function toggleMark(state: ScreenState): ScreenState {
  const run = selectedRun(state);
  if (!run) return state;
  const marks = new Set(state.marks);
  if (!marks.delete(run.key)) marks.add(run.key);
  return { ...state, selectedKey: run.key, marks };
}

function follow(state: ScreenState): ScreenState {
  const run = selectedRun(state);
  if (!run) return state;
  const newest = shownLines(state, run.key).at(-1)?.seq ?? null;
  const anchorSeq = state.log.anchorSeq === null ? newest : null;
  return { ...state, selectedKey: run.key, log: { ...state.log, anchorSeq } };
}

/** Of what is seen: one run, or all. New lines come as before; kept logs are untouched. */
function clearLogs(state: ScreenState): ScreenState {
  const run = selectedRun(state);
  const keys = state.log.scope === 'all' ? [...state.lines.keys()] : run ? [run.key] : [];
  const clearedSeq = new Map(state.clearedSeq);
  for (const key of keys) {
    const newest = state.lines.get(key)?.at(-1)?.seq;
    if (newest !== undefined) clearedSeq.set(key, newest);
  }
  return { ...state, clearedSeq, log: { ...state.log, anchorSeq: null } };
}
