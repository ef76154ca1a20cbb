// The state store: one set of queries on SQLite and PostgreSQL, with events, terms and the shared limiter.
export {
  CorruptStoreError,
  NewerStoreError,
  StoreBusyError,
  StoreError,
  StoreFullError,
  StoreNotWritableError,
  StoreUnreachableError,
} from './errors.ts';
export {
  appendEvents,
  type EventFilter,
  followEvents,
  lastEventSeq,
  type NewEvent,
  pruneEvents,
  readEventsSince,
  type StoredEvent,
} from './events.ts';
export { storeLimiterStore } from './limiter-store.ts';
export type { StoreMigration } from './migrations.ts';
export { type Processes, processExists, processStart, systemProcesses } from './processes.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export type { StoreDb, StoreDialect, StoreTables, StoreTransaction } from './tables.ts';
export {
  type AcquireTermResult,
  assertTerm,
  createTerms,
  type Term,
  TermLostError,
  type Terms,
} from './terms.ts';
