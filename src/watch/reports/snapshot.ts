// The newest poll of the window: who is available, who is assumed to be utilised, at what price.
import { COUNT_BUCKET, count, GPU_NAME, percent, TYPE, usdPerHour } from './columns.ts';
import { COUNT_BUCKET_SQL, type Dimension } from './dimensions.ts';
import { groupOrder } from './occupancy.ts';
import type { ReportPlan } from './plan.ts';
import { dimensionsOf } from './prices.ts';
import type { Grouping } from './report.ts';
import {
  dimensionSpansSql,
  priceSpansSql,
  type SpanScope,
  stateConditions,
  stateSpansSql,
} from './span-sql.ts';
import type { ReportTable } from './tables.ts';

/** What counts as a whole GPU; the original's bound. An offer that does not say is taken for whole. */
const WHOLE_GPU_FRAC = 0.999;

const ORIGINAL_GROUPS: readonly Dimension[] = [
  { column: GPU_NAME, sql: 'a.gpu_name', facets: [] },
  { column: COUNT_BUCKET, sql: COUNT_BUCKET_SQL, facets: [] },
];

/** The newest poll by GPU name and count bucket, or as asked. `scope` is that poll alone. */
export function latestReport(
  scope: SpanScope,
  plan: ReportPlan,
  by: readonly Grouping[] | undefined,
  bands: readonly number[],
): ReportTable {
  const dimensions = by === undefined ? ORIGINAL_GROUPS : dimensionsOf(by, bands);
  const shown = dimensions.filter((dimension) => dimension.column.title !== '');
  const names = shown.map((dimension) => dimension.column.name);
  return {
    columns: [
      ...shown.map((dimension) => dimension.column),
      TYPE,
      count('offers', 'Offers'),
      count('available', 'Available'),
      count('assumed_utilized', 'Assumed utilised'),
      count('unknown', 'Unknown'),
      percent('utilization_pct', 'Utilisation'),
      percent('gpu_weighted_utilization_pct', 'By GPUs'),
      percent('gpu_frac_weighted_utilization_pct', 'By GPUs x fraction'),
      usdPerHour('avg_price_available', 'Mean available'),
      usdPerHour('avg_price_utilized', 'Mean utilised'),
      count('rented_raw', 'API rented'),
    ],
    sql: [
      `WITH ${offersSql(scope, dimensions)},
      r AS (SELECT ${[...names, 'code'].join(', ')}, ${snapshotSums(plan)} FROM offers GROUP BY ${[...names, 'code'].join(', ')})
      SELECT ${names.map((name) => `${name}, `).join('')}y.type AS type, offers, available, assumed_utilized, unknown,
        100 * assumed_utilized / nullif(available + assumed_utilized, 0) AS utilization_pct,
        gpu_weighted_utilization_pct, gpu_frac_weighted_utilization_pct,
        avg_price_available, avg_price_utilized, rented_raw
      FROM r LEFT JOIN types y ON y.code = r.code`,
    ],
    order: groupOrder(shown, 'offers DESC'),
    totals: `sum(offers) AS offers, sum(available) AS available, sum(assumed_utilized) AS assumed_utilized,
      sum(unknown) AS unknown,
      100 * sum(assumed_utilized) / nullif(sum(available) + sum(assumed_utilized), 0) AS utilization_pct,
      sum(avg_price_available * available) / sum(available) FILTER (WHERE avg_price_available IS NOT NULL) AS avg_price_available,
      sum(avg_price_utilized * assumed_utilized) / sum(assumed_utilized) FILTER (WHERE avg_price_utilized IS NOT NULL) AS avg_price_utilized,
      sum(rented_raw) AS rented_raw`,
    samples: 'offers',
  };
}

/** The newest poll's offers of whole GPUs, by GPU name or as asked. */
export function wholeGpuReport(
  scope: SpanScope,
  plan: ReportPlan,
  by: readonly Grouping[],
  bands: readonly number[],
): ReportTable {
  const dimensions = dimensionsOf(by, bands);
  const shown = dimensions.filter((dimension) => dimension.column.title !== '');
  const names = shown.map((dimension) => dimension.column.name);
  const { available, rented } = stateConditions(plan.state);
  return {
    columns: [
      ...shown.map((dimension) => dimension.column),
      TYPE,
      percent('util_pct', 'Utilised of all offers'),
      count('offers', 'Offers'),
      count('available', 'Available'),
      count('utilized', 'Utilised'),
      count('unknown', 'Unknown'),
      percent('utilization_pct', 'Utilisation'),
      percent('gpu_weighted_utilization_pct', 'By GPUs'),
    ],
    sql: [
      `WITH ${offersSql(scope, dimensions)},
      r AS (SELECT ${[...names, 'code'].join(', ')}, count(*)::DOUBLE AS offers,
          (count(*) FILTER (WHERE ${available}))::DOUBLE AS available,
          (count(*) FILTER (WHERE ${rented}))::DOUBLE AS utilized, ${weightedShare(plan, 'num_gpus')} AS by_gpus
        FROM offers WHERE coalesce(gpu_frac, 1.0) >= ${WHOLE_GPU_FRAC} GROUP BY ${[...names, 'code'].join(', ')})
      SELECT ${names.map((name) => `${name}, `).join('')}y.type AS type, round(100.0 * utilized / offers, 1) AS util_pct,
        offers, available, utilized, offers - available - utilized AS unknown,
        100 * utilized / nullif(available + utilized, 0) AS utilization_pct, by_gpus AS gpu_weighted_utilization_pct
      FROM r LEFT JOIN types y ON y.code = r.code`,
    ],
    order: `util_pct DESC, offers DESC, ${[...names, 'type'].map((name) => `${name} NULLS LAST`).join(', ')}`,
    totals: `round(100.0 * sum(utilized) / sum(offers), 1) AS util_pct, sum(offers) AS offers, sum(available) AS available,
      sum(utilized) AS utilized, sum(unknown) AS unknown,
      100 * sum(utilized) / nullif(sum(available) + sum(utilized), 0) AS utilization_pct`,
    samples: 'offers',
  };
}

/** `offers(line, code, s, p, …dimensions, num_gpus, gpu_frac)`: what the one poll of the scope saw. */
function offersSql(scope: SpanScope, dimensions: readonly Dimension[]): string {
  const weights = ['num_gpus', 'gpu_frac'].map((name) => ({
    column: { name: `${name}_`, title: '', unit: '', kind: 'count' as const },
    sql: `a.${name}`,
    facets: [],
  }));
  const names = dimensions.map((dimension) => dimension.column.name);
  return `${dimensionSpansSql(scope, [...dimensions, ...weights])},
  ${stateSpansSql(scope)},
  ${priceSpansSql(scope)},
  offers AS (SELECT st.line, st.line & 15 AS code, s, p, ${names.map((name) => `ds.${name}`).join(', ')},
      ds.num_gpus_ AS num_gpus, ds.gpu_frac_ AS gpu_frac
    FROM st JOIN ds ON ds.line = st.line LEFT JOIN pr ON pr.line = st.line WHERE s < 254)`;
}

function snapshotSums(plan: ReportPlan): string {
  const { available, rented } = stateConditions(plan.state);
  return `count(*)::DOUBLE AS offers,
    (count(*) FILTER (WHERE ${available}))::DOUBLE AS available,
    (count(*) FILTER (WHERE ${rented}))::DOUBLE AS assumed_utilized,
    (count(*) FILTER (WHERE NOT (${available}) AND NOT (${rented})))::DOUBLE AS unknown,
    ${weightedShare(plan, 'num_gpus')} AS gpu_weighted_utilization_pct,
    ${weightedShare(plan, 'num_gpus * gpu_frac')} AS gpu_frac_weighted_utilization_pct,
    avg(p) FILTER (WHERE ${available}) AS avg_price_available,
    avg(p) FILTER (WHERE ${rented}) AS avg_price_utilized,
    (count(*) FILTER (WHERE (s // 3) % 3 = 1))::DOUBLE AS rented_raw`;
}

function weightedShare(plan: ReportPlan, weight: string): string {
  const { available, rented } = stateConditions(plan.state);
  const used = `coalesce(sum(${weight}) FILTER (WHERE ${rented}), 0)`;
  return `100 * ${used} / nullif(${used} + coalesce(sum(${weight}) FILTER (WHERE ${available}), 0), 0)`;
}
