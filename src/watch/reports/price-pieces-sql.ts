// States and prices laid over each other: pieces of a line over which its state class, its price and its group
// stay the same. Prices and daily figures are made from them.

import type { StateBasis } from './report.ts';
import {
  dimensionSpansSql,
  priceSpansSql,
  type SpanScope,
  stateConditions,
  stateSpansSql,
} from './span-sql.ts';

/** State classes of a piece. */
export const AVAILABLE = 0;
export const RENTED = 1;
/** The flag is null: neither. */
export const OTHER = 2;

const CLASS_BITS = 2;
const TYPE_BITS = 4;
const GROUP_BITS = 31;

/** One integer for day (0 where days do not matter), group, type and state class. */
export function pieceKeySql(day: string): string {
  return `((((${day})::BIGINT << ${GROUP_BITS} | gid) << ${TYPE_BITS} | code) << ${CLASS_BITS} | cls)`;
}

/** The parts of a key `k` again. */
export const KEY_PARTS_SQL = {
  day: `(k >> ${GROUP_BITS + TYPE_BITS + CLASS_BITS})`,
  gid: `(k >> ${TYPE_BITS + CLASS_BITS} & ${2 ** GROUP_BITS - 1})`,
  code: `(k >> ${CLASS_BITS} & ${2 ** TYPE_BITS - 1})`,
  cls: `(k & ${2 ** CLASS_BITS - 1})`,
} as const;

/**
 * `pieces(gid, code, cls, p, f, e)` and `groups(gid, …dimensions)`; `code` is the type's. Needs nothing before it.
 */
export function pricePiecesSql(
  scope: SpanScope,
  dimensions: Parameters<typeof dimensionSpansSql>[1],
  state: StateBasis,
): string {
  const names = dimensions.map((dimension) => dimension.column.name);
  const { available, rented } = stateConditions(state);
  const same = (left: string, right: string) =>
    names.map((name) => `${left}.${name} IS NOT DISTINCT FROM ${right}.${name}`).join(' AND ');
  return `${dimensionSpansSql(scope, dimensions)},
  groups AS MATERIALIZED (SELECT row_number() OVER () AS gid, * FROM (SELECT DISTINCT ${names.join(', ')} FROM ds)),
  ${stateSpansSql(scope)},
  ${priceSpansSql(scope)},
  priced AS (SELECT st.line, CASE WHEN ${available} THEN ${AVAILABLE} WHEN ${rented} THEN ${RENTED} ELSE ${OTHER} END AS cls,
      greatest(st.f, coalesce(pr.f, st.f)) AS f, least(st.e, coalesce(pr.e, st.e)) AS e, p
    FROM st LEFT JOIN pr ON pr.line = st.line AND pr.f < st.e AND st.f < pr.e WHERE s < 254),
  still AS (SELECT dl.line, g.gid FROM dl JOIN groups g ON ${same('dl', 'g')} WHERE NOT dl.moving),
  moved AS (SELECT ds.line, ds.f, ds.e, g.gid FROM ds JOIN dl USING (line) JOIN groups g ON ${same('ds', 'g')} WHERE dl.moving),
  pieces AS (
    SELECT gid, x.line & 15 AS code, cls, p, x.f, x.e FROM priced x JOIN still USING (line)
    UNION ALL
    SELECT gid, x.line & 15, cls, p, greatest(x.f, m.f), least(x.e, m.e)
    FROM priced x JOIN moved m ON m.line = x.line AND m.f < x.e AND x.f < m.e)`;
}
