// A process may end after any step of a snapshot or a seal. What it leaves is read at once by others, and taken up
// by the next writer, with nothing lost and nothing twice.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../src/base/std/index.ts';
import { recoverSegments } from '../../../../src/watch/history/segments/maintain.ts';
import { namedPaths, readManifest } from '../../../../src/watch/history/segments/manifest.ts';
import { SEAL_STEPS, sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import { SNAPSHOT_STEPS, writeSnapshot } from '../../../../src/watch/history/segments/write-snapshot.ts';
import { makeTestStore, randomPolls, type TestStore } from './random-market.ts';
import { expectStored, expectWhole } from './stored-rows.ts';

class Killed extends Error {}

function dieAt<Step>(fatal: Step): (step: Step) => void {
  return (step) => {
    if (step === fatal) throw new Killed(String(step));
  };
}

function startAgain(store: TestStore) {
  const files = { dir: store.dir, journal: store.reopen(), clock: store.clock, log: silentLog };
  recoverSegments(files);
  return files;
}

function appendTo(store: TestStore, market: ReturnType<typeof randomPolls>, count: number): void {
  for (let i = 0; i < count; i += 1) store.append(market.next().value);
}

/** Files and folders that hold data and that no manifest names. */
function leftovers(dir: string): string[] {
  const named = new Set(namedPaths(readManifest(dir)));
  return ['segments', 'open', 'rollups']
    .filter((folder) => existsSync(join(dir, folder)))
    .flatMap((folder) => readdirSync(join(dir, folder)).map((name) => `${folder}/${name}`))
    .filter((path) => !named.has(path));
}

describe.each(SEAL_STEPS)('a seal that ends after %s', (step) => {
  it('loses no row and doubles none, for readers and for the next writer', async () => {
    using store = makeTestStore();
    const market = randomPolls(step, 5);
    appendTo(store, market, 5);
    const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
    await writeSnapshot(files);
    appendTo(store, market, 2);
    await expect(sealPeriod({ ...files, throughPoll: 4, onStep: dieAt(step) })).rejects.toThrow(Killed);
    await expectStored(store.dir, store.polls);

    const again = startAgain(store);
    expect(leftovers(store.dir)).toEqual([]);
    appendTo(store, market, 2);
    await expectStored(store.dir, store.polls);
    await sealPeriod(again);
    await expectStored(store.dir, store.polls);
    await expectWhole(store.dir, store.polls);
  });
});

describe.each(SNAPSHOT_STEPS)('a snapshot that ends after %s', (step) => {
  it('loses no row and doubles none, for readers and for the next writer', async () => {
    using store = makeTestStore();
    const market = randomPolls(step, 5);
    appendTo(store, market, 4);
    const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
    await writeSnapshot(files);
    appendTo(store, market, 2);
    await expect(writeSnapshot({ ...files, onStep: dieAt(step) })).rejects.toThrow(Killed);
    await expectStored(store.dir, store.polls);

    const again = startAgain(store);
    expect(leftovers(store.dir)).toEqual([]);
    appendTo(store, market, 1);
    await writeSnapshot(again);
    await expectStored(store.dir, store.polls);
    await expectWhole(store.dir, store.polls);
  });
});

it('gives up a seal whose files do not prove equal, and keeps the journal', async () => {
  using store = makeTestStore();
  appendTo(store, randomPolls(1, 4), 3);
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  const { polls } = files.journal;
  // Another hash for poll 2, as if a span had come out wrong.
  const journal = {
    ...files.journal,
    polls: (after: number, through?: number) =>
      polls(after, through).map((row) => (row.poll === 2 ? { ...row, hash: '0123456789abcdef' } : row)),
  };
  await expect(sealPeriod({ ...files, journal })).rejects.toThrow(
    /the values of poll 2 are not those appended/,
  );
  expect(readManifest(store.dir).segments).toEqual([]);
  expect(store.journal.sealedThrough()).toBe(0);
  await expectStored(store.dir, store.polls);
});
