// The end of rentals: destroyed means seen gone, and nothing is forgotten, not even by a controller that is dead.
export {
  type CollectOptions,
  ORPHAN_STATES,
  type OrphanReport,
  type OrphanRow,
  type OrphanState,
} from './collect-orphans.ts';
export {
  type DeadManOptions,
  deadManScript,
  RESTART_GRACE_MS,
  SWITCH_FOLDER,
} from './dead-man-script.ts';
export type { Refusal } from './destroy-once.ts';
export { createEnder, type Ender, type EnderOptions } from './ender.ts';
export { type EndDue, type EndsDueOptions, endsDue } from './ends-due.ts';
export { endingMigrations } from './migrations.ts';
export { findOrphans, ORPHAN_KINDS, type Orphan, type OrphanFacts, type OrphanKind } from './orphans.ts';
export { CannotParkError, type ParkedRow, type UndoResult } from './park.ts';
export { ENDING_POLICY, type EndingPolicy } from './policy.ts';
export type { RecoverOptions, RecoverReport, RecoverRow } from './recover.ts';
export type { RedRow } from './red-list.ts';
export type { RenewResult } from './renew.ts';
export type { EndingStep } from './step-rental.ts';
export { readUntil, UntilNotWrittenError, writeUntil } from './until-file.ts';
