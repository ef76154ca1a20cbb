// The only door to spending. Knows nothing of what is bought.
export { dollarsUp, exactUsd } from './amounts.ts';
export type { CostsQuery } from './costs.ts';
export {
  createEffects,
  type Effects,
  type EffectsOptions,
  EffectTakenError,
  type UnresolvedEffect,
} from './effects.ts';
export {
  AlreadySpentError,
  DeniedError,
  IntentChangedError,
  ReservationEndedError,
  UnknownReservationError,
  UnreadableLimitError,
} from './errors.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger.ts';
export { ledgerMigrations } from './schema.ts';
export { capId, scopeId } from './scopes.ts';
export type { Accrual } from './spending.ts';
export {
  type BudgetRow,
  CAP_SCOPES,
  CAP_WINDOWS,
  type Cap,
  type CapKey,
  type CapScope,
  type CapWindow,
  type Charges,
  type CostRow,
  type Effect,
  type HaltState,
  type Income,
  type Intent,
  LIMIT_TYPES,
  type Limit,
  type LimitRow,
  type LimitType,
  RESERVATION_STATUSES,
  type Reservation,
  type ReservationState,
  type ReservationStatus,
  type ReserveResult,
  type Scope,
  type StoredCharges,
} from './types.ts';
export { dateIn, windowStart } from './windows.ts';
