// The market store in a few figures, and figures for Prometheus.
import type { Ask } from './ask.ts';

const market = () => import('../protocol/market.ts');

export function marketMethods({ raw, get }: Ask) {
  return {
    market: () => get(async () => (await market()).marketSchema, '/v1/market'),
    metrics: async () => await (await raw('/metrics')).text(),
  };
}
