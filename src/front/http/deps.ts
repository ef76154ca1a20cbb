// What the routes answer from. The same handlers serve a socket of the daemon and a process that calls them directly.
import type { Ledger } from '../../base/ledger/index.ts';
import type { Clock, Log, Secret } from '../../base/std/index.ts';
import type { Store } from '../../base/store/index.ts';
import type { JobRecords, Jobs } from '../../rent/jobs/index.ts';
import type { Monitor } from '../../rent/monitor/index.ts';
import type { Install, RentalRecords } from '../../rent/rental/index.ts';
import type { PartHealth, StoredPoll } from '../app/index.ts';
import type { EventHub } from './events/event-hub.ts';
import type { MarketAnswer } from './protocol.ts';

export interface HttpTokens {
  /** May do everything. */
  readonly full: Secret;
  /** May read. */
  readonly read: Secret;
}

export interface HttpDeps {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly records: RentalRecords;
  readonly install: Install;
  readonly account: string;
  /** Of the service. */
  readonly baseUrl: string;
  /** A daemon without them answers 503 to what is asked of them. */
  readonly jobs: { readonly jobs: Jobs; readonly records: JobRecords } | undefined;
  readonly monitor: Monitor | undefined;
  readonly market: () => Promise<MarketAnswer>;
  /** Of the collector of this process; undefined before its first. */
  readonly latestPoll: () => StoredPoll | undefined;
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
