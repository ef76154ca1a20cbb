// Reports on a market store, as data: what the command line prints, and what the library gives.
export {
  type DailyHistory,
  type DailyHistoryOptions,
  type DailySeries,
  dailyHistory,
  dayText,
} from './daily-history.ts';
export { type ReportNeed, reportNeeds } from './needs.ts';
export {
  type Cell,
  type Column,
  type ColumnKind,
  dataBatches,
  dataColumns,
  GAP_RULES,
  type GapRule,
  GROUPINGS,
  type Grouping,
  REPORT_MODES,
  type Report,
  type ReportHeader,
  type ReportMode,
  ReportOptionError,
  type ReportOptions,
  type Row,
  STATE_BASES,
  type StateBasis,
} from './report.ts';
export { type ReportContext, runReport } from './run-report.ts';
export type { ReportSource } from './source.ts';
