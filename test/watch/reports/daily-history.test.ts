// Goal: the history of a GPU, in columns, is what the roll-ups of a real store say row by row.
import { expect, it } from 'vitest';
import { silentLog } from '../../../src/base/std/index.ts';
import { type MarketReader, openMarketReader } from '../../../src/watch/history/index.ts';
import { writeRollups } from '../../../src/watch/history/segments/write-rollups.ts';
import { writeSnapshot } from '../../../src/watch/history/segments/write-snapshot.ts';
import { type DailyHistoryOptions, dailyHistory, dayText } from '../../../src/watch/reports/index.ts';
import { INTERVAL_MS, makeTestStore, randomPolls, START_MS } from '../history/segments/random-market.ts';

const NAMES = ['geolocation', 'type', 'state'] as const;
const NUMBERS = ['n', 'mean', 'p10', 'p25', 'median', 'p75', 'p90'] as const;

async function historyRows(reader: MarketReader, options: DailyHistoryOptions) {
  const { series, length } = await dailyHistory(reader, options);
  const rows = series.flatMap((each) =>
    Array.from(each.day, (day, at) => ({
      ...Object.fromEntries(NAMES.map((name) => [name, each[name]])),
      date: dayText(day),
      ...Object.fromEntries(
        NUMBERS.map((name) => [name, Number.isNaN(each[name][at]) ? null : each[name][at]]),
      ),
    })),
  );
  expect(rows.length).toBe(length);
  return rows;
}

it('equals the rows of every GPU, whole and between two days', async () => {
  using store = makeTestStore();
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  const market = randomPolls(3, 12);
  for (let poll = 0; poll < 60; poll += 1)
    store.append({ ...market.next().value, tsMs: START_MS + poll * 10 * INTERVAL_MS });
  await writeSnapshot(files);
  await writeRollups(files);
  await using reader = await openMarketReader(files);
  const order = 'ORDER BY geolocation NULLS LAST, type NULLS LAST, state, date';
  const gpus = await reader.rows(`SELECT gpu_name, min(date) AS first, max(date) AS last
    FROM rollup_daily_finished WHERE gpu_name IS NOT NULL GROUP BY gpu_name`);
  expect(gpus.length).toBeGreaterThan(1);
  for (const { gpu_name, first, last } of gpus) {
    const gpu = { gpu: String(gpu_name) };
    const between = { since: String(last), until: String(last) };
    for (const byLocation of [true, false]) {
      const geolocation = byLocation ? 'geolocation' : 'NULL::VARCHAR AS geolocation';
      const select = `SELECT ${geolocation}, type, state, date, ${NUMBERS.join(', ')}
        FROM rollup_${byLocation ? 'daily' : 'gpu'}_finished WHERE gpu_name = $gpu`;
      const options = { gpuName: gpu.gpu, byLocation };
      expect(await historyRows(reader, options)).toEqual(await reader.rows(`${select} ${order}`, gpu));
      expect(await historyRows(reader, { ...options, ...between })).toEqual(
        await reader.rows(`${select} AND date = '${between.since}' ${order}`, gpu),
      );
    }
    expect(first).not.toBe(last);
  }
  expect((await dailyHistory(reader, { gpuName: 'RTX 0000' })).length).toBe(0);
});

it('is read once, until eight others have been asked for since', async () => {
  using store = makeTestStore();
  const files = { dir: store.dir, journal: store.journal, clock: store.clock, log: silentLog };
  const market = randomPolls(4, 6);
  for (let poll = 0; poll < 30; poll += 1)
    store.append({ ...market.next().value, tsMs: START_MS + poll * 10 * INTERVAL_MS });
  await writeSnapshot(files);
  await writeRollups(files);
  await using reader = await openMarketReader(files);
  const [row] = await reader.rows('SELECT gpu_name FROM rollup_daily_finished WHERE gpu_name IS NOT NULL');
  const gpuName = String(row?.gpu_name);
  const first = await dailyHistory(reader, { gpuName });
  expect(first.length).toBeGreaterThan(0);
  const others = async (count: number) => {
    for (let other = 0; other < count; other += 1) await dailyHistory(reader, { gpuName: `RTX 000${other}` });
  };
  await others(7);
  expect(await dailyHistory(reader, { gpuName })).toBe(first);
  expect(await dailyHistory(reader, { gpuName, since: '2000-01-01' })).not.toBe(first);
  await others(8);
  const again = await dailyHistory(reader, { gpuName });
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});
