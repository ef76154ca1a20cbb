// The bounds of price bands: as given, or nine deciles of every price that was seen in the window.
import type { PriceBands } from './bands.ts';
import { eachPricedStretch, priceQuantiles } from './price-pieces.ts';
import { sightSources } from './sight-sources.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { priceSpans } from './warm-market.ts';

const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

export async function bandBounds(
  source: ReportSource,
  scope: SpanScope,
  bands: PriceBands,
): Promise<readonly number[]> {
  if (bands.kind === 'bounds') return bands.bounds;
  const sources = await sightSources(source, scope, []);
  const { spans, prices } = await priceSpans(source, scope);
  const { quantiles, free } = priceQuantiles(
    { keys: 1, prices, quantiles: TENTHS, wants: () => true },
    (add) => {
      eachPricedStretch(sources, { spans }, (_stretch, { length, f, e, rank }) => {
        for (let at = 0; at < length; at += 1)
          add(0, rank[at] as number, (e[at] as number) - (f[at] as number));
      });
    },
  );
  free();
  return [...new Set(quantiles)].filter((bound) => !Number.isNaN(bound));
}
