// Daily aggregates: the columns of `agg_gpu_daily`, one row a UTC day, group and type.
import { count, date, percent, TYPE, text, usdPerHour } from './columns.ts';
import type { ReportPlan } from './plan.ts';
import { AVAILABLE, KEY_PARTS_SQL, pieceKeySql, pricePiecesSql, RENTED } from './price-pieces-sql.ts';
import { dimensionsOf } from './prices.ts';
import { nearQuantilesSql, quantileName, quantileSql, rankedPricesSql } from './quantile-sql.ts';
import type { Grouping } from './report.ts';
import { queryRows, type ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import type { ReportTable } from './tables.ts';

const DAY_MS = 86_400_000;

/**
 * Days are independent, and a month of spans laid over each other is a twelfth of the work of a year's, and of
 * its memory: a line's states are compared with all of its prices.
 */
const DAYS_AT_ONCE = 30;

/** The scope in stretches of whole days. */
export async function dayStretches(source: ReportSource, scope: SpanScope): Promise<readonly SpanScope[]> {
  const { firstPoll, lastPoll } = scope.window;
  const rows = await queryRows(
    source,
    `SELECT min(poll)::DOUBLE AS first_poll, max(poll)::DOUBLE AS last_poll FROM polls
     WHERE poll BETWEEN ${firstPoll} AND ${lastPoll} GROUP BY ts_ms // ${DAY_MS * DAYS_AT_ONCE} ORDER BY first_poll`,
  );
  return rows.map((row) => ({
    ...scope,
    window: { ...scope.window, firstPoll: Number(row.first_poll), lastPoll: Number(row.last_poll) },
  }));
}

/** Without groupings: by GPU name and geolocation as the API writes it, like the original. */
export function dailyReport(
  [first, ...more]: readonly SpanScope[],
  plan: ReportPlan,
  by: readonly Grouping[] | undefined,
  bands: readonly number[],
): ReportTable {
  const dimensions = by === undefined ? ORIGINAL_GROUPS : dimensionsOf(by, bands);
  const shown = dimensions.filter((dimension) => dimension.column.title !== '');
  const names = shown.map((dimension) => dimension.column.name);
  const sqlOf = (scope: SpanScope) =>
    `WITH ${daysSql(scope)},
      ${pricePiecesSql(scope, dimensions, plan.state)},
      spread AS (SELECT gid, code, cls, p, f, e, unnest(range(day_of[f], day_of[e - 1] + 1)) AS day FROM pieces, dys),
      cut AS (SELECT ${pieceKeySql('day')} AS k, p, (least(e, starts[day + 1]) - greatest(f, starts[day]))::DOUBLE AS w FROM spread, dys),
      ${rankedPricesSql('cut')},
      counts AS (SELECT ${PARTS}, sum(seen) AS n, coalesce(sum(seen) FILTER (WHERE ${IS_RENTED}), 0) AS rented,
        coalesce(sum(seen) FILTER (WHERE ${IS_AVAILABLE}), 0) AS available FROM sizes GROUP BY ${KEYS}),
      places AS (SELECT k, ${QUANTILES.map((q) => `${quantileSql(q)} AS ${quantileName(q)}`).join(', ')}
        FROM ranked WHERE ${nearQuantilesSql(QUANTILES)} GROUP BY k),
      q AS (SELECT ${PARTS},
        max(median) FILTER (WHERE ${IS_RENTED}) AS median_price_rented,
        max(median) FILTER (WHERE ${IS_AVAILABLE}) AS median_price_avail,
        max(p10) FILTER (WHERE ${IS_AVAILABLE}) AS p10_price_avail,
        max(p90) FILTER (WHERE ${IS_AVAILABLE}) AS p90_price_avail FROM places GROUP BY ${KEYS})
      SELECT dates[counts.day] AS date, ${names.map((name) => `g.${name}, `).join('')}coalesce(y.type, 'any') AS type,
        rented AS rented_offers, available AS available_offers, round(100.0 * rented / n, 2) AS utilization_pct,
        median_price_rented, median_price_avail, p10_price_avail, p90_price_avail
      FROM counts JOIN groups g USING (gid) LEFT JOIN q USING (${KEYS}) LEFT JOIN types y ON y.code = counts.code, dys`;
  return {
    columns: [
      date('date', 'Date'),
      ...shown.map((dimension) => dimension.column),
      TYPE,
      count('rented_offers', 'Rented', 'observations'),
      count('available_offers', 'Available', 'observations'),
      percent('utilization_pct', 'Utilisation'),
      usdPerHour('median_price_rented', 'Median rented'),
      usdPerHour('median_price_avail', 'Median available'),
      usdPerHour('p10_price_avail', 'p10 available'),
      usdPerHour('p90_price_avail', 'p90 available'),
    ],
    sql: [sqlOf(first as SpanScope), ...more.map(sqlOf)],
    order: ['date', ...names, 'type'].map((name) => `${name} NULLS LAST`).join(', '),
    samples: '(rented_offers + available_offers)',
  };
}

const QUANTILES = [0.1, 0.5, 0.9] as const;
const KEYS = 'day, gid, code';
const PARTS = `${KEY_PARTS_SQL.day} AS day, ${KEY_PARTS_SQL.gid} AS gid, ${KEY_PARTS_SQL.code} AS code`;
const IS_RENTED = `${KEY_PARTS_SQL.cls} = ${RENTED}`;
const IS_AVAILABLE = `${KEY_PARTS_SQL.cls} = ${AVAILABLE}`;

const ORIGINAL_GROUPS = [
  { column: text('gpu_name', 'GPU'), sql: 'a.gpu_name', facets: [] },
  { column: text('geolocation', 'Location'), sql: 'a.geolocation', facets: [] },
];

/**
 * `dys`: one row of lists. `day_of` gives the number of a poll's day, counting from 1 the UTC days that have
 * polls; `starts` a day's first poll, with one element more that ends the last; `dates` its text.
 */
function daysSql({ window }: SpanScope): string {
  const { firstPoll, lastPoll } = window;
  return `day_polls AS (SELECT poll - ${firstPoll - 1} AS poll, (ts_ms // ${DAY_MS})::INTEGER AS day
      FROM polls WHERE poll BETWEEN ${firstPoll} AND ${lastPoll}),
  numbered AS (SELECT poll, day, dense_rank() OVER (ORDER BY day) AS number FROM day_polls),
  by_day AS (SELECT number, min(poll) AS start, strftime(make_date(any_value(day)), '%Y-%m-%d') AS date FROM numbered GROUP BY number),
  dys AS MATERIALIZED (SELECT
    (SELECT list(number ORDER BY poll) FROM numbered) AS day_of,
    (SELECT list_append(list(start ORDER BY number), ${lastPoll - firstPoll + 2}) FROM by_day) AS starts,
    (SELECT list(date ORDER BY number) FROM by_day) AS dates)`;
}
