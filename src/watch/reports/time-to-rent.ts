// Time to rent: from an offer's first sight as available to its first sight as rented, within 48 hours. Rows as
// in the original's recipe, one an offer and type; or their distribution by group.
import { count, GPU_NAME, hours, MACHINE_ID, OFFER_ID, percent, TYPE, time } from './columns.ts';
import { groupOrder } from './occupancy.ts';
import type { ReportPlan } from './plan.ts';
import { dimensionsOf } from './prices.ts';
import { quantileName } from './quantile-sql.ts';
import type { Grouping } from './report.ts';
import { dimensionSpansSql, type SpanScope, stateConditions, stateSpansSql } from './span-sql.ts';
import type { ReportTable } from './tables.ts';

const MS_PER_HOUR = 3_600_000;
const WITHIN_HOURS = 48;
const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9] as const;

/** One row an offer and type that was rented in time, fastest first. */
export function timeToRentOffers(scope: SpanScope, plan: ReportPlan): ReportTable {
  const attributes = [
    { column: MACHINE_ID, sql: 'a.machine_id::DOUBLE', facets: [] },
    { column: GPU_NAME, sql: 'a.gpu_name', facets: [] },
  ];
  return {
    columns: [
      OFFER_ID,
      MACHINE_ID,
      GPU_NAME,
      TYPE,
      time('ts_avail', 'First available'),
      time('ts_rented', 'First rented'),
      hours('hours_to_rent', 'To rent'),
      hours('unseen_before_hours', 'Not seen just before'),
    ],
    sql: [
      `WITH ${flipsSql(scope, plan, attributes)},
      sighted AS (SELECT x.line, max(st.e - 1) AS last FROM flips x JOIN st ON st.line = x.line AND st.s < 254 AND st.f < x.r
        WHERE x.rented_in_time GROUP BY x.line)
      SELECT (x.line >> 4)::DOUBLE AS offer_id, x.machine_id, x.gpu_name, y.type AS type,
        pa.ts AS ts_avail, pr.ts AS ts_rented, x.hours AS hours_to_rent,
        greatest(pr.ts_ms - pl.ts_ms - pl.credit_ms, 0) / ${MS_PER_HOUR}::DOUBLE AS unseen_before_hours
      FROM flips x JOIN sighted USING (line) JOIN polls pa ON pa.poll = x.a + ${before(scope)}
        JOIN polls pr ON pr.poll = x.r + ${before(scope)} JOIN polls pl ON pl.poll = sighted.last + ${before(scope)}
        LEFT JOIN types y ON y.code = x.line & 15
      WHERE x.rented_in_time`,
    ],
    order: 'hours_to_rent, offer_id, type',
    totals: `count(*)::DOUBLE AS offers, avg(hours_to_rent) AS mean_hours,
      ${QUANTILES.map((q) => `quantile_cont(hours_to_rent, ${q}::DOUBLE) AS ${quantileName(q)}_hours`).join(', ')}`,
  };
}

/** The distribution by group and type. */
export function timeToRentGroups(
  scope: SpanScope,
  plan: ReportPlan,
  by: readonly Grouping[],
  bands: readonly number[],
): ReportTable {
  const dimensions = dimensionsOf(by, bands);
  const shown = dimensions.filter((dimension) => dimension.column.title !== '');
  const names = shown.map((dimension) => dimension.column.name);
  const grouped = [...names, 'line & 15'].join(', ');
  return {
    columns: [
      ...shown.map((dimension) => dimension.column),
      TYPE,
      count('offers', 'Seen available'),
      count('rented_in_time', `Rented within ${WITHIN_HOURS} h`),
      percent('rented_in_time_pct', `Rented within ${WITHIN_HOURS} h`),
      hours('mean_hours', 'Mean'),
      ...QUANTILES.map((q) => hours(`${quantileName(q)}_hours`, quantileName(q))),
    ],
    sql: [
      `WITH ${flipsSql(scope, plan, dimensions)},
      r AS (SELECT ${names.map((name) => `${name}, `).join('')}line & 15 AS code, count(*)::DOUBLE AS offers,
          (count(*) FILTER (WHERE rented_in_time))::DOUBLE AS rented_in_time, avg(hours) FILTER (WHERE rented_in_time) AS mean_hours,
          ${QUANTILES.map((q) => `quantile_cont(hours, ${q}::DOUBLE) FILTER (WHERE rented_in_time) AS ${quantileName(q)}_hours`).join(', ')}
        FROM flips GROUP BY ${grouped})
      SELECT ${names.map((name) => `${name}, `).join('')}y.type AS type, offers, rented_in_time,
        100 * rented_in_time / offers AS rented_in_time_pct, mean_hours,
        ${QUANTILES.map((q) => `${quantileName(q)}_hours`).join(', ')}
      FROM r LEFT JOIN types y ON y.code = r.code`,
    ],
    order: groupOrder(shown, 'offers DESC'),
    totals:
      'sum(offers) AS offers, sum(rented_in_time) AS rented_in_time, 100 * sum(rented_in_time) / sum(offers) AS rented_in_time_pct',
    samples: 'offers',
  };
}

/**
 * `flips(line, …dimensions, a, r, hours, rented_in_time)`: the first poll as available, the first as rented.
 * As in the original, an offer that was seen rented before it was seen available counts as not rented in time.
 */
function flipsSql(
  scope: SpanScope,
  plan: ReportPlan,
  dimensions: Parameters<typeof dimensionSpansSql>[1],
): string {
  const { available, rented } = stateConditions(plan.state);
  const names = dimensions.map((dimension) => dimension.column.name);
  return `${dimensionSpansSql(scope, dimensions)},
  ${stateSpansSql(scope)},
  firsts AS (SELECT line, min(f) FILTER (WHERE ${available}) AS a, min(f) FILTER (WHERE ${rented}) AS r
    FROM st WHERE s < 254 GROUP BY line),
  timed AS (SELECT line, a, r, (pr.ts_ms - pa.ts_ms) / ${MS_PER_HOUR}::DOUBLE AS hours
    FROM firsts JOIN polls pa ON pa.poll = a + ${before(scope)} LEFT JOIN polls pr ON pr.poll = r + ${before(scope)}),
  flips AS (SELECT t.line, ${names.map((name) => `d.${name}`).join(', ')}, a, r, hours,
      coalesce(hours > 0 AND hours <= ${WITHIN_HOURS}, false) AS rented_in_time
    FROM timed t JOIN ds d ON d.line = t.line AND d.f <= t.a AND t.a < d.e)`;
}

function before({ window }: SpanScope): number {
  return window.firstPoll - 1;
}
