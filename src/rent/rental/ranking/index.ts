// Which offer finishes cheapest, which bid, and how much to set aside for it. Pure: no clock, no network, no store.
export {
  type BidRow,
  type BidTable,
  type BidTableOptions,
  bidTable,
} from './bid-table.ts';
export {
  type CheckpointTerms,
  dalyIntervalS,
  expectedWork,
  type PlannedWork,
  planWork,
  type WorkPlan,
  type WorkTime,
  youngIntervalS,
} from './checkpoint.ts';
export { CONSTRAINT_NAMES, type ConstraintName } from './constraint.ts';
export type { CostParts, Estimate } from './estimate.ts';
export { type HazardTerms, hazardPerHour } from './hazard.ts';
export type { FactsLookup, HostFacts, KnownFacts } from './host-facts.ts';
export {
  type Checkpoint,
  type Image,
  type Need,
  NeedError,
  type Purpose,
  RENTAL_TYPES,
  type RentalType,
  VERIFICATION_WISHES,
  type VerificationWish,
} from './need.ts';
export { describeExcluded, NoOfferError } from './no-offer.ts';
export {
  type Excluded,
  type RankedOffer,
  type Ranking,
  type RankOptions,
  type RunnerUp,
  rankOffers,
} from './rank-offers.ts';
export {
  DESTROY_INTERVAL_MS,
  type PriceTerms,
  type ReservationRequest,
  reservationFor,
  type WorstCost,
} from './reservation.ts';
export type { Speed } from './speed.ts';
