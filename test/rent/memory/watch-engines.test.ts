// How events become hours on every engine, from rows that were written directly.
import { describe, expect, it } from 'vitest';
import { appendEvents } from '../../../src/base/store/index.ts';
import { createHostMemory, memoryMigrations, watchHosts } from '../../../src/rent/rental/memory/index.ts';
import { createRentalRecords, rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';
import { aRental } from '../booting/a-boot.ts';

const HOUR = 3_600_000;

async function aStore(engine: (typeof ENGINES)[number]) {
  const migrations = [...rentalMigrations, ...memoryMigrations];
  const test = await freshStore(engine, { migrations });
  const { store, clock } = test;
  const beganMs = clock.now();
  const tables = store.db.$extendTables<Record<string, Record<string, unknown>>>();
  const instance = {
    account: 'main',
    instance_id: 1001,
    listed: JSON.stringify({ machineId: 5, hostId: null }),
    label: '',
    first_seen_at: beganMs,
    last_seen_at: beganMs,
    last_generation: 1,
    missed: 0,
    gone_at: null,
    status: 'running',
    status_since: beganMs,
  };
  await tables
    .insertInto('account_instances')
    .values(instance as never)
    .execute();
  let generation = 0;
  return {
    ...test,
    listing: async (holdsIt: boolean) => {
      generation += 1;
      const nowMs = clock.now();
      await tables
        .insertInto('account_generations')
        .values({
          account: 'main',
          generation,
          started_at: nowMs,
          ended_at: nowMs,
          complete: 1,
          found: 1,
          total: 1,
          reason: '',
        } as never)
        .execute();
      if (!holdsIt) return;
      await tables
        .updateTable('account_instances')
        .set({ last_seen_at: nowMs, last_generation: generation } as never)
        .execute();
    },
    event: (status: string) =>
      store.transaction(async (trx) => {
        const event = { noun: 'instance', id: '1001', status, reason: '' };
        await appendEvents(trx, { events: [event], clock });
      }),
    seen: async () => {
      const all = await createHostMemory({ store, clock }).export();
      return all.map((each) => (each.kind === 'ran' ? each.hours : each.kind));
    },
  };
}

describe.each(ENGINES)('hosts watched on %s', (engine) => {
  it('by two processes at once make each observation once', async () => {
    const { store, clock, openAgain, event, listing, seen } = await aStore(engine);
    await listing(true);
    await event('loading');
    await event('running');
    await clock.step(30 * HOUR);
    await listing(true);
    const other = await openAgain();
    const made = await Promise.all([watchHosts({ store }).step(), watchHosts({ store: other }).step()]);
    expect(made.toSorted()).toEqual([0, 1]);
    expect(await seen()).toEqual([30]);
    await clock.step(2 * HOUR);
    await listing(true);
    await clock.step(1);
    await listing(true);
    await event('lost');
    expect(await watchHosts({ store }).step()).toBe(2);
    expect(await seen()).toEqual([30, 2, 'interruption']);
  });

  it.each([
    ['two listings before', 2, ['interruption']],
    ['one listing before', 1, []],
  ] as const)('where it was gone %s anybody asked for it', async (_, listings, expected) => {
    const { store, clock, event, listing, seen } = await aStore(engine);
    const records = createRentalRecords(store);
    const rental = aRental({ instanceId: 1001, prepaidUntilMs: 0, ranMs: 0, destroyAttempts: 0 });
    await records.insert(rental, {});
    await listing(true);
    await event('running');
    await clock.step(HOUR);
    await listing(true);
    for (let count = 0; count < listings; count += 1) {
      await clock.step(60_000);
      await listing(false);
    }
    await clock.step(60_000);
    await records.change(rental, { status: 'ending', destroyAskedAtMs: clock.now() });
    await clock.step(60_000);
    await listing(false);
    await event('gone');
    await watchHosts({ store }).step();
    expect(await seen()).toEqual([1, ...expected]);
  });
});
