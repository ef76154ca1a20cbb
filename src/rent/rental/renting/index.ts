// Renting as a transaction: claims, the one create, and what to do when nobody knows whether it happened.
export { AccountUnknownError, NoCapacityError, RentError, RentInDoubtError } from './errors.ts';
export {
  type FindOptions,
  type Found,
  findAgain,
  findCandidates,
  type LeaseTerms,
  searchOffers,
} from './find-candidates.ts';
export {
  type Candidate,
  createRenter,
  type Renter,
  type RenterOptions,
  type RentRequest,
  reservationKey,
} from './renter.ts';
export { type DoubtOptions, type DoubtStep, resolveDoubt } from './resolve-doubt.ts';
