// The account as it is: listings that may be believed, and what changed between them.
export type { Generation } from './account-book.ts';
export {
  type AccountWatcher,
  type AccountWatcherOptions,
  createAccountWatcher,
  type RefreshOptions,
} from './account-watcher.ts';
export { INSTANCE_STATUSES, type InstanceStatus, statusOf } from './instance-status.ts';
export { type Expectation, judgeListing, type ListingVerdict } from './judge-listing.ts';
