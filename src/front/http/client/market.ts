// The market store in a few figures, and figures for Prometheus.
import { marketSchema } from '../protocol.ts';
import type { Ask } from './ask.ts';

export function marketMethods({ raw, get }: Ask) {
  return {
    market: () => get(marketSchema, '/v1/market'),
    metrics: async () => await (await raw('/metrics')).text(),
  };
}
