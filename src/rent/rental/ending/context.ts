// What everything in this folder works with.
import type { Effect, Ledger } from '../../../base/ledger/index.ts';
import type { Clock, Log, Random } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { Alert } from '../../../net/notify/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { Install, RentalRecords } from '../records/index.ts';
import type { AccountWatcher } from '../watcher/index.ts';
import type { EndingPolicy } from './policy.ts';

export interface EndingContext {
  readonly account: string;
  readonly install: Install;
  readonly client: Pick<VastClient, 'instances' | 'billing' | 'schedule'>;
  readonly watcher: Pick<AccountWatcher, 'refresh' | 'lookup' | 'completeSince' | 'seenWithLabel'>;
  readonly records: RentalRecords;
  readonly ledger: Pick<Ledger, 'reserve' | 'raise' | 'settle' | 'release' | 'listOpenReservations'>;
  readonly effect: Effect;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told as long as the condition lasts; whoever takes them says each once. */
  readonly alert: (alert: Alert) => Promise<unknown>;
  readonly policy: EndingPolicy;
}
