// What a store says about its own state.
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { expect, it } from 'vitest';
import { formatIso, silentLog } from '../../../../src/base/std/index.ts';
import { findHolder, marketFacts } from '../../../../src/watch/history/reader/market-facts.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import {
  anObservation,
  aPoll,
  INTERVAL_MS,
  makeTestStore,
  START_MS,
  type TestStore,
} from '../segments/random-market.ts';

async function facts({ dir, clock }: TestStore) {
  await using reader = await openMarketReader({ dir, clock, log: silentLog });
  return await marketFacts({ reader, clock });
}

function at(intervals: number): string {
  return formatIso(START_MS + intervals * INTERVAL_MS);
}

it('says of an empty store that it has nothing', async () => {
  using store = makeTestStore();
  expect(await facts(store)).toMatchObject({
    newest: undefined,
    polls: 0,
    observations: 0,
    gaps: [],
    coverage: [],
    requestsPerDay: 0,
    growthBytesPerDay: undefined,
    bytesPerObservation: undefined,
    nextSealAt: undefined,
    isSimulated: true,
    origin: { kind: 'simulated', seed: '7' },
  });
});

it('counts polls, observations and what is sealed', async () => {
  using store = makeTestStore();
  const observations = [anObservation(), anObservation({ offerId: 2 })];
  for (let i = 0; i < 30; i += 1) store.append(aPoll({ tsMs: START_MS + i * INTERVAL_MS, observations }));
  await sealPeriod({
    dir: store.dir,
    journal: store.journal,
    clock: store.clock,
    log: silentLog,
    throughPoll: 10,
  });
  const found = await facts(store);
  expect(found).toMatchObject({ polls: 30, observations: 60, segments: 1, sealedThrough: 10 });
  // The store begins at 22:00, and 20 polls of 6 minutes are before midnight.
  expect(found.pollsToday).toBe(10);
  expect(found.first).toMatchObject({ poll: 1, ts: at(0), offers: 2 });
  expect(found.newest).toMatchObject({ poll: 30, ts: at(29), offers: 2, complete: true, ageMs: INTERVAL_MS });
  expect(found.nextSealAt).toBe(formatIso(START_MS + 10 * INTERVAL_MS + 30 * 86_400_000));
  expect(found.bytes.total).toBeGreaterThanOrEqual(found.bytes.journal + found.bytes.parquet);
  expect(found.bytes.parquet).toBeGreaterThan(0);
  expect(found.bytesPerObservation).toBeCloseTo(found.bytes.total / 60);
  expect(found.growthBytesPerDay).toBe(Math.round(found.bytes.total * 8));
});

it('lists a hole of more than one and a half intervals, and none of exactly that', async () => {
  using store = makeTestStore();
  for (const intervals of [0, 1.5, 3.5]) store.append(aPoll({ tsMs: START_MS + intervals * INTERVAL_MS }));
  store.clock.jump(START_MS + 5 * INTERVAL_MS - store.clock.now());
  const hole = { afterPoll: 2, from: at(1.5), to: at(3.5), ms: 2 * INTERVAL_MS };
  expect((await facts(store)).gaps).toEqual([hole]);
  store.clock.jump(1_000);
  const since = {
    afterPoll: 3,
    from: at(3.5),
    to: formatIso(store.clock.now()),
    ms: 1.5 * INTERVAL_MS + 1_000,
  };
  expect((await facts(store)).gaps).toEqual([hole, since]);
});

it('says by search how much was answered in full, and why not, over the last day', async () => {
  using store = makeTestStore();
  const slice = {
    type: 'on-demand',
    search: 'any' as const,
    predicate: 'num_gpus=1',
    startedAtMs: START_MS,
    finishedAtMs: START_MS + 900,
    rows: 64,
    bytes: 2_000_000,
    complete: true,
    reason: '',
  };
  const capped = { ...slice, complete: false, reason: 'capped at 64' };
  const limited = { ...slice, complete: false, reason: 'rate limited' };
  const other = { ...slice, type: 'interruptible', predicate: '' };
  const long = START_MS - 2 * 86_400_000;
  store.append(aPoll({ tsMs: long, slices: [{ ...capped, startedAtMs: long, finishedAtMs: long + 1 }] }));
  const polls = [[slice, other], [capped], [capped, limited], [slice]];
  for (const [index, slices] of polls.entries()) {
    store.append(aPoll({ tsMs: START_MS + index * INTERVAL_MS, slices }));
  }
  const { coverage, requestsPerDay, gbPerDay } = await facts(store);
  expect(coverage).toEqual([
    { type: 'interruptible', search: 'any', predicate: '', slices: 1, complete: 1, reasons: [] },
    {
      type: 'on-demand',
      search: 'any',
      predicate: 'num_gpus=1',
      slices: 5,
      complete: 2,
      reasons: [
        { reason: 'capped at 64', count: 2 },
        { reason: 'rate limited', count: 1 },
      ],
    },
  ]);
  // Six requests of 2 MB in four intervals of six minutes.
  expect(requestsPerDay).toBe(360);
  expect(gbPerDay).toBeCloseTo(0.72);
});

it('names the fields that have come and gone since the first poll', async () => {
  using store = makeTestStore();
  store.append(aPoll());
  store.journal.recordFields(['dph_total', 'old']);
  store.append(aPoll({ tsMs: START_MS + INTERVAL_MS }));
  store.journal.recordFields(['dph_total', 'fresh']);
  const { fields } = await facts(store);
  expect(fields.new.map(({ name }) => name)).toEqual(['fresh']);
  expect(fields.vanished.map(({ name }) => name)).toEqual(['old']);
});

it('names the process that writes, and nobody when that process is gone', () => {
  using store = makeTestStore();
  const holder = { pid, host: hostname(), since: at(0), what: 'market collect' };
  const write = (content: object) => writeFileSync(join(store.dir, 'lock.json'), JSON.stringify(content));
  expect(findHolder(store.dir)).toBeUndefined();
  write(holder);
  expect(findHolder(store.dir)).toEqual(holder);
  // Above the largest process id that Linux gives out.
  write({ ...holder, pid: 2 ** 22 + 1 });
  expect(findHolder(store.dir)).toBeUndefined();
  write({ ...holder, pid: 2 ** 22 + 1, host: 'elsewhere' });
  expect(findHolder(store.dir)?.host).toBe('elsewhere');
});
