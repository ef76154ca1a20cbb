// Goal: the recipes give in DuckDB what they give in SQLite, and what the reports say of the flag `rented` with
// `--gaps carry`. Method: the same random rows in a DuckDB and in a SQLite database.
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  RECIPE_NAMES,
  type RecipeName,
  readRecipe,
  runRecipe,
  type SqlAnswer,
  SqlError,
} from '../../../src/watch/queries/index.ts';
import { runReport } from '../../../src/watch/reports/index.ts';
import {
  anOffer,
  isoSeconds,
  openTestMarket,
  pollsAt,
  type RawPoll,
  randomMarket,
  rawRow,
  START_MS,
} from '../reports/raw-market.ts';

const clock = { now: () => START_MS };

/** The original's table, as it would have been collected. */
function openSqlite(polls: readonly RawPoll[]): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(`CREATE TABLE offers_raw(ts TEXT NOT NULL, offer_id INTEGER NOT NULL, machine_id INTEGER NOT NULL, gpu_name TEXT,
    num_gpus INTEGER, gpu_frac REAL, gpu_total_ram_gb REAL, dph_total_usd REAL, reliability2 REAL, geolocation TEXT,
    type TEXT, rentable INTEGER, rented INTEGER, verified INTEGER, deverified INTEGER, availability_state TEXT)`);
  const insert = db.prepare(
    `INSERT INTO offers_raw VALUES (${Array.from({ length: 16 }, () => '?').join(', ')})`,
  );
  for (const poll of polls) for (const offer of poll.offers) insert.run(...rawRow(poll, offer));
  return db;
}

/** Rows by key, with figures that were rounded for display compared to one unit in their last place. */
function expectSame(
  actual: SqlAnswer['rows'],
  expected: readonly Record<string, unknown>[],
  keys: readonly string[],
  tolerance: number,
) {
  const keyOf = (row: Readonly<Record<string, unknown>>) => JSON.stringify(keys.map((key) => row[key]));
  expect(actual.map(keyOf).sort((a, b) => a.localeCompare(b))).toEqual(
    expected.map(keyOf).sort((a, b) => a.localeCompare(b)),
  );
  const byKey = new Map(expected.map((row) => [keyOf(row), row]));
  for (const row of actual) {
    for (const [column, value] of Object.entries(byKey.get(keyOf(row)) ?? {})) {
      if (typeof value === 'number' && typeof row[column] === 'number')
        expect(Math.abs(row[column] - value), `${keyOf(row)} ${column}`).toBeLessThanOrEqual(tolerance);
      else expect(row[column], `${keyOf(row)} ${column}`).toBe(value);
    }
  }
}

describe.each(['q1', 'q2', 'q3'])('on a random market (seed %s)', (seed) => {
  const polls = randomMarket({ seed });
  const last = polls.at(-1)?.tsMs ?? 0;

  it.each([
    ['time-to-rent', ['offer_id', 'ts_avail', 'ts_rented'], 1e-6],
    ['whole-gpu', ['gpu_name'], 1e-9],
  ] as const)('%s gives what SQLite gives', async (name, keys, tolerance) => {
    using market = await openTestMarket(polls);
    using db = openSqlite(polls);
    const expected = db.prepare(readRecipe(name)).all();
    expect(expected.length).toBeGreaterThan(0);
    expectSame((await runRecipe(market.connection, name)).rows, expected, keys, tolerance);
  });

  it.each([
    ['the whole time', isoSeconds(START_MS), isoSeconds(last + 360_000), '+360 seconds'],
    [
      'a window and another cadence',
      isoSeconds(polls[10]?.tsMs ?? 0),
      isoSeconds(polls[40]?.tsMs ?? 0),
      '+90 seconds',
    ],
    ['a cadence that ends in a later day', isoSeconds(START_MS), isoSeconds(last), '+2 days'],
  ])('device-occupancy over %s gives what SQLite gives', async (_, since, until, poll_interval) => {
    using market = await openTestMarket(polls);
    using db = openSqlite(polls);
    const params = { since, until, poll_interval };
    const expected = db.prepare(readRecipe('device-occupancy')).all(params);
    expect(expected.length).toBeGreaterThan(0);
    // Sums of doubles are taken in another order, so a tie in rounding may fall to either side.
    expectSame(
      (await runRecipe(market.connection, 'device-occupancy', { params })).rows,
      expected,
      ['offer_id', 'machine_id', 'gpu_name'],
      0.0100001,
    );
  });

  it('device-occupancy agrees with the report', async () => {
    using market = await openTestMarket(polls);
    const recipe = await runRecipe(market.connection, 'device-occupancy');
    const report = await runReport(market, { mode: 'occupancy', state: 'rented', gaps: 'carry' }, clock);
    expect(recipe.rows.length).toBe(report.rows.length);
    const rounded = report.rows.map((row) => ({
      offer_id: row.offer_id,
      machine_id: row.machine_id,
      gpu_name: row.gpu_name,
      rented_pct: row.api_rented_pct,
      rented_hours: row.api_rented_hours,
      total_hours: row.total_hours,
    }));
    expectSame(recipe.rows, rounded, ['offer_id', 'machine_id', 'gpu_name'], 0.0050001);
  });

  it('time-to-rent agrees with the report', async () => {
    using market = await openTestMarket(polls);
    const recipe = await runRecipe(market.connection, 'time-to-rent');
    const report = await runReport(market, { mode: 'ttr', state: 'rented', gaps: 'carry' }, clock);
    expectSame(
      recipe.rows,
      report.rows.map(({ offer_id, ts_avail, ts_rented, hours_to_rent }) => ({
        offer_id,
        ts_avail,
        ts_rented,
        hours_to_rent,
      })),
      ['offer_id'],
      1e-6,
    );
  });

  it('daily agrees with the report to the last figure', async () => {
    using market = await openTestMarket(polls);
    const recipe = await runRecipe(market.connection, 'daily');
    const report = await runReport(market, { mode: 'daily', state: 'rented', gaps: 'carry' }, clock);
    expectSame(recipe.rows, report.rows, ['date', 'gpu_name', 'geolocation', 'type'], 1e-9);
    expect(recipe.rows.length).toBeGreaterThan(1);
  });

  it('whole-gpu agrees with the report', async () => {
    using market = await openTestMarket(polls);
    const recipe = await runRecipe(market.connection, 'whole-gpu');
    const report = await runReport(market, { mode: 'whole-gpu', state: 'rented', gaps: 'carry' }, clock);
    expectSame(
      recipe.rows,
      report.rows.map(({ gpu_name, util_pct }) => ({ gpu_name, util_pct })),
      ['gpu_name'],
      1e-9,
    );
  });
});

describe('a recipe', () => {
  const polls = pollsAt([0, [anOffer({ rented: 1 })]], [6, [anOffer()]]);

  it('has the columns of the original', async () => {
    using market = await openTestMarket(polls);
    const columns = async (name: RecipeName) =>
      (await runRecipe(market.connection, name)).columns.map((column) => column.name);
    expect(await columns('daily')).toEqual([
      'date',
      'gpu_name',
      'geolocation',
      'type',
      'rented_offers',
      'available_offers',
      'utilization_pct',
      'median_price_rented',
      'median_price_avail',
      'p10_price_avail',
      'p90_price_avail',
    ]);
    expect(await columns('time-to-rent')).toEqual(['offer_id', 'ts_avail', 'ts_rented', 'hours_to_rent']);
    expect(await columns('whole-gpu')).toEqual(['gpu_name', 'util_pct']);
    expect(await columns('device-occupancy')).toEqual([
      'offer_id',
      'machine_id',
      'gpu_name',
      'rented_pct',
      'rented_hours',
      'total_hours',
    ]);
  });

  it('cuts the last sight at :until only on a later day, as comparing text does', async () => {
    using market = await openTestMarket(polls);
    const hours = async (until: string, poll_interval: string) =>
      (await runRecipe(market.connection, 'device-occupancy', { params: { until, poll_interval } })).rows[0]
        ?.total_hours;
    expect(await hours('2026-01-01T00:08:00Z', '+360 seconds')).toBe(0.2);
    expect(await hours('2026-01-01T00:08:00Z', '+1 day')).toBe(0.133);
  });

  it('warns of the flag, and of types that it mixes', async () => {
    using one = await openTestMarket(polls);
    expect((await runRecipe(one.connection, 'whole-gpu')).warnings).toHaveLength(1);
    using two = await openTestMarket(pollsAt([0, [anOffer(), anOffer({ type: 'interruptible' })]]));
    expect((await runRecipe(two.connection, 'whole-gpu')).warnings.join(' ')).toContain('several types');
    expect((await runRecipe(two.connection, 'daily')).warnings).toHaveLength(1);
  });

  it('that does not exist is refused with those that do', async () => {
    using market = await openTestMarket(polls);
    await expect(runRecipe(market.connection, 'weekly')).rejects.toThrow(
      new SqlError(`there is no recipe "weekly"; there are ${RECIPE_NAMES.join(', ')}`),
    );
  });
});
