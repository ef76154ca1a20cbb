import { describe, expect, it } from 'vitest';
import type { Instance, InstanceListing } from '../../../src/net/vast/index.ts';
import { rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { createAccountBook } from '../../../src/rent/rental/watcher/account-book.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const MINUTE = 60_000;

function listing(ids: readonly number[], rest: Partial<Instance> = {}): InstanceListing {
  const instances = ids.map(
    (id) =>
      ({
        id,
        label: `label ${id}`,
        actualStatus: 'running',
        intendedStatus: 'running',
        currentState: 'running',
        isInterruptible: false,
        gpuUtilPercent: 50,
        ...rest,
      }) as Instance,
  );
  return { startedAtMs: 0, endedAtMs: 0, total: ids.length, instances, pages: 1, faults: [] };
}

describe.each(ENGINES)('the account book on %s', (engine) => {
  const open = async () => {
    const { store, clock } = await freshStore(engine, { migrations: rentalMigrations });
    const book = createAccountBook({ store, account: '1001' });
    const keep = async (kept: InstanceListing) => {
      await clock.step(MINUTE);
      const begun = await book.begin();
      await book.keep(begun, kept);
      return begun;
    };
    return { store, clock, book, keep };
  };

  it('numbers generations in the order in which they begin, and counts only complete ones that have ended', async () => {
    const { clock, book, keep } = await open();
    const first = await keep(listing([1, 2]));
    await clock.step(MINUTE);
    const second = await book.begin();
    await book.fail(second, 'torn');
    await book.begin();
    expect([first.generation, second.generation]).toEqual([1, 2]);
    expect((await book.completeSince(0)).map((one) => one.generation)).toEqual([1]);
    expect(await book.latestSince(0, undefined)).toMatchObject({
      generation: 2,
      complete: false,
      reason: 'torn',
    });
  });

  it('gives the instances of its last complete generation', async () => {
    const { book, keep } = await open();
    await keep(listing([1, 2, 3]));
    await keep(listing([2, 3]));
    const view = await book.latestSince(0, undefined);
    expect(view?.instances.map((instance) => instance.id).sort()).toEqual([2, 3]);
    expect((await book.seenWithLabel('label 1'))?.id).toBe(1);
    expect(await book.seenWithLabel('labe')).toBeUndefined();
  });

  it('counts misses from the last sight on, and begins anew when it is seen', async () => {
    const { book, keep } = await open();
    await keep(listing([1, 2]));
    await keep(listing([2]));
    expect(await book.missesOf(1, 0)).toBe(1);
    expect(await book.missingTwice()).toEqual([]);
    await keep(listing([2]));
    expect(await book.missingTwice()).toEqual([1]);
    await keep(listing([1, 2]));
    expect(await book.missesOf(1, 0)).toBe(0);
    expect(await book.missingTwice()).toEqual([]);
  });

  it('does not expect what is gone, and takes it back when it is listed again', async () => {
    const { book, keep } = await open();
    await keep(listing([1, 2]));
    await book.gone(1);
    expect((await book.expectation()).known).toEqual([2]);
    await keep(listing([1, 2]));
    expect(new Set((await book.expectation()).known)).toEqual(new Set([1, 2]));
  });

  it('knows since when listings have been empty', async () => {
    const { clock, book, keep } = await open();
    await keep(listing([1]));
    await clock.step(MINUTE);
    const empty = listing([]);
    const first = await book.begin();
    await book.fail(first, 'an empty listing', empty);
    await clock.step(MINUTE);
    await book.fail(await book.begin(), 'an empty listing', empty);
    expect((await book.expectation()).emptySinceMs).toBe(first.startedAtMs);
    await book.fail(await book.begin(), 'torn');
    expect((await book.expectation()).emptySinceMs).toBeUndefined();
  });

  it('remembers since when GPUs do nothing, and forgets it when they work', async () => {
    const { store, clock, keep } = await open();
    const idleSince = async () => {
      const rows = await store.db
        .$extendTables<{ account_instances: { idle_since: number | null } }>()
        .selectFrom('account_instances')
        .select('idle_since')
        .execute();
      return rows[0]?.idle_since;
    };
    await keep(listing([1], { gpuUtilPercent: 5 }));
    expect(await idleSince()).toBeNull();
    await keep(listing([1], { gpuUtilPercent: 4.9 }));
    const since = clock.now();
    await keep(listing([1], { gpuUtilPercent: 0 }));
    expect(await idleSince()).toBe(since);
    await keep(listing([1], { gpuUtilPercent: 80 }));
    expect(await idleSince()).toBeNull();
  });
});
