// The routes of the market metrics, which the service keeps for hosts with at least one machine.
import type { Account } from '../accounts/account.ts';
import { jsonReply } from '../api/replies.ts';
import type { Route } from '../api/route.ts';
import { type MetricsSource, refusedMetrics } from './metrics.ts';

export interface MetricsDeps {
  /** Undefined where no simulated market stands behind, as in a replay. */
  readonly metrics: MetricsSource | undefined;
  /** `anybody` lets renters see them, which the real service does not. */
  readonly openTo: 'anybody' | 'hosts';
}

const SUMMARIES = {
  current: 'GPUs rented and available by model, with prices per GPU and hour.',
  history: 'The same over time, in steps.',
  locations: 'Machines on the map.',
} as const;

export function metricsRoutes({ metrics, openTo }: MetricsDeps): readonly Route[] {
  const sourceFor = ({ role, hostId }: Account): MetricsSource => {
    if (openTo === 'hosts' && role === 'renter') return refusedMetrics('renter');
    if (!metrics || (openTo === 'hosts' && hostId === undefined))
      return refusedMetrics('host-without-machines');
    return metrics;
  };
  const route = (kind: keyof typeof SUMMARIES): Route => ({
    method: 'GET',
    path: `/api/v0/metrics/gpu/${kind}`,
    scope: 'machine_read',
    summary: SUMMARIES[kind],
    intervalSec: 3,
    handle({ caller, query, nowMs }) {
      const reply = sourceFor(caller.account)[kind](Object.fromEntries(query), nowMs);
      return jsonReply(reply.body, reply.status);
    },
  });
  return [route('current'), route('history'), route('locations')];
}
