// Caps and limits with their figures, and the switch that forbids all spending.
import { createRoute } from '@hono/zod-openapi';
import type { HaltState } from '../../../base/ledger/index.ts';
import { usd } from '../../../base/std/index.ts';
import type { HttpDeps } from '../deps.ts';
import { haltRequest } from '../protocol/money.ts';
import { type BudgetAnswer, budgetSchema, type HaltAnswer, haltSchema } from '../protocol.ts';
import { audited } from '../server/audit.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addMoneyRoutes(app: HttpApp, deps: HttpDeps): void {
  const { ledger } = deps;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/budget',
      summary: 'Every cap and limit with its figures, and whether spending is halted',
      responses: answers('The ledger', budgetSchema),
    }),
    async (c) => c.json(await readBudget(deps), 200),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/halt',
      summary: 'Forbids all spending until it is resumed',
      request: { body: { content: { 'application/json': { schema: haltRequest } }, required: true } },
      responses: { ...answers('As it is now; the first reason stays', haltSchema), ...FAULTS },
    }),
    async (c) => {
      const { reason } = c.req.valid('json');
      const act = { verb: 'halt', target: 'spending' };
      return c.json(haltAnswer(await audited(deps, { c, act }, (by) => ledger.halt({ by, reason }))), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/resume',
      summary: 'Allows spending again, within the caps',
      responses: { ...answers('As it is now', haltSchema), ...FAULTS },
    }),
    async (c) => {
      const act = { verb: 'resume', target: 'spending' };
      return c.json(haltAnswer(await audited(deps, { c, act }, (by) => ledger.resume({ by }))), 200);
    },
  );
}

async function readBudget({ ledger }: HttpDeps): Promise<BudgetAnswer> {
  const [caps, limits, halt] = await Promise.all([ledger.budget(), ledger.limits(), ledger.haltState()]);
  return {
    halt: haltAnswer(halt),
    caps: caps.map((cap) => ({
      scope: cap.scope,
      of: cap.scope === 'total' ? null : cap.value,
      window: cap.window,
      limitUsd: usd(cap.limit),
      spentUsd: usd(cap.spent),
      reservedUsd: usd(cap.reserved),
      leftUsd: usd(cap.left),
      setBy: cap.setBy,
    })),
    limits: limits.map(({ name, type, limit, enforce, timeWindowMs, setBy }) => ({
      name,
      type,
      limit: type === 'frequency' ? limit : limit / 1_000_000,
      enforce,
      timeWindowMs,
      setBy,
    })),
  };
}

function haltAnswer(halt: HaltState): HaltAnswer {
  return halt.kind === 'halted'
    ? { isHalted: true, by: halt.by, reason: halt.reason, sinceMs: halt.sinceMs }
    : { isHalted: false, by: null, reason: null, sinceMs: null };
}
