// Occupancy: how long each offer, or each group of offers, was available, assumed rented, or not known to be
// either. Hours are time-weighted; on-demand and interruptible lines are never added together.
import { count, GPU_NAME, hours, MACHINE_ID, OFFER_ID, percent, TYPE } from './columns.ts';
import { dimensionOf } from './dimensions.ts';
import type { ReportPlan } from './plan.ts';
import type { Column, Grouping } from './report.ts';
import {
  dimensionSpansSql,
  factsSql,
  pollListsSql,
  type SpanScope,
  stateConditions,
  stateSpansSql,
} from './span-sql.ts';
import type { ReportTable } from './tables.ts';

const MS_PER_HOUR = 3_600_000;

/** Not a column of the result, only carried along with a line: `a.…` of its attributes. */
const carried = (name: string, sql: string) => ({
  column: { name, title: '', unit: '', kind: 'id' as const },
  sql,
  facets: [] as const,
});

const HOURS_AND_SHARES: readonly Column[] = [
  hours('total_hours', 'Total'),
  hours('available_hours', 'Available'),
  hours('assumed_rented_hours', 'Assumed rented'),
  hours('api_rented_hours', 'API rented'),
  hours('unknown_hours', 'Unknown'),
  percent('available_pct', 'Available'),
  percent('assumed_rented_pct', 'Assumed rented'),
  percent('api_rented_pct', 'API rented'),
  percent('unknown_pct', 'Unknown'),
  hours('unseen_hours', 'Unseen'),
];

/** Sums over the facts of one row; only seen states (below 254) are credited. */
const SUMS = `sum(n) AS samples,
  coalesce(sum(ms) FILTER (WHERE s < 254), 0) AS total,
  coalesce(sum(ms) FILTER (WHERE s < 254 AND s % 3 = 1), 0) AS available,
  coalesce(sum(ms) FILTER (WHERE s < 254 AND s % 3 = 0), 0) AS assumed,
  coalesce(sum(ms) FILTER (WHERE s < 254 AND s % 3 = 2), 0) AS unknown,
  coalesce(sum(ms) FILTER (WHERE s < 254 AND (s // 3) % 3 = 1), 0) AS api,
  sum(unseen_ms) AS unseen`;

const HOURS_AND_SHARES_SQL = [
  ...(['total', 'available', 'assumed', 'api', 'unknown'] as const).map(
    (sum) => `${sum} / ${MS_PER_HOUR}::DOUBLE AS ${nameOf(sum)}_hours`,
  ),
  ...(['available', 'assumed', 'api', 'unknown'] as const).map(
    (sum) => `100 * ${sum} / total AS ${nameOf(sum)}_pct`,
  ),
  `unseen / ${MS_PER_HOUR}::DOUBLE AS unseen_hours`,
].join(', ');

function nameOf(sum: string): string {
  return sum === 'assumed' ? 'assumed_rented' : sum === 'api' ? 'api_rented' : sum;
}

/** One row an offer and type, as the original's device occupancy. */
export function offerOccupancy(scope: SpanScope, plan: ReportPlan): ReportTable {
  const dimensions = [carried('machine_id', 'a.machine_id::DOUBLE'), carried('gpu_name', 'a.gpu_name')];
  const order = plan.state === 'rented' ? 'api_rented' : 'assumed_rented';
  return {
    columns: [
      OFFER_ID,
      MACHINE_ID,
      GPU_NAME,
      TYPE,
      count('samples', 'Samples', 'polls'),
      ...HOURS_AND_SHARES,
    ],
    sql: [
      `WITH ${factsOf(scope, plan, dimensions)},
      r AS (
        SELECT line, machine_id, gpu_name, samples, total, available, assumed, unknown, api, unseen
          FROM (SELECT line, ${SUMS} FROM still GROUP BY line)
          JOIN dl USING (line) WHERE NOT moving
        UNION ALL
        SELECT line, machine_id, gpu_name, ${SUMS} FROM moved GROUP BY line, machine_id, gpu_name)
      SELECT (r.line >> 4)::DOUBLE AS offer_id, machine_id, gpu_name, y.type AS type, samples, ${HOURS_AND_SHARES_SQL}
      FROM r LEFT JOIN types y ON y.code = r.line & 15 WHERE total > 0`,
    ],
    order: `${order}_pct DESC, ${order}_hours DESC, offer_id, type, machine_id, gpu_name`,
    totals: `count(*)::DOUBLE AS offers, sum(samples) AS samples, ${totalsSql()}`,
    samples: 'samples',
  };
}

/** One row a group and type. */
export function groupOccupancy(
  scope: SpanScope,
  plan: ReportPlan,
  by: readonly Grouping[],
  bands: readonly number[],
): ReportTable {
  const dimensions = by
    .filter((grouping) => grouping !== 'type')
    .map((grouping) => dimensionOf(grouping, bands));
  const names = dimensions.map((dimension) => dimension.column.name);
  const { available, rented } = stateConditions(plan.state);
  const seen = (condition: string) => `FILTER (WHERE s < 254 AND ${condition})`;
  const share = (weight: string) => {
    const used = `coalesce(sum(${weight}) ${seen(rented)}, 0)`;
    return `100 * ${used} / nullif(${used} + coalesce(sum(${weight}) ${seen(available)}, 0), 0)`;
  };
  const grouped = [...names.map((name) => `${name}, `), 'line & 15'].join('');
  return {
    columns: [
      ...dimensions.map((dimension) => dimension.column),
      TYPE,
      count('offers', 'Offers'),
      count('machines', 'Machines'),
      count('samples', 'Samples', 'observations'),
      ...HOURS_AND_SHARES,
      percent('utilization_pct', 'Utilisation'),
      percent('offer_count_utilization_pct', 'By offer count'),
      percent('gpu_weighted_utilization_pct', 'By GPUs'),
      percent('gpu_frac_weighted_utilization_pct', 'By GPUs x fraction'),
    ],
    sql: [
      `WITH ${factsOf(scope, plan, [
        ...dimensions,
        carried('machine_id', 'a.machine_id::DOUBLE'),
        carried('num_gpus', 'a.num_gpus'),
        carried('gpu_frac', 'a.gpu_frac'),
      ])},
      r AS (SELECT ${names.map((name) => `${name}, `).join('')}line & 15 AS code,
        (count(DISTINCT line) FILTER (WHERE n > 0))::DOUBLE AS offers,
        (count(DISTINCT machine_id) FILTER (WHERE n > 0))::DOUBLE AS machines, ${SUMS},
        ${share('ms')} AS utilization_pct, ${share('n')} AS offer_count_utilization_pct,
        ${share('ms * num_gpus')} AS gpu_weighted_utilization_pct,
        ${share('ms * num_gpus * gpu_frac')} AS gpu_frac_weighted_utilization_pct
        FROM facts GROUP BY ${grouped})
      SELECT ${names.map((name) => `${name}, `).join('')}y.type AS type, offers, machines, samples, ${HOURS_AND_SHARES_SQL},
        utilization_pct, offer_count_utilization_pct, gpu_weighted_utilization_pct, gpu_frac_weighted_utilization_pct
      FROM r LEFT JOIN types y ON y.code = r.code WHERE total > 0`,
    ],
    order: groupOrder(dimensions, 'total_hours DESC'),
    totals: `sum(samples) AS samples, ${totalsSql()}`,
    samples: 'samples',
  };
}

/** Groups with a natural order keep it; others come biggest first. */
export function groupOrder(
  dimensions: readonly { readonly column: Column; readonly orderSql?: (name: string) => string }[],
  biggest: string,
): string {
  const names = dimensions.map((dimension) => dimension.column.name);
  const natural = dimensions[0]?.orderSql
    ? dimensions.map(({ column, orderSql }) => orderSql?.(column.name) ?? column.name)
    : [biggest];
  return [...natural, ...names.map((name) => `${name} NULLS LAST`), 'type NULLS LAST'].join(', ');
}

function factsOf(
  scope: SpanScope,
  plan: ReportPlan,
  dimensions: Parameters<typeof dimensionSpansSql>[1],
): string {
  const names = dimensions.map((dimension) => dimension.column.name);
  const credit = { gaps: plan.gaps, cadenceMs: plan.cadenceSec * 1_000 };
  return [
    pollListsSql(scope),
    dimensionSpansSql(scope, dimensions),
    stateSpansSql(scope),
    factsSql(scope, names, credit),
  ].join(',\n  ');
}

function totalsSql(): string {
  const sums = ['total', 'available', 'assumed_rented', 'api_rented', 'unknown', 'unseen'];
  const shares = ['available', 'assumed_rented', 'api_rented', 'unknown'];
  return [
    ...sums.map((name) => `sum(${name}_hours) AS ${name}_hours`),
    ...shares.map((name) => `100 * sum(${name}_hours) / sum(total_hours) AS ${name}_pct`),
  ].join(', ');
}
