// Prices of what is rented against what is left: distributions over observations, by group and type.
import { count, percent, TYPE, usdPerHour } from './columns.ts';
import { dimensionOf } from './dimensions.ts';
import { groupOrder } from './occupancy.ts';
import type { ReportPlan } from './plan.ts';
import { AVAILABLE, KEY_PARTS_SQL, pieceKeySql, pricePiecesSql, RENTED } from './price-pieces-sql.ts';
import { nearQuantilesSql, quantileName, quantileSql, rankedPricesSql } from './quantile-sql.ts';
import type { Column, Grouping } from './report.ts';
import type { SpanScope } from './span-sql.ts';
import type { ReportTable } from './tables.ts';

const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9] as const;
const SIDES = [
  { name: 'available', title: 'Available', cls: AVAILABLE },
  { name: 'utilized', title: 'Utilised', cls: RENTED },
] as const;

export function priceReport(
  scope: SpanScope,
  plan: ReportPlan,
  by: readonly Grouping[],
  bands: readonly number[],
): ReportTable {
  const dimensions = dimensionsOf(by, bands);
  const shown = dimensions.filter((dimension) => dimension.column.title !== '');
  return {
    columns: [
      ...shown.map((dimension) => dimension.column),
      TYPE,
      ...SIDES.flatMap(sideColumns),
      premiumColumn(),
    ],
    sql: [
      `WITH ${pricePiecesSql(scope, dimensions, plan.state)},
      weighed AS (SELECT ${pieceKeySql('0')} AS k, p, (e - f)::DOUBLE AS w FROM pieces WHERE cls <= ${RENTED} AND p IS NOT NULL),
      ${rankedPricesSql('weighed', ', sum(p * w) / sum(w) AS mean')},
      places AS (SELECT k, ${QUANTILES.map((q) => `${quantileSql(q)} AS ${quantileName(q)}`).join(', ')}
        FROM ranked WHERE ${nearQuantilesSql(QUANTILES)} GROUP BY k),
      q AS (SELECT ${KEY_PARTS_SQL.gid} AS gid, ${KEY_PARTS_SQL.code} AS code, ${SIDES.map(sideSql).join(', ')}
        FROM sizes JOIN places USING (k) GROUP BY gid, code)
      SELECT ${shown.map(({ column }) => `g.${column.name}, `).join('')}y.type AS type,
        ${SIDES.flatMap(sideColumns)
          .map((column) => column.name)
          .join(', ')},
        100 * (utilized_median / available_median - 1) AS utilized_premium_pct
      FROM q JOIN groups g USING (gid) LEFT JOIN types y ON y.code = q.code
      WHERE available_observations + utilized_observations > 0`,
    ],
    order: groupOrder(shown, 'available_observations + utilized_observations DESC'),
    samples: '(available_observations + utilized_observations)',
  };
}

/** Grouping by type alone leaves one group, which needs a column to be made of. */
export function dimensionsOf(by: readonly Grouping[], bands: readonly number[]) {
  const dimensions = by
    .filter((grouping) => grouping !== 'type')
    .map((grouping) => dimensionOf(grouping, bands));
  const everything = {
    column: { name: 'everything', title: '', unit: '', kind: 'text' as const },
    sql: 'NULL',
    facets: [],
  };
  return dimensions.length > 0 ? dimensions : [everything];
}

function sideColumns({ name, title }: (typeof SIDES)[number]): Column[] {
  return [
    count(`${name}_observations`, title, 'observations'),
    usdPerHour(`${name}_mean`, `${title} mean`),
    ...QUANTILES.map((q) => usdPerHour(`${name}_${quantileName(q)}`, `${title} ${quantileName(q)}`)),
  ];
}

function sideSql({ name, cls }: (typeof SIDES)[number]): string {
  // One row a key: any aggregate picks it.
  const ours = (figure: string) => `max(${figure}) FILTER (WHERE ${KEY_PARTS_SQL.cls} = ${cls})`;
  return [
    `coalesce(${ours('n')}, 0) AS ${name}_observations`,
    `${ours('mean')} AS ${name}_mean`,
    ...QUANTILES.map((q) => `${ours(quantileName(q))} AS ${name}_${quantileName(q)}`),
  ].join(', ');
}

function premiumColumn(): Column {
  return percent('utilized_premium_pct', 'Utilised over available, median');
}
