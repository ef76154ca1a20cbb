// Rentals as they are kept: their tables, their labels, and changes that cannot be lost or made twice.
export { accountOf } from './account-name.ts';
export { freeMachine } from './free-machine.ts';
export { type Account, knownAccount } from './known-account.ts';
export { type Install, type LabelFacts, makeLabel, makeNonce, type Ownership, readLabel } from './label.ts';
export { rentalMigrations } from './migrations.ts';
export { newRental } from './new-rental.ts';
export {
  type Attempt,
  type Launch,
  OVER_STATUSES,
  RENTAL_KINDS,
  RENTAL_STATUSES,
  type Receipt,
  type Rental,
  type RentalKind,
  type RentalStatus,
  reckonedCost,
  type Terms,
} from './rental.ts';
export { factsOf, launchOf, termsFrom } from './rental-of-instance.ts';
export {
  createRentalRecords,
  type RentalChange,
  RentalChangedError,
  type RentalFilter,
  type RentalRecords,
} from './rental-records.ts';
export type { RentalTables } from './tables.ts';
