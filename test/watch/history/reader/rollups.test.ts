// Roll-ups say what the rows say: the same counts, means and quantiles as SQL over all rows gives.
import { expect, it } from 'vitest';
import { silentLog } from '../../../../src/base/std/index.ts';
import { openMarketReader } from '../../../../src/watch/history/reader/open-reader.ts';
import { readManifest, replaceManifest } from '../../../../src/watch/history/segments/manifest.ts';
import { sealPeriod } from '../../../../src/watch/history/segments/seal-period.ts';
import { rollupsAreDue, writeRollups } from '../../../../src/watch/history/segments/write-rollups.ts';
import { writeSnapshot } from '../../../../src/watch/history/segments/write-snapshot.ts';
import {
  INTERVAL_MS,
  makeTestStore,
  randomPolls,
  START_MS,
  type TestStore,
} from '../segments/random-market.ts';

/** From rows, as anybody would write it. */
const DAILY = `SELECT ts[1:10] AS date, gpu_name, geolocation, type, coalesce(availability_state, 'unknown') AS state,
  count(*) AS n, avg(dph_total_usd) AS mean, quantile_cont(dph_total_usd, 0.1) AS p10,
  quantile_cont(dph_total_usd, 0.25) AS p25, quantile_cont(dph_total_usd, 0.5) AS median,
  quantile_cont(dph_total_usd, 0.75) AS p75, quantile_cont(dph_total_usd, 0.9) AS p90
  FROM offers_raw GROUP BY ALL`;
const GPU = DAILY.replace('geolocation, ', '');
const HOURLY = `SELECT ts[1:13] || ':00:00Z' AS hour, gpu_name, num_gpus, type, count(*) AS n,
  count(*) FILTER (coalesce(availability_state, 'unknown') = 'unknown') AS unknown
  FROM offers_raw GROUP BY ALL`;
const KEYS = ['date', 'hour', 'gpu_name', 'num_gpus', 'geolocation', 'type', 'state'];

type Row = Record<string, unknown>;

async function expectRollups(store: TestStore): Promise<void> {
  await using reader = await openMarketReader({ dir: store.dir, clock: store.clock, log: silentLog });
  for (const [view, sql] of [
    ['rollup_daily', DAILY],
    ['rollup_gpu', GPU],
  ] as const) {
    const daily = byKey(await reader.rows(`SELECT * FROM ${view}`));
    const expected = byKey(await reader.rows(sql));
    expect([...daily.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    for (const [key, row] of expected) {
      for (const [name, value] of Object.entries(row))
        expectClose(daily.get(key)?.[name], value, `${key} ${name}`);
    }
  }
  const hourly = byKey(
    await reader.rows('SELECT hour, gpu_name, num_gpus, type, n, unknown FROM rollup_hourly'),
  );
  expect(hourly).toEqual(byKey(await reader.rows(HOURLY)));
}

function expectClose(found: unknown, expected: unknown, what: string): void {
  if (typeof expected !== 'number' || typeof found !== 'number') expect(found, what).toEqual(expected);
  else expect(Math.abs(found - expected), what).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

function byKey(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [JSON.stringify(KEYS.map((key) => row[key])), row]));
}

it('equals the rows, for finished days in files and the running day computed', async () => {
  using store = makeTestStore();
  const market = randomPolls(11, 8);
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  const appendDay = () => {
    for (let i = 0; i < 15; i += 1) {
      const poll = market.next().value;
      // Two polls an hour: 15 of them, and the day has changed.
      store.append({ ...poll, tsMs: START_MS + store.polls.length * 5 * INTERVAL_MS });
    }
  };
  appendDay();
  await expectRollups(store);
  await writeSnapshot(files);
  await writeRollups(files);
  await expectRollups(store);
  appendDay();
  await sealPeriod({ ...files, throughPoll: 20 });
  appendDay();
  appendDay();
  appendDay();
  await expectRollups(store);
  await writeRollups(files);
  await expectRollups(store);
  await using reader = await openMarketReader(files);
  const days = await reader.rows('SELECT DISTINCT date FROM rollup_daily_finished ORDER BY date');
  expect(days.map(({ date }) => date)).toEqual(['2026-03-01', '2026-03-02']);
  const { rollups } = readManifest(store.dir);
  expect(rollups.map(({ kind, month, lastDay }) => `${kind} ${month} ${lastDay}`)).toEqual([
    'daily 2026-03 2026-03-02',
    'gpu 2026-03 2026-03-02',
    'hourly 2026-03 2026-03-02',
  ]);
});

it('is due when a day has ended, and not again for the same day', async () => {
  using store = makeTestStore();
  const market = randomPolls(1, 2);
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  for (let i = 0; i < 3; i += 1) store.append(market.next().value);
  await writeSnapshot(files);
  const newestTsMs = store.journal.lastPoll()?.tsMs ?? 0;
  expect(new Date(newestTsMs).getUTCDate()).toBe(new Date(START_MS).getUTCDate());
  expect(rollupsAreDue(readManifest(store.dir), newestTsMs)).toBe(false);
  const nextDay = START_MS + 2 * 3_600_000;
  expect(rollupsAreDue(readManifest(store.dir), nextDay - 1_000)).toBe(false);
  expect(rollupsAreDue(readManifest(store.dir), nextDay)).toBe(true);
  store.append({ ...market.next().value, tsMs: nextDay + 30 * 86_400_000 });
  await writeRollups(files);
  expect(rollupsAreDue(readManifest(store.dir), nextDay + 1_000)).toBe(false);
});

it('rolls up the days of a kind that the store lacks, and leaves the others as they are', async () => {
  using store = makeTestStore();
  const market = randomPolls(5, 6);
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  for (let i = 0; i < 60; i += 1)
    store.append({ ...market.next().value, tsMs: START_MS + i * 5 * INTERVAL_MS });
  await writeSnapshot(files);
  await writeRollups(files);
  const whole = readManifest(store.dir);
  const before = whole.rollups.filter(({ kind }) => kind !== 'gpu');
  replaceManifest(store.dir, { ...whole, rollups: before });
  const newestTsMs = store.journal.lastPoll()?.tsMs ?? 0;
  expect(rollupsAreDue(readManifest(store.dir), newestTsMs)).toBe(true);
  expect(await writeRollups(files)).toEqual(['2026-03-01', '2026-03-02']);
  expect(readManifest(store.dir).rollups).toEqual(expect.arrayContaining([...before]));
  await expectRollups(store);
  expect(rollupsAreDue(readManifest(store.dir), newestTsMs)).toBe(false);
});
