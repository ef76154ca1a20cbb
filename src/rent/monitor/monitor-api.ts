// What a screen does with a monitor: ask for the present view, hear when it changed, say what somebody looks at.
import type { RunMetric } from '../training/index.ts';
import type { MonitorView, RunView } from './run-view.ts';

/** One line of a run's log as a person reads it: without ANSI codes, carriage returns resolved. */
export interface ShownLine {
  /** Grows by one with each line of a run that the monitor has seen. */
  readonly seq: number;
  readonly attempt: number;
  readonly atMs: number;
  readonly text: string;
}

/** Something that happened to a run, for the events panel and for alerts. */
export interface RunEvent {
  readonly key: string;
  readonly name: string;
  readonly atMs: number;
  readonly kind:
    | 'status'
    | 'epoch'
    | 'done'
    | 'failed'
    | 'diverged'
    | 'hung'
    | 'finished-but-billing'
    | 'healthy'
    | 'source';
  readonly sentence: string;
}

export interface MonitorListener {
  /** The view is another one than before; called at most once a tick. */
  readonly onView?: (view: MonitorView) => void;
  /** New lines of a run, once for each. */
  readonly onLines?: (run: RunView, lines: readonly ShownLine[]) => void;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface Monitor {
  view(): MonitorView;
  /** Returns how to stop hearing. */
  listen(listener: MonitorListener): () => void;
  /** The newest lines of a run, oldest first; from those in memory, then from kept logs. */
  lines(key: string, limit: number): Promise<readonly ShownLine[]>;
  /** Points of one figure for a chart. */
  series(key: string, name: string, options: { readonly maxPoints: number }): Promise<readonly RunMetric[]>;
  /**
   * Those that somebody looks at are sampled at every interval, the others more rarely; the account is listed at every
   * interval while anything is named, also what no run is called.
   */
  lookAt(keys: readonly string[]): void;
  /** Everything is asked again now. */
  refresh(): Promise<void>;
  /** Goes to the next source of lines that there is for the run, and says which. */
  nextSource(key: string): Promise<string>;
  /** Nothing new is asked until it is undone; the view grows old and says so. */
  setPaused(isPaused: boolean): void;
  /** Collects until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}
