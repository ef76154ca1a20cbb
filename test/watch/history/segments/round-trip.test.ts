// Whatever is appended, in whatever order it is snapshot and sealed, comes back to the last bit.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLog } from '../../../../src/base/std/index.ts';
import { sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import { writeRollups } from '../../../../src/watch/history/segments/write-rollups.ts';
import { writeSnapshot } from '../../../../src/watch/history/segments/write-snapshot.ts';
import { makeTestStore, randomPolls, type TestStore } from './random-market.ts';
import { expectStored, expectWhole } from './stored-rows.ts';

const STEPS = ['append', 'append', 'append', 'snapshot', 'seal', 'seal some', 'reopen', 'rollup'] as const;

async function act(store: TestStore, step: (typeof STEPS)[number], count: number): Promise<void> {
  const { dir, journal, clock } = store;
  const files = { dir, journal, clock, log: silentLog };
  switch (step) {
    case 'append':
      return;
    case 'snapshot':
      await writeSnapshot(files);
      return;
    case 'seal':
      await sealPeriod(files);
      return;
    case 'seal some':
      await sealPeriod({ ...files, throughPoll: Math.max(1, store.polls.length - count) });
      return;
    case 'reopen':
      store.reopen();
      return;
    case 'rollup':
      await writeRollups(files);
  }
}

it('gives back every row of every poll, sealed, in the snapshot or in the journal', async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 1, max: 4 })), {
    minLength: 3,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, path) => {
      using store = makeTestStore();
      const market = randomPolls(seed, 6);
      for (const [step, count] of path) {
        for (let i = 0; i < count; i += 1) store.append(market.next().value);
        await act(store, step, count);
      }
      await expectStored(store.dir, store.polls);
      await expectWhole(store.dir, store.polls);
    }),
    { numRuns: 4 },
  );
});

it('keeps a store readable that has no poll, and one whose polls are empty', async () => {
  using store = makeTestStore();
  const files = { dir: store.dir, clock: store.clock, log: silentLog };
  await expectStored(store.dir, []);
  expect(await writeSnapshot({ ...files, journal: store.journal })).toBeUndefined();
  expect(await sealPeriod({ ...files, journal: store.journal })).toEqual({ kind: 'nothing-to-seal' });
  const [first, second, third] = [...take(randomPolls(1), 3)].map((poll) => ({ ...poll, observations: [] }));
  for (const poll of [first, second]) if (poll) store.append(poll);
  await sealPeriod({ ...files, journal: store.journal });
  if (third) store.append(third);
  await expectStored(store.dir, store.polls);
  await expectWhole(store.dir, store.polls);
});

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left === 0) return;
    left -= 1;
    yield item;
  }
}
