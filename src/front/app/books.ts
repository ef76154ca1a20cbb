// The ledger and the records of rentals, which need neither a key nor a network; most commands open nothing else.
import { createLedger, type Ledger } from '../../base/ledger/index.ts';
import type { Clock, Log, Random } from '../../base/std/index.ts';
import type { Store } from '../../base/store/index.ts';
import { createRentalRecords, type RentalRecords } from '../../rent/rental/index.ts';
import { openStateStore } from './state-store.ts';

export interface Books extends AsyncDisposable {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly records: RentalRecords;
}

export interface BooksOptions {
  /** A file or a `postgres://` URL. */
  readonly stateUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export async function openBooks({ stateUrl, clock, random, log }: BooksOptions): Promise<Books> {
  const store = await openStateStore({ stateUrl, clock, log });
  return {
    store,
    ledger: createLedger({ store, random: random.fork('ledger'), log }),
    records: createRentalRecords(store),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
