// The switch that forbids all spending.
import { createRoute } from '@hono/zod-openapi';
import type { HaltState } from '../../../base/ledger/index.ts';
import type { HttpDeps } from '../deps.ts';
import { haltRequest } from '../protocol/money.ts';
import { type HaltAnswer, haltChangeSchema } from '../protocol.ts';
import { audited } from '../server/audit.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addHaltRoutes(app: HttpApp, deps: HttpDeps): void {
  const { ledger } = deps;
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/halt',
      summary: 'Forbids all spending until it is resumed',
      request: { body: { content: { 'application/json': { schema: haltRequest } }, required: true } },
      responses: { ...answers('As it is now; the first reason stays', haltChangeSchema), ...FAULTS },
    }),
    async (c) => {
      const { reason } = c.req.valid('json');
      const before = haltAnswer(await ledger.haltState());
      const act = { verb: 'halt', target: 'spending' };
      const now = await audited(deps, { c, act }, (by) => ledger.halt({ by, reason }));
      return c.json({ ...haltAnswer(now), before }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/resume',
      summary: 'Allows spending again, within the caps',
      responses: { ...answers('As it is now', haltChangeSchema), ...FAULTS },
    }),
    async (c) => {
      const before = haltAnswer(await ledger.haltState());
      const act = { verb: 'resume', target: 'spending' };
      const now = await audited(deps, { c, act }, (by) => ledger.resume({ by }));
      return c.json({ ...haltAnswer(now), before }, 200);
    },
  );
}

export function haltAnswer(halt: HaltState): HaltAnswer {
  return halt.kind === 'halted'
    ? { isHalted: true, by: halt.by, reason: halt.reason, sinceMs: halt.sinceMs }
    : { isHalted: false, by: null, reason: null, sinceMs: null };
}
