// When a snapshot and a seal are due, on both sides of each limit, and that a seal that fails harms nothing.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DAY_MS, silentLog } from '../../../../src/base/std/index.ts';
import {
  createMaintenance,
  SEAL_PERIOD_MS,
  SNAPSHOT_AGE_MS,
  sealDue,
  snapshotIsDue,
} from '../../../../src/watch/history/segments/maintain.ts';
import {
  EMPTY_MANIFEST,
  type Manifest,
  readManifest,
} from '../../../../src/watch/history/segments/manifest.ts';
import { anObservation, aPoll, makeTestStore, START_MS, type TestStore } from './random-market.ts';
import { expectStored, expectWhole } from './stored-rows.ts';

function withSnapshot(lastPoll: number, writtenAtMs: number): Manifest {
  const open = {
    folder: `open/1-${lastPoll}`,
    firstPoll: 1,
    lastPoll,
    firstTsMs: 0,
    lastTsMs: 0,
    observations: 0,
    files: [],
    writtenAtMs,
  };
  return { ...EMPTY_MANIFEST, open };
}

it('writes a snapshot when the present one would be older than its limit before the next poll', () => {
  const manifest = withSnapshot(5, 0);
  const moment = { poll: 6, intervalMs: 60_000 };
  expect(snapshotIsDue(manifest, { ...moment, nowMs: SNAPSHOT_AGE_MS - 60_000 })).toBe(false);
  expect(snapshotIsDue(manifest, { ...moment, nowMs: SNAPSHOT_AGE_MS - 59_999 })).toBe(true);
  expect(snapshotIsDue(manifest, { ...moment, nowMs: -1 })).toBe(true);
  expect(snapshotIsDue(manifest, { poll: 5, intervalMs: 60_000, nowMs: 10 * SNAPSHOT_AGE_MS })).toBe(false);
  expect(snapshotIsDue(EMPTY_MANIFEST, { poll: 1, intervalMs: 60_000, nowMs: 0 })).toBe(true);
  expect(snapshotIsDue(EMPTY_MANIFEST, { poll: 0, intervalMs: 60_000, nowMs: 0 })).toBe(false);
});

/** Days after the store's first poll, which is at 22:00. */
function appendAt(store: TestStore, days: readonly number[]): void {
  for (const day of days) {
    store.append(aPoll({ tsMs: START_MS + day * DAY_MS, observations: [anObservation({ dphTotal: day })] }));
  }
}

it('seals when the open period is a month long, through the last poll of a UTC day', () => {
  using store = makeTestStore();
  const due = () => sealDue({ manifest: readManifest(store.dir), journal: store.journal });
  expect(due()).toBeUndefined();
  appendAt(store, [0, 29, 29.5, SEAL_PERIOD_MS / DAY_MS - 1 / 86_400]);
  expect(due()).toBeUndefined();
  appendAt(store, [SEAL_PERIOD_MS / DAY_MS]);
  // Poll 2 is at 22:00 of the day before; polls 3 to 5 are of the day that is not over.
  expect(due()).toBe(2);
});

it('does what is due, and counts the next month from where the segment ends', async () => {
  using store = makeTestStore();
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  const maintenance = createMaintenance(files);
  await maintenance.run();
  expect(readManifest(store.dir)).toEqual(EMPTY_MANIFEST);
  appendAt(store, [0, 1]);
  await maintenance.run();
  expect(readManifest(store.dir)).toMatchObject({ segments: [], open: { lastPoll: 2 } });
  expect(readManifest(store.dir).rollups.map(({ lastDay }) => lastDay)).toEqual([
    '2026-03-01',
    '2026-03-01',
    '2026-03-01',
  ]);
  appendAt(store, [29, 30.5]);
  await maintenance.run();
  expect(readManifest(store.dir)).toMatchObject({
    segments: [{ folder: 'segments/1-3', firstPoll: 1, lastPoll: 3 }],
    open: { firstPoll: 4, lastPoll: 4 },
  });
  appendAt(store, [59]);
  await maintenance.run();
  expect(readManifest(store.dir).segments).toHaveLength(1);
  appendAt(store, [60.5]);
  await maintenance.run();
  expect(readManifest(store.dir).segments.map(({ folder }) => folder)).toEqual([
    'segments/1-3',
    'segments/4-5',
  ]);
  await expectStored(store.dir, store.polls);
  await expectWhole(store.dir, store.polls);
});

it('goes on with snapshots when a seal does not work, and tries again hours later', async () => {
  using store = makeTestStore();
  appendAt(store, [0, 1, 31]);
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  let isBroken = true;
  const journal = {
    ...store.journal,
    dropThrough: (poll: number) => {
      if (isBroken) throw new Error('no space left');
      store.journal.dropThrough(poll);
    },
  };
  const maintenance = createMaintenance({ dir: store.dir, journal, clock: store.clock, log });
  await maintenance.run();
  expect(errors).toEqual(['sealing did not work; no poll is lost, and it is tried again later']);
  await expectStored(store.dir, store.polls);
  isBroken = false;
  appendAt(store, [31.1]);
  await maintenance.run();
  expect(store.journal.sealedThrough()).toBe(0);
  expect(readManifest(store.dir).open?.lastPoll).toBe(4);
  await store.clock.step(6 * 3_600_000);
  await maintenance.run();
  expect(store.journal.sealedThrough()).toBe(2);
  expect(errors).toHaveLength(1);
  await expectStored(store.dir, store.polls);
  await expectWhole(store.dir, store.polls);
});

it('goes on without a snapshot that cannot be written, and leaves nothing half-written', async () => {
  using store = makeTestStore();
  appendAt(store, [0, 0.1]);
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  // A file where the folder should be: the same as a disk that refuses.
  writeFileSync(join(store.dir, 'open'), '');
  const maintenance = createMaintenance({ dir: store.dir, journal: store.journal, clock: store.clock, log });
  await maintenance.run();
  expect(errors).toEqual(['the open snapshot could not be written; no poll is lost, and it is tried again']);
  await expectStored(store.dir, store.polls);
  rmSync(join(store.dir, 'open'));
  await maintenance.run();
  expect(readManifest(store.dir).open?.lastPoll).toBe(2);
  expect(errors).toHaveLength(1);
});
