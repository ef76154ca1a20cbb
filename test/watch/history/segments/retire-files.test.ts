// Replaced files outlive the manifest that named them for a while, and no longer.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLog } from '../../../../src/base/std/index.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { readManifest } from '../../../../src/watch/history/segments/manifest.ts';
import { RETIRED_GRACE_MS } from '../../../../src/watch/history/segments/retire-files.ts';
import { writeSnapshot } from '../../../../src/watch/history/segments/write-snapshot.ts';
import { makeTestStore, randomPolls } from './random-market.ts';

it('keeps a replaced snapshot for its readers through the grace, and deletes it at the next one after', async () => {
  using store = makeTestStore();
  const market = randomPolls(2, 4);
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  const snapshotAfter = async (ms: number) => {
    store.journal.append(market.next().value);
    store.clock.jump(ms);
    return writeSnapshot(files);
  };
  const first = await snapshotAfter(0);
  await using reader = await openMarketReader(files);
  const before = await reader.rows('SELECT count(*) AS n FROM offers_raw');
  await snapshotAfter(1_000);
  await snapshotAfter(RETIRED_GRACE_MS);
  expect(existsSync(join(store.dir, String(first?.folder)))).toBe(true);
  expect(await reader.rows('SELECT count(*) AS n FROM offers_raw')).toEqual(before);
  await snapshotAfter(1);
  expect(existsSync(join(store.dir, String(first?.folder)))).toBe(false);
  expect(readManifest(store.dir).retired).toHaveLength(2);
});
