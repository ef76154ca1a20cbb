// The state store with the tables of every folder. Whoever opens it knows them all, or would take it for a newer one.
import { ledgerMigrations } from '../../base/ledger/index.ts';
import type { Clock, Log } from '../../base/std/index.ts';
import { openStore, type Store } from '../../base/store/index.ts';
import { notifyMigrations } from '../../net/notify/index.ts';
import { jobMigrations } from '../../rent/jobs/index.ts';
import { monitorMigrations } from '../../rent/monitor/index.ts';
import { rentMigrations } from '../../rent/rental/index.ts';
import { trainingMigrations } from '../../rent/training/index.ts';

export interface StateStoreOptions {
  /** A file or a `postgres://` URL. */
  readonly stateUrl: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws the errors of `openStore`. */
export function openStateStore({ stateUrl, clock, log }: StateStoreOptions): Promise<Store> {
  return openStore({
    url: stateUrl,
    clock,
    log,
    migrations: [
      ...ledgerMigrations,
      ...notifyMigrations,
      ...rentMigrations,
      ...jobMigrations,
      ...trainingMigrations,
      ...monitorMigrations,
    ],
  });
}
