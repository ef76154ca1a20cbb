// Import, export and attach of the market store.
export { attachSql, NothingToAttachError } from './attach-sql.ts';
export { ExportTargetError, ImportProofError, ImportSourceError } from './errors.ts';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportOptions,
  type ExportResult,
  exportMarket,
} from './export/export-market.ts';
export type { ExportFilter } from './export/selection.ts';
export { type ImportOptions, type ImportResult, type ImportStage, importMarket } from './import-market.ts';
export type { ImportProof } from './import-proof.ts';
export type { Progress } from './progress.ts';
export { importCommand, type RecognizedStore, recognizeStore, type StoreKind } from './recognize-store.ts';
