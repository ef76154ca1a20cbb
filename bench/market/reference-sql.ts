// The reports once more, as plain SQL over raw rows (DuckDB, table `offers_raw`): written for comparison only,
// from the original's recipes, and knowing nothing of spans. All go by `rented`, with holes carried by LEAD.
import type { ReportMode } from '../../src/watch/reports/index.ts';

export interface ReferenceReport {
  readonly mode: ReportMode;
  /** Columns that name a row; the others are compared as values. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly sql: string;
}

/** The credit of an offer's last sight: the original's poll interval. */
const CADENCE_MS = 360_000;

const TIMED = `SELECT *, epoch_ms(ts::TIMESTAMP) AS t FROM offers_raw`;
const NEWEST = `SELECT * FROM offers_raw WHERE ts = (SELECT max(ts) FROM offers_raw)`;
const COUNT_BUCKET = `CASE WHEN num_gpus = 1 THEN '1' WHEN num_gpus = 2 THEN '2' WHEN num_gpus <= 4 THEN '3-4'
  WHEN num_gpus <= 8 THEN '5-8' ELSE '9+' END`;

export const REFERENCE_REPORTS: readonly ReferenceReport[] = [
  {
    mode: 'occupancy',
    keys: ['offer_id', 'type', 'machine_id', 'gpu_name'],
    values: [
      'samples',
      'total_hours',
      'available_hours',
      'assumed_rented_hours',
      'api_rented_hours',
      'api_rented_pct',
    ],
    sql: `WITH held AS (
        SELECT *, coalesce(lead(t) OVER (PARTITION BY offer_id, type ORDER BY t), t + ${CADENCE_MS}) - t AS ms FROM (${TIMED}))
      SELECT offer_id, type, machine_id, gpu_name, count(*) AS samples, sum(ms) / 3.6e6 AS total_hours,
        coalesce(sum(ms) FILTER (WHERE rentable = 1), 0) / 3.6e6 AS available_hours,
        coalesce(sum(ms) FILTER (WHERE rentable = 0), 0) / 3.6e6 AS assumed_rented_hours,
        coalesce(sum(ms) FILTER (WHERE rented = 1), 0) / 3.6e6 AS api_rented_hours,
        100.0 * coalesce(sum(ms) FILTER (WHERE rented = 1), 0) / sum(ms) AS api_rented_pct
      FROM held GROUP BY ALL`,
  },
  {
    mode: 'ttr',
    keys: ['offer_id', 'type', 'ts_avail', 'ts_rented'],
    values: ['hours_to_rent'],
    sql: `SELECT offer_id, type, min(ts) FILTER (WHERE rented = 0) AS ts_avail, min(ts) FILTER (WHERE rented = 1) AS ts_rented,
        (epoch_ms(ts_rented::TIMESTAMP) - epoch_ms(ts_avail::TIMESTAMP)) / 3.6e6 AS hours_to_rent
      FROM offers_raw GROUP BY offer_id, type
      HAVING hours_to_rent > 0 AND hours_to_rent <= 48`,
  },
  {
    mode: 'daily',
    keys: ['date', 'gpu_name', 'geolocation', 'type'],
    values: [
      'rented_offers',
      'available_offers',
      'utilization_pct',
      'median_price_rented',
      'median_price_avail',
      'p10_price_avail',
      'p90_price_avail',
    ],
    sql: `SELECT ts[:10] AS date, gpu_name, geolocation, type,
        count(*) FILTER (WHERE rented = 1) AS rented_offers, count(*) FILTER (WHERE rented = 0) AS available_offers,
        round(100.0 * count(*) FILTER (WHERE rented = 1) / count(*), 2) AS utilization_pct,
        quantile_cont(dph_total_usd, 0.5) FILTER (WHERE rented = 1) AS median_price_rented,
        quantile_cont(dph_total_usd, 0.5) FILTER (WHERE rented = 0) AS median_price_avail,
        quantile_cont(dph_total_usd, 0.1) FILTER (WHERE rented = 0) AS p10_price_avail,
        quantile_cont(dph_total_usd, 0.9) FILTER (WHERE rented = 0) AS p90_price_avail
      FROM offers_raw GROUP BY ALL`,
  },
  {
    mode: 'latest',
    keys: ['gpu_name', 'count_bucket', 'type'],
    values: [
      'offers',
      'available',
      'assumed_utilized',
      'avg_price_available',
      'avg_price_utilized',
      'rented_raw',
    ],
    sql: `SELECT gpu_name, ${COUNT_BUCKET} AS count_bucket, type, count(*) AS offers,
        count(*) FILTER (WHERE rented = 0) AS available, count(*) FILTER (WHERE rented = 1) AS assumed_utilized,
        avg(dph_total_usd) FILTER (WHERE rented = 0) AS avg_price_available,
        avg(dph_total_usd) FILTER (WHERE rented = 1) AS avg_price_utilized,
        count(*) FILTER (WHERE rented = 1) AS rented_raw
      FROM (${NEWEST}) GROUP BY ALL`,
  },
  {
    mode: 'whole-gpu',
    keys: ['gpu_name', 'type'],
    values: ['util_pct', 'offers', 'utilized'],
    sql: `SELECT gpu_name, type, round(100.0 * count(*) FILTER (WHERE rented = 1) / count(*), 1) AS util_pct,
        count(*) AS offers, count(*) FILTER (WHERE rented = 1) AS utilized
      FROM (${NEWEST}) WHERE gpu_frac >= 0.999 GROUP BY ALL`,
  },
];
