// An account of the simulated marketplace with our own renting on it, and with instances that others made.
import { onTestFinished } from 'vitest';
import { SteppedClock } from '../../../src/base/std/index.ts';
import type { Store } from '../../../src/base/store/index.ts';
import { accountMigrations } from '../../../src/rent/rental/account/index.ts';
import type { Rental } from '../../../src/rent/rental/index.ts';
import { createSim, type Inside, type Sim, type SimOptions, twinInside } from '../../../src/sim/index.ts';
import { stepUntil } from '../a-rent-world.ts';
import { gpusOf, openRentStore, type RentingProcess, startProcess } from '../a-renting.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export interface TestAccount {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
  readonly process: RentingProcess;
  readonly live: <T>(work: Promise<T>) => Promise<T>;
  /** What a controller does in so long. */
  readonly rounds: (ms: number) => Promise<void>;
  readonly get: (rental: Rental) => Promise<Rental>;
  /** Rented as by somebody else; runs after the next rounds. */
  readonly foreign: (label?: string) => Promise<number>;
  /** Instances whose GPUs do nothing. */
  readonly idle: Set<number>;
}

export async function anAccount(options: Partial<SimOptions> = {}): Promise<TestAccount> {
  const clock = new SteppedClock();
  let sim: Sim;
  const idle = new Set<number>();
  const twins = await twinInside({ clock, seed: 'account', programs: gpusOf(() => sim) });
  const inside: Inside = {
    ...twins,
    makeContainer: (instance, onExit) =>
      Object.assign(twins.makeContainer(instance, onExit), { isGpuIdle: () => idle.has(instance.id) }),
  };
  sim = createSim({ seed: 'account', clock, offers: 300, credit: 1_000, ...options }, inside);
  const store = await openRentStore(':memory:', clock);
  await addTables(store);
  const process = startProcess({ sim, clock, name: 'account', store });
  onTestFinished(async () => {
    await sim.close();
    await store.close();
  });
  const live = <T>(work: Promise<T>) => stepUntil(clock, work);
  return {
    sim,
    clock,
    store,
    process,
    live,
    idle,
    async rounds(ms) {
      const untilMs = clock.now() + ms;
      while (clock.now() < untilMs) {
        const nextAtMs = await live(process.controller.round());
        await clock.step(Math.max(1, Math.min(nextAtMs, untilMs) - clock.now()));
      }
    },
    get: async ({ id }) => (await process.records.get(id)) as Rental,
    async foreign(label) {
      for (const offerId of sim.truth.listedOfferIds()) {
        const wish = { image: 'busybox', diskGb: 10, ...(label !== undefined && { label }) };
        const made = await live(process.client.instances.create(offerId, wish).catch(() => undefined));
        if (made) return made.instanceId;
      }
      throw new Error('nothing could be rented');
    },
  };
}

/** Those that the store does not have yet, whoever joins them. */
async function addTables(store: Store): Promise<void> {
  const tables = await store.db.introspection.getTables();
  if (tables.some(({ name }) => name === 'account_credit')) return;
  for (const migration of accountMigrations) await migration.up(store.db as never, store.dialect);
}
