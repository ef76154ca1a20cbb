// The bounds of price bands: as given, or nine deciles of every price that was seen in the window.
import type { PriceBands } from './bands.ts';
import { nearQuantilesSql, quantileSql, rankedPricesSql } from './quantile-sql.ts';
import { queryRows, type ReportSource } from './source.ts';
import { dimensionSpansSql, priceSpansSql, type SpanScope, stateSpansSql } from './span-sql.ts';

const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

export async function bandBounds(
  source: ReportSource,
  scope: SpanScope,
  bands: PriceBands,
): Promise<readonly number[]> {
  if (bands.kind === 'bounds') return bands.bounds;
  const anyOffer = {
    column: { name: 'everything', title: '', unit: '', kind: 'text' as const },
    sql: 'NULL',
    facets: [],
  };
  const [row] = await queryRows(
    source,
    `WITH ${dimensionSpansSql(scope, [anyOffer])}, ${stateSpansSql(scope)}, ${priceSpansSql(scope)},
      seen AS (SELECT 0 AS k, p, (least(st.e, pr.e) - greatest(st.f, pr.f))::DOUBLE AS w
        FROM st JOIN pr ON pr.line = st.line AND pr.f < st.e AND st.f < pr.e WHERE s < 254),
      ${rankedPricesSql('seen')}
      SELECT ${TENTHS.map((q, at) => `${quantileSql(q)} AS d${at}`).join(', ')} FROM ranked WHERE ${nearQuantilesSql(TENTHS)}`,
  );
  const bounds = TENTHS.map((_, at) => row?.[`d${at}`]).filter((value) => typeof value === 'number');
  return [...new Set(bounds)];
}
