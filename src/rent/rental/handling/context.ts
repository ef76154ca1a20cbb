// What a person's acts on one instance work with.
import type { Ledger } from '../../../base/ledger/index.ts';
import type { Clock, Log, Random } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { ConnectInstance } from '../booting/index.ts';
import type { Ender } from '../ending/index.ts';
import type { Install, RentalRecords } from '../records/index.ts';
import type { AccountWatcher } from '../watcher/index.ts';

export interface HandlingContext {
  readonly account: string;
  readonly install: Install;
  readonly client: Pick<VastClient, 'instances' | 'baseUrl'>;
  readonly watcher: Pick<AccountWatcher, 'refresh' | 'lookup' | 'completeSince'>;
  readonly records: RentalRecords;
  readonly ledger: Pick<Ledger, 'reserve' | 'raise' | 'release' | 'findReservation' | 'listOpenReservations'>;
  readonly ender: Pick<Ender, 'undo' | 'renew' | 'scheduleBackstop'>;
  readonly connect: ConnectInstance;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What was asked for cannot be done to this instance; the message says why and what to do instead. */
export class CannotHandleError extends Error {
  override name = 'CannotHandleError';
}
