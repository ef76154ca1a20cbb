// Goal: prices, daily figures, times to rent and snapshots equal plain SQL over the raw rows of the same market.
import { describe, expect, it } from 'vitest';
import { type ReportOptions, runReport } from '../../../src/watch/reports/index.ts';
import { anOffer, openTestMarket, pollsAt, randomMarket, START_MS, type TestMarket } from './raw-market.ts';
import { quantileOf } from './reference.ts';

const clock = { now: () => START_MS };

/** Runs both over one market and compares the rows, in order, numbers to 1e-9. */
async function compare(seed: string, options: ReportOptions, sql: string, columns: readonly string[]) {
  using market = await openTestMarket(randomMarket({ seed, types: ['on-demand', 'interruptible', null] }));
  const report = await runReport(market, options, clock);
  const expected = await market.rows(sql);
  expect(expected.length).toBeGreaterThan(0);
  expect(report.rows.length).toBe(expected.length);
  for (const [at, row] of expected.entries()) {
    for (const column of columns) {
      const value = typeof row[column] === 'bigint' ? Number(row[column]) : row[column];
      const actual = report.rows[at]?.[column];
      if (typeof value === 'number' && typeof actual === 'number')
        expect(actual, `${at} ${column}`).toBeCloseTo(value, 9);
      else expect(actual, `${at} ${column}`).toBe(value);
    }
  }
  return report;
}

const bases = [
  ['rentable', 'rentable = 1', 'rentable = 0'],
  ['rented', 'rented = 0', 'rented = 1'],
] as const;

describe.each(bases)('with --state %s', (state, available, rented) => {
  it.each(['1', '2'])('daily is what the original would put into agg_gpu_daily (seed %s)', async (seed) => {
    await compare(
      `daily-${seed}`,
      { mode: 'daily', state },
      `SELECT ts[1:10] AS date, gpu_name, geolocation, coalesce(type, 'any') AS type,
         count(*) FILTER (WHERE ${rented}) AS rented_offers, count(*) FILTER (WHERE ${available}) AS available_offers,
         round(100.0 * (count(*) FILTER (WHERE ${rented}))::DOUBLE / count(*), 2) AS utilization_pct,
         median(dph_total_usd) FILTER (WHERE ${rented}) AS median_price_rented,
         median(dph_total_usd) FILTER (WHERE ${available}) AS median_price_avail,
         quantile_cont(dph_total_usd, 0.10) FILTER (WHERE ${available}) AS p10_price_avail,
         quantile_cont(dph_total_usd, 0.90) FILTER (WHERE ${available}) AS p90_price_avail
       FROM offers_raw GROUP BY ALL ORDER BY date, gpu_name NULLS LAST, geolocation NULLS LAST, type`,
      [
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
      ],
    );
  });

  it('prices are quantiles and means of the raw rows', async () => {
    const side = (name: string, condition: string) => {
      const over = `FILTER (WHERE ${condition} AND dph_total_usd IS NOT NULL)`;
      const quantiles = [
        ['p10', 0.1],
        ['p25', 0.25],
        ['median', 0.5],
        ['p75', 0.75],
        ['p90', 0.9],
      ].map(([title, q]) => `quantile_cont(dph_total_usd, ${q}) ${over} AS ${name}_${title}`);
      return [
        `count(*) ${over} AS ${name}_observations`,
        `avg(dph_total_usd) ${over} AS ${name}_mean`,
        ...quantiles,
      ].join(', ');
    };
    const columns = ['available', 'utilized'].flatMap((name) =>
      ['observations', 'mean', 'p10', 'p25', 'median', 'p75', 'p90'].map((figure) => `${name}_${figure}`),
    );
    await compare(
      'prices',
      { mode: 'prices', by: 'count', state },
      `SELECT CASE num_gpus WHEN 1 THEN '1' WHEN 2 THEN '2' WHEN 4 THEN '3-4' WHEN 8 THEN '5-8' ELSE '9+' END AS count_bucket, type,
         ${side('available', available)}, ${side('utilized', rented)}
       FROM offers_raw WHERE dph_total_usd IS NOT NULL AND (${available} OR ${rented})
       GROUP BY ALL ORDER BY count_bucket, type NULLS LAST`,
      ['count_bucket', 'type', ...columns],
    );
  });

  it('time to rent is the first sight as rented after the first as available, within 48 h', async () => {
    const hours = `date_diff('millisecond', a.ts::TIMESTAMP, r.ts::TIMESTAMP) / 3600000.0::DOUBLE`;
    await compare(
      'ttr',
      { mode: 'ttr', state },
      `WITH a AS (SELECT offer_id, type, min(ts) AS ts FROM offers_raw WHERE ${available} GROUP BY ALL),
         r AS (SELECT offer_id, type, min(ts) AS ts FROM offers_raw WHERE ${rented} GROUP BY ALL)
       SELECT a.offer_id, a.type, a.ts AS ts_avail, r.ts AS ts_rented, ${hours} AS hours_to_rent
       FROM a JOIN r ON a.offer_id = r.offer_id AND a.type IS NOT DISTINCT FROM r.type
       WHERE r.ts > a.ts AND ${hours} <= 48 ORDER BY hours_to_rent, a.offer_id`,
      ['offer_id', 'type', 'ts_avail', 'ts_rented', 'hours_to_rent'],
    );
  });

  it('latest counts the newest poll', async () => {
    await compare(
      'latest',
      { mode: 'latest', by: 'count', state },
      `SELECT CASE num_gpus WHEN 1 THEN '1' WHEN 2 THEN '2' WHEN 4 THEN '3-4' WHEN 8 THEN '5-8' ELSE '9+' END AS count_bucket, type,
         count(*) FILTER (WHERE ${available}) AS available, count(*) FILTER (WHERE ${rented}) AS assumed_utilized,
         100.0::DOUBLE * (count(*) FILTER (WHERE ${rented})) / nullif(count(*) FILTER (WHERE ${rented} OR ${available}), 0) AS utilization_pct,
         avg(dph_total_usd) FILTER (WHERE ${available}) AS avg_price_available,
         avg(dph_total_usd) FILTER (WHERE ${rented}) AS avg_price_utilized,
         count(*) FILTER (WHERE rented = 1) AS rented_raw
       FROM offers_raw WHERE ts = (SELECT max(ts) FROM offers_raw) GROUP BY ALL ORDER BY count_bucket, type NULLS LAST`,
      [
        'count_bucket',
        'type',
        'available',
        'assumed_utilized',
        'utilization_pct',
        'avg_price_available',
        'avg_price_utilized',
        'rented_raw',
      ],
    );
  });

  it('whole-gpu looks at whole GPUs of the newest poll, and takes a missing fraction for whole', async () => {
    await compare(
      'whole',
      { mode: 'whole-gpu', state },
      `SELECT gpu_name, type, round(100.0 * (count(*) FILTER (WHERE ${rented}))::DOUBLE / count(*), 1) AS util_pct, count(*) AS offers
       FROM offers_raw WHERE ts = (SELECT max(ts) FROM offers_raw) AND coalesce(gpu_frac, 1.0) >= 0.999
       GROUP BY ALL ORDER BY util_pct DESC, offers DESC, gpu_name NULLS LAST, type NULLS LAST`,
      ['gpu_name', 'type', 'util_pct', 'offers'],
    );
  });
});

describe('quantiles over spans', () => {
  const priced = (price: number | null, rentable: 0 | 1) => anOffer({ price, rentable });

  it.each([
    [[0.1]],
    [[0.1, 0.2]],
    [[0.1, 0.1, 0.7]],
    [[3, 0.3333333333333333, 0.1, 0.1, 0.1, 9, 0.3333333333333333]],
  ])('equal those of the observations %j', async (prices) => {
    using market = await openTestMarket(
      pollsAt(...prices.map((price, at) => [at * 6, [priced(price, 1)]] as const)),
    );
    const { rows } = await runReport(market, { mode: 'prices' }, clock);
    for (const [name, q] of [
      ['p10', 0.1],
      ['p25', 0.25],
      ['median', 0.5],
      ['p75', 0.75],
      ['p90', 0.9],
    ] as const) {
      expect(rows[0]?.[`available_${name}`]).toBeCloseTo(quantileOf(prices, q) as number, 12);
    }
  });

  it('leave out observations without a price, but daily counts them', async () => {
    using market = await openTestMarket(
      pollsAt([0, [priced(null, 1)]], [6, [priced(0.5, 1)]], [12, [priced(null, 0)]]),
    );
    const prices = await runReport(market, { mode: 'prices' }, clock);
    expect(prices.rows[0]).toMatchObject({
      available_observations: 1,
      available_median: 0.5,
      utilized_observations: 0,
      utilized_median: null,
    });
    const daily = await runReport(market, { mode: 'daily' }, clock);
    expect(daily.rows[0]).toMatchObject({ available_offers: 2, rented_offers: 1, median_price_rented: null });
  });
});

describe('daily figures over months', () => {
  it('count every day once, also where one stretch of days meets the next', async () => {
    // Stretches of 30 days are counted from 1970: one begins on 2026-01-07.
    const days = [0, 5, 6, 7, 40, 75];
    const polls = days.flatMap((day) =>
      [0, 6].map((minute) => [day * 1440 + minute, [anOffer({ price: day + 1 })]] as const),
    );
    using market = await openTestMarket(pollsAt(...polls));
    const { rows } = await runReport(market, { mode: 'daily' }, clock);
    expect(rows.map((row) => [row.date, row.available_offers, row.median_price_avail])).toEqual([
      ['2026-01-01', 2, 1],
      ['2026-01-06', 2, 6],
      ['2026-01-07', 2, 7],
      ['2026-01-08', 2, 8],
      ['2026-02-10', 2, 41],
      ['2026-03-17', 2, 76],
    ]);
  });
});

describe('a time to rent', () => {
  const ttr = async (market: TestMarket, options: ReportOptions = {}) =>
    (await runReport(market, { mode: 'ttr', ...options }, clock)).rows;
  const free = anOffer();
  const taken = anOffer({ rentable: 0 });

  it('of exactly 48 h counts, of a minute more does not', async () => {
    using just = await openTestMarket(pollsAt([0, [free]], [48 * 60, [taken]]));
    expect((await ttr(just))[0]?.hours_to_rent).toBe(48);
    using over = await openTestMarket(pollsAt([0, [free]], [48 * 60 + 1, [taken]]));
    expect(await ttr(over)).toEqual([]);
  });

  it('says how long nobody looked before the first sight as rented', async () => {
    using watched = await openTestMarket(pollsAt([0, [free]], [6, [free]], [12, [taken]]));
    expect((await ttr(watched))[0]?.unseen_before_hours).toBe(0);
    using blind = await openTestMarket(pollsAt([0, [free]], [6, [free]], [126, [taken]]));
    expect((await ttr(blind))[0]?.unseen_before_hours).toBeCloseTo(111 / 60, 9);
  });

  it('by group tells how many of those seen available were rented in time', async () => {
    const polls = pollsAt(
      [0, [free, anOffer({ offerId: 2 }), anOffer({ offerId: 3, rentable: 0 })]],
      [30, [taken, anOffer({ offerId: 2 }), anOffer({ offerId: 3 })]],
    );
    using market = await openTestMarket(polls);
    expect((await ttr(market, { by: 'gpu' }))[0]).toMatchObject({
      offers: 3,
      rented_in_time: 1,
      median_hours: 0.5,
      mean_hours: 0.5,
    });
  });
});
