// What a store says of itself without DuckDB: the same figures as those that DuckDB counts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLog } from '../../../../src/base/std/index.ts';
import { marketFacts } from '../../../../src/watch/history/reader/market-facts.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { storeOutline } from '../../../../src/watch/history/reader/store-outline.ts';
import { sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import {
  anObservation,
  aPoll,
  INTERVAL_MS,
  makeTestStore,
  START_MS,
  type TestStore,
} from '../segments/random-market.ts';

function fill(store: TestStore, intervals: readonly number[]): void {
  const observations = [anObservation(), anObservation({ offerId: 2 })];
  for (const at of intervals) store.append(aPoll({ tsMs: START_MS + at * INTERVAL_MS, observations }));
}

const seal = ({ dir, journal, clock }: TestStore, throughPoll: number) =>
  sealPeriod({ dir, journal, clock, log: silentLog, throughPoll });

it('is nothing where there is no store', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vd-outline-'));
  expect(storeOutline(dir)).toBeUndefined();
  rmSync(dir, { recursive: true });
});

it('of an empty store has no polls', () => {
  using store = makeTestStore();
  expect(storeOutline(store.dir)).toMatchObject({
    newest: undefined,
    polls: 0,
    observations: 0,
    recentGaps: 0,
    origin: { kind: 'simulated', seed: '7' },
  });
});

it.each([
  ['nothing', 0],
  ['a part', 10],
  ['everything', 30],
])('counts like DuckDB when %s is sealed', async (_, throughPoll) => {
  using store = makeTestStore();
  fill(
    store,
    Array.from({ length: 30 }, (__, at) => at),
  );
  if (throughPoll > 0) await seal(store, throughPoll);
  const outline = storeOutline(store.dir);
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  const facts = await marketFacts({ reader, clock: store.clock });
  expect(facts.polls).toBe(30);
  expect(outline).toEqual({
    origin: facts.origin,
    newest: {
      poll: 30,
      tsMs: facts.newest?.tsMs,
      offers: 2,
      complete: true,
      intervalMs: INTERVAL_MS,
    },
    polls: facts.polls,
    observations: facts.observations,
    recentGaps: 0,
    bytes: facts.bytes.total,
  });
});

it('counts a hole of more than one and a half intervals, none of exactly that, and none that is sealed', async () => {
  using store = makeTestStore();
  fill(store, [0, 1.5, 3.5, 5, 6.51]);
  expect(storeOutline(store.dir)?.recentGaps).toBe(2);
  await seal(store, 3);
  expect(storeOutline(store.dir)?.recentGaps).toBe(1);
});
