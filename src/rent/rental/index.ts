// Rentals: from the intent to the confirmed end.
export {
  AmbiguousTargetError,
  type Audit,
  audit,
  type CostReport,
  costReport,
  NoSuchTargetError,
  noteCredit,
  type Ps,
  type PsRow,
  readPs,
  readWhy,
  resolveInstance,
  type Target,
  type Why,
  type WhyOptions,
} from './account/index.ts';
export type { AccountView } from './account-view.ts';
export {
  type Booter,
  type BootStep,
  type ConnectInstance,
  createBooter,
  createInstanceConnector,
  InstanceStartError,
  onstartKeyLine,
  SshConnectError,
  saveDiagnostics,
} from './booting/index.ts';
export {
  createRentalController,
  type RentalController,
  type StepOptions,
  type StepResult,
} from './controller/index.ts';
export {
  CannotParkError,
  createEnder,
  deadManScript,
  ENDING_POLICY,
  type Ender,
  type EndingPolicy,
  type OrphanRow,
  type RecoverRow,
  type RedRow,
  type UndoResult,
} from './ending/index.ts';
export {
  ADOPTED_GRACE_MS,
  adopt,
  CannotHandleError,
  destroyForeign,
  type Entered,
  enterInstance,
  installSwitch,
  noteEntered,
  planAdoption,
  planRebid,
  rebid,
  recycleByHand,
  relabel,
  startByHand,
  stopByHand,
} from './handling/index.ts';
export {
  bootObservation,
  createHostMemory,
  type HostMemory,
  type MemoryRow,
  type ProbeReport,
  probeObservations,
  probeShell,
  watchHosts,
} from './memory/index.ts';
export { rentMigrations } from './migrations.ts';
export {
  type BidTable,
  bidTable,
  type FactsLookup,
  type Need,
  NeedError,
  NoOfferError,
  type Ranking,
  rankOffers,
} from './ranking/index.ts';
export {
  type Account,
  accountOf,
  createRentalRecords,
  type Install,
  type Launch,
  makeLabel,
  type Rental,
  RentalChangedError,
  type RentalRecords,
  type RentalStatus,
  readLabel,
  reckonedCost,
  type Terms,
} from './records/index.ts';
export {
  AccountUnknownError,
  type Candidate,
  createRenter,
  findAgain,
  findCandidates,
  type LeaseTerms,
  NoCapacityError,
  RentError,
  type Renter,
  RentInDoubtError,
} from './renting/index.ts';
export {
  type AccountWatcher,
  createAccountWatcher,
  type InstanceStatus,
  statusOf,
} from './watcher/index.ts';
