// The monitor: what every run of an account does, from its machine, its lines and the account itself.

export { connectInTurn } from './connect-in-turn.ts';
export { createMonitor, NoSuchRunError } from './create-monitor.ts';
export { findKeptRun, type KeptRun, readKeptRuns } from './kept/kept-runs.ts';
export { runConfigOf } from './kept/run-config.ts';
export { type NameFigures, type RunFigures, readRunFigures } from './kept/run-figures.ts';
export type { Monitor, MonitorListener, RunEvent, ShownLine } from './monitor-api.ts';
export type { MonitorOptions, NamedRun, RunRules } from './monitor-options.ts';
export {
  type GpuReading,
  LINE_SOURCES,
  type LineSource,
  type MonitorTotals,
  type MonitorView,
  type Reading,
  RUN_STATUSES,
  type RunStatus,
  type RunView,
} from './run-view.ts';
export { type SampleMonitorOptions, sampleMonitor } from './sample/sample-monitor.ts';
export { selectRuns } from './select-runs.ts';
export { monitorMigrations } from './tables.ts';
export { INTERVAL_MS, NoOtherSourceError } from './tracked-run.ts';
