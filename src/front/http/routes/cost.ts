// What was spent by our own ledger, beside what the service charged.
import { createRoute } from '@hono/zod-openapi';
import { DAY_MS, usd } from '../../../base/std/index.ts';
import { type CostReport, costReport } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import { costQuery } from '../protocol/cost.ts';
import { type CostAnswer, costSchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

const DEFAULT_SPAN_MS = 30 * DAY_MS;

export function addCostRoutes(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cost',
      summary: 'Spent by our ledger, in groups; what Vast.ai charged; the rate now; the month’s end',
      request: { query: costQuery },
      responses: {
        ...answers('Without `charged` where the service does not tell', costSchema),
        400: FAULTS[400],
      },
    }),
    async (c) => {
      const { by, since } = c.req.valid('query');
      const { account, client } = await deps.service();
      const nowMs = Math.trunc(deps.clock.now());
      const asked = {
        ledger: deps.ledger,
        store: deps.store,
        account,
        by: by.split(',').filter((name) => name !== ''),
        sinceMs: since ?? Math.max(0, nowMs - DEFAULT_SPAN_MS),
        nowMs,
      };
      const { signal } = c.req.raw;
      try {
        return c.json(costAnswer(await costReport({ ...asked, client, signal }), ''), 200);
      } catch (error) {
        if (signal.aborted || !(error instanceof Error)) throw error;
        return c.json(costAnswer(await costReport(asked), error.message), 200);
      }
    },
  );
}

function costAnswer({ groups, charged, month, ...report }: CostReport, chargedFault: string): CostAnswer {
  return {
    ...report,
    groups: groups.map(({ by, rows }) => ({
      by,
      rows: rows.map(({ value, spent }) => ({ value, spentUsd: usd(spent) })),
    })),
    charged: charged ? { ...charged, faults: [...charged.faults] } : null,
    chargedFault,
    month,
  };
}
