// A simulated marketplace with everything that rents on it, under a stepped clock: our own modules throughout, on a
// store in memory or on a file that outlives a "process".

import { ledgerMigrations } from '../../src/base/ledger/index.ts';
import {
  createLimiter,
  createRandom,
  memoryLimiterStore,
  Secret,
  SteppedClock,
  silentLog,
} from '../../src/base/std/index.ts';
import { openStore, type Store, type StoreMigration } from '../../src/base/store/index.ts';
import { createVastClient, type VastClient } from '../../src/net/vast/index.ts';
import { rentMigrations } from '../../src/rent/rental/index.ts';
import {
  createRentalRecords,
  type Install,
  type RentalRecords,
  rentalMigrations,
} from '../../src/rent/rental/records/index.ts';
import { type AccountWatcher, createAccountWatcher } from '../../src/rent/rental/watcher/index.ts';
import {
  createSim,
  type Sim,
  type SimOptions,
  type TwinInsideOptions,
  twinInside,
} from '../../src/sim/index.ts';

export interface RentWorld extends AsyncDisposable {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
  readonly client: VastClient;
  readonly watcher: AccountWatcher;
  readonly records: RentalRecords;
  /** Runs to its end while the clock moves from timer to timer. */
  readonly live: <T>(work: Promise<T>) => Promise<T>;
}

export interface RentWorldOptions {
  readonly sim?: Partial<SimOptions>;
  readonly twins?: Partial<TwinInsideOptions>;
  /** Default `:memory:`. */
  readonly storeUrl?: string;
  /** Default that of the first account. */
  readonly apiKey?: string;
  /** Of tables beside those of rentals. */
  readonly migrations?: readonly StoreMigration[];
}

export const INSTALL: Install = { id: 'testtest', secret: new Secret('a secret of the tests alone') };
export const ACCOUNT = 'main';

export async function aRentWorld(options: RentWorldOptions = {}): Promise<RentWorld> {
  const clock = new SteppedClock();
  const seed = options.sim?.seed ?? 'rent';
  const inside = await twinInside({ clock, seed, ...options.twins });
  const sim = createSim(
    { offers: 300, searchesPerMinute: Number.POSITIVE_INFINITY, ...options.sim, seed, clock },
    inside,
  );
  const store = await openStore({
    url: options.storeUrl ?? ':memory:',
    clock,
    log: silentLog,
    migrations: options.migrations
      ? [...ledgerMigrations, ...rentMigrations, ...options.migrations]
      : [...ledgerMigrations, ...rentalMigrations],
  });
  let tickets = 0;
  const random = createRandom('rent world');
  const client = createVastClient({
    apiKey: new Secret(options.apiKey ?? sim.apiKey),
    fetch: sim.fetch,
    clock,
    random,
    log: silentLog,
    limiter: createLimiter({ store: memoryLimiterStore(), clock, makeTicket: () => String(++tickets) }),
  });
  const watcher = createAccountWatcher({ account: ACCOUNT, client, store, clock, random, log: silentLog });
  return {
    sim,
    clock,
    store,
    client,
    watcher,
    records: createRentalRecords(store),
    live: (work) => stepUntil(clock, work),
    [Symbol.asyncDispose]: async () => {
      await sim.close();
      await store.close();
    },
  };
}

/** Moves the clock from timer to timer until the work settles. */
export async function stepUntil<T>(clock: SteppedClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  settled.catch(() => {});
  await clock.untilIdle();
  for (let steps = 0; !isDone; steps += 1) {
    if (steps > 1_000_000) throw new Error('a million timers fired and the work has not ended');
    if (!(await clock.stepToNext())) throw new Error('nothing is to come, and the work has not ended');
    await clock.untilIdle();
  }
  return await settled;
}
