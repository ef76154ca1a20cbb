// What the routes answer from. The same handlers serve a socket of the daemon and a process that calls them directly: there
// only what reads the store is open, and what needs the service is opened by the first route that asks for it.
import type { Ledger } from '../../base/ledger/index.ts';
import type { Clock, Log, Secret } from '../../base/std/index.ts';
import type { Store } from '../../base/store/index.ts';
import type { VastClient } from '../../net/vast/index.ts';
import type { JobRecords, Jobs, KeptFiles } from '../../rent/jobs/index.ts';
import type { Monitor } from '../../rent/monitor/index.ts';
import type { AccountWatcher, Install, RentalController, RentalRecords } from '../../rent/rental/index.ts';
import type { PartHealth, StoredPoll } from '../app/index.ts';
import type { EventHub } from './events/event-hub.ts';
import type { MarketAnswer } from './protocol.ts';

export interface HttpTokens {
  /** May do everything. */
  readonly full: Secret;
  /** May read. */
  readonly read: Secret;
}

/** What asks the service, for the account that the key opens. */
export interface Service {
  readonly account: string;
  readonly client: VastClient;
  readonly watcher: AccountWatcher;
  readonly controller: RentalController;
}

export interface HttpDeps {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly records: RentalRecords;
  readonly jobRecords: JobRecords;
  /** Where logs and results of jobs are on this computer. */
  readonly jobFiles: KeptFiles;
  /** Read when it is asked for: what needs it not goes on when its file is damaged. */
  readonly install: () => Install;
  /** Undefined while nobody knows which account the key opens: there is no key, or it was never used. */
  readonly account: () => string | undefined;
  /** Of the service. */
  readonly baseUrl: string;
  /** Rejects with UsageError where there is no key, and with the errors of the first question to the service. */
  readonly service: () => Promise<Service>;
  /** What acts on jobs; a daemon without them answers 503 to what is asked of them. */
  readonly jobs: (() => Promise<Jobs>) | undefined;
  /** Undefined where none runs: 503 as well. */
  readonly monitor: (() => Promise<Monitor>) | undefined;
  readonly market: () => Promise<MarketAnswer>;
  /** Of the collector of this process; undefined before its first. */
  readonly latestPoll: () => StoredPoll | undefined;
  /** None in a process that is no daemon. */
  readonly parts: () => readonly PartHealth[];
  readonly hub: EventHub;
  readonly tokens: HttpTokens;
  /** Names beside IP addresses and `localhost` by which it is reached: a page that has made its own name point here is not among them. */
  readonly hostNames: readonly string[];
  readonly version: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly log: Log;
}
