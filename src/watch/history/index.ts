// The market store: a journal of changes, sealed into Parquet, read through DuckDB.
export {
  CorruptStoreError,
  NewerStoreError,
  OriginMismatchError,
  StoreError,
  StoreFullError,
  StoreHeldError,
  type StoreHolder,
  StoreNotWritableError,
} from './journal/errors.ts';
export { createRowPacker, type RowPacker } from './journal/pack-rows.ts';
export type { PackedRows } from './journal/packed-rows.ts';
export { FACET_NAMES, FACETS, type FacetName } from './journal/schema.ts';
export { readStoreFile } from './journal/store-file.ts';
export {
  type AppendResult,
  AVAILABILITIES,
  type Availability,
  type CoverageKey,
  type Flag,
  type Observation,
  type OpenOffer,
  type Origin,
  type PackedPoll,
  type PollInput,
  type SliceRecord,
} from './observation.ts';
export { type CheckResult, checkMarket } from './reader/check-market.ts';
export { type MarketFacts, marketFacts } from './reader/market-facts.ts';
export { offerRows } from './reader/offer-sql.ts';
export { type MarketReader, openMarketReader } from './reader/open-reader.ts';
export { type StoreOutline, storeOutline } from './reader/store-outline.ts';
export { MANIFEST_NAME, readManifest } from './segments/manifest.ts';
export { decodedColumns } from './segments/parquet-layout.ts';
export { pollsQuery } from './segments/span-views.ts';
export { type MarketWriter, openMarketWriter } from './writer.ts';
