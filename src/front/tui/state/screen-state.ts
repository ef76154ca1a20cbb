// All that the screen shows comes from this one value: what the monitor said last, and what the person has chosen.
import type { MonitorView, RunEvent, RunView, ShownLine } from '../../../rent/monitor/index.ts';
import type { RunMetric } from '../../../rent/training/index.ts';
import type { RunAct } from '../acts.ts';
import { WHOLE, type Window, type YScale } from '../chart/scale.ts';
import { COLUMN_NAMES, type ColumnName } from '../table/column-names.ts';
import type { Sample } from './samples.ts';

export const SCREENS = ['overview', 'logs', 'charts', 'events', 'run'] as const;
export type Screen = (typeof SCREENS)[number];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface LogPanel {
  readonly scope: 'one' | 'all';
  /** Null follows the newest line; else the line at the bottom of the panel. */
  readonly anchorSeq: number | null;
  readonly isWrapped: boolean;
  readonly search: string;
  readonly filter: string;
}

export interface ChartPanel {
  /** Which of the charts is chosen. */
  readonly index: number;
  readonly isEnlarged: boolean;
  readonly window: Window;
  readonly scale: YScale;
  readonly smoothing: number;
}

export const PROMPTS = ['filter', 'search', 'log-filter', 'label'] as const;
export type PromptKind = (typeof PROMPTS)[number];

export interface PlannedAct {
  readonly key: string;
  readonly name: string;
  readonly kind: 'possible' | 'refused';
  readonly sentence: string;
  /** What an hour costs less after it; null where nobody knows. */
  readonly savesPerHour: number | null;
}

/** What lies over the screen; keys go to it first. */
export type Overlay =
  | { readonly kind: 'help'; readonly scroll: number }
  | { readonly kind: 'columns'; readonly index: number }
  | {
      readonly kind: 'prompt';
      readonly prompt: PromptKind;
      readonly text: string;
      /** What was there before, which Escape brings back. */
      readonly before: string;
    }
  | {
      readonly kind: 'confirm';
      readonly act: RunAct;
      readonly keys: readonly string[];
      readonly label?: string | undefined;
      /** Null while it is asked what it would do and cost. */
      readonly plans: readonly PlannedAct[] | null;
    }
  | {
      readonly kind: 'doing';
      readonly act: RunAct;
      readonly told: readonly { readonly isGood: boolean; readonly sentence: string }[];
      readonly isDone: boolean;
    };

export interface Message {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad';
  readonly atMs: number;
}

export interface ScreenState {
  readonly size: Size;
  readonly nowMs: number;
  readonly view: MonitorView;
  readonly screen: Screen;
  readonly overlay: Overlay | null;
  readonly selectedKey: string | null;
  readonly marks: ReadonlySet<string>;
  readonly filter: string;
  /** Null: all. */
  readonly group: string | null;
  readonly sort: { readonly column: ColumnName | null; readonly isDescending: boolean };
  readonly columns: readonly ColumnName[];
  readonly isPaused: boolean;
  readonly isRefreshing: boolean;
  readonly log: LogPanel;
  /** Newest last. */
  readonly lines: ReadonlyMap<string, readonly ShownLine[]>;
  /** Lines up to this one were cleared away. */
  readonly clearedSeq: ReadonlyMap<string, number>;
  /** Runs whose kept logs have been read to their beginning. */
  readonly wholeLogs: ReadonlySet<string>;
  readonly charts: ChartPanel;
  /** By `seriesKey`. */
  readonly series: ReadonlyMap<string, readonly RunMetric[]>;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Newest last. */
  readonly events: readonly RunEvent[];
  readonly eventScroll: number;
  readonly message: Message | null;
}

export interface StateOptions {
  readonly view: MonitorView;
  readonly size: Size;
  readonly nowMs: number;
  readonly group?: string | undefined;
}

export function startState({ view, size, nowMs, group }: StateOptions): ScreenState {
  return {
    size,
    nowMs,
    view,
    screen: 'overview',
    overlay: null,
    selectedKey: null,
    marks: new Set(),
    filter: '',
    group: group ?? null,
    sort: { column: null, isDescending: false },
    // All of them: a window that is too narrow loses those of least importance.
    columns: COLUMN_NAMES,
    isPaused: false,
    isRefreshing: false,
    log: { scope: 'one', anchorSeq: null, isWrapped: false, search: '', filter: '' },
    lines: new Map(),
    clearedSeq: new Map(),
    wholeLogs: new Set(),
    charts: { index: 0, isEnlarged: false, window: WHOLE, scale: 'linear', smoothing: 0 },
    series: new Map(),
    samples: new Map(),
    events: [],
    eventScroll: 0,
    message: null,
  };
}

export function seriesKey(key: string, name: string): string {
  return `${key}\n${name}`;
}

export function runOf(state: ScreenState, key: string): RunView | undefined {
  return state.view.runs.find((run) => run.key === key);
}
