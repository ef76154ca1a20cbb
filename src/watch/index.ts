// The market, as a library: `vastdeck/market`. Collect it, keep it, read it, report on it.
export {
  type Collector,
  type CollectorEvents,
  type CollectorOptions,
  checkInterval,
  createCollector,
  type PollReport,
} from './collector/index.ts';
export {
  attachSql,
  type ExportOptions,
  type ExportResult,
  exportMarket,
  type ImportOptions,
  type ImportResult,
  importMarket,
  recognizeStore,
} from './exchange/index.ts';
export {
  type CheckResult,
  CorruptStoreError,
  checkMarket,
  type MarketFacts,
  type MarketReader,
  type MarketWriter,
  marketFacts,
  NewerStoreError,
  type Observation,
  type Origin,
  OriginMismatchError,
  openMarketReader,
  openMarketWriter,
  type PollInput,
  type SliceRecord,
  StoreError,
  StoreFullError,
  StoreHeldError,
  StoreNotWritableError,
} from './history/index.ts';
export { RECIPES, runRecipe, runSql, type SqlAnswer, SqlError } from './queries/index.ts';
export {
  type Report,
  ReportOptionError,
  type ReportOptions,
  reportNeeds,
  runReport,
} from './reports/index.ts';
