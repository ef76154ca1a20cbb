// The terminal monitor: runs, their logs, charts and cost on one screen.
export { type ActPlan, RUN_ACTS, type RunAct, type RunActs } from './acts.ts';
export { COLOUR_DEPTHS, type ColourDepth } from './look/paint.ts';
export { type TerminalLook, terminalLook } from './look/terminal-look.ts';
export type { Whose } from './panels/pen.ts';
export { type PlainTopOptions, runPlainTop } from './plain/run-plain-top.ts';
export { type TableTextOptions, tableText } from './plain/table-text.ts';
export { runTop, type SavedScreen, type TopOptions, type TopTerminal } from './run-top.ts';
export { holdWrites } from './terminal/hold-writes.ts';
export { troubledMonitor } from './troubled-monitor.ts';
