// Caps and limits: with their figures, set, and removed.
import { createRoute } from '@hono/zod-openapi';
import {
  type BudgetRow,
  type CapKey,
  capId,
  type LimitRow as StoredLimit,
  scopeId,
} from '../../../base/ledger/index.ts';
import { type MicroUsd, microUsd, usd } from '../../../base/std/index.ts';
import type { HttpDeps } from '../deps.ts';
import { capQuery, capRequest, limitParam, limitRequest } from '../protocol/money.ts';
import {
  type BudgetAnswer,
  budgetSchema,
  type CapRow,
  capSchema,
  type LimitRow,
  limitSchema,
  removedSchema,
} from '../protocol.ts';
import { audited } from '../server/audit.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';
import { haltAnswer } from './halt.ts';
import { readScope } from './scope-text.ts';

export function addBudgetRoutes(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/budget',
      summary: 'Every cap and limit with its figures, and whether spending is halted',
      responses: answers('The ledger', budgetSchema),
    }),
    async (c) => c.json(await readBudget(deps), 200),
  );
  addCapRoutes(app, deps);
  addLimitRoutes(app, deps);
}

function addCapRoutes(app: HttpApp, deps: HttpDeps): void {
  const { ledger } = deps;
  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/budget/caps',
      summary: 'Sets a cap, or replaces it; less than is spent already forbids all further spending under it',
      request: { body: { content: { 'application/json': { schema: capRequest } }, required: true } },
      responses: { ...answers('As it is now', capSchema), ...FAULTS },
    }),
    async (c) => {
      const { whose, window, limitUsd } = c.req.valid('json');
      const key: CapKey = { ...(await readScope(deps, whose)), window };
      const act = { verb: 'budget set', target: capId(key) };
      await audited(deps, { c, act }, (setBy) => ledger.setCap({ ...key, limit: microUsd(limitUsd), setBy }));
      const row = (await ledger.budget()).find((each) => capId(each) === capId(key));
      if (!row)
        throw new HttpFault(404, `The cap ${capId(key)} was removed at the same moment; set it again`);
      return c.json(capRow(row), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/budget/caps',
      summary: 'Removes a cap',
      request: { query: capQuery },
      responses: { ...answers('Which it was', removedSchema), ...FAULTS },
    }),
    async (c) => {
      const { whose, window } = c.req.valid('query');
      const key: CapKey = { ...(await readScope(deps, whose)), window };
      const act = { verb: 'budget remove', target: capId(key) };
      const wasThere = await audited(deps, { c, act }, (removedBy) =>
        ledger.removeCap({ ...key, removedBy }),
      );
      if (!wasThere) throw new HttpFault(404, `There is no cap ${capId(key)}; "vastdeck budget" shows all`);
      return c.json({ removed: capId(key) }, 200);
    },
  );
}

function addLimitRoutes(app: HttpApp, deps: HttpDeps): void {
  const { ledger } = deps;
  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/budget/limits/{name}',
      summary: 'Sets the limit of this name, or replaces it whole',
      request: {
        params: limitParam,
        body: { content: { 'application/json': { schema: limitRequest } }, required: true },
      },
      responses: { ...answers('As it is now', limitSchema), ...FAULTS },
    }),
    async (c) => {
      const { name } = c.req.valid('param');
      const { type, limit, enforce, timeWindowMs, whose } = c.req.valid('json');
      const isActs = type === 'frequency';
      if (isActs && !Number.isInteger(limit)) {
        throw new HttpFault(
          400,
          `${limit} is not a number of acts; a limit of the type frequency is a whole number`,
        );
      }
      const rule = { name, type, enforce, timeWindowMs, of: await readScope(deps, whose) };
      const act = { verb: 'limit set', target: name };
      await audited(deps, { c, act }, (setBy) =>
        ledger.setLimit({ ...rule, limit: isActs ? limit : microUsd(limit), setBy }),
      );
      const row = (await ledger.limits()).find((each) => each.name === name);
      if (!row) throw new HttpFault(404, `The limit ${name} was removed at the same moment; set it again`);
      return c.json(limitRow(row), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/budget/limits/{name}',
      summary: 'Removes a limit',
      request: { params: limitParam },
      responses: { ...answers('Which it was', removedSchema), ...FAULTS },
    }),
    async (c) => {
      const { name } = c.req.valid('param');
      const act = { verb: 'limit remove', target: name };
      const wasThere = await audited(deps, { c, act }, (by) => ledger.removeLimit(name, by));
      if (!wasThere) throw new HttpFault(404, `There is no limit ${name}; "vastdeck budget" shows all`);
      return c.json({ removed: name }, 200);
    },
  );
}

async function readBudget({ ledger }: HttpDeps): Promise<BudgetAnswer> {
  const [caps, limits, halt, open] = await Promise.all([
    ledger.budget(),
    ledger.limits(),
    ledger.haltState(),
    ledger.listOpenReservations(),
  ]);
  const held = open.reduce((sum, { held: each }) => sum + each, 0) as MicroUsd;
  return {
    halt: haltAnswer(halt),
    caps: caps.map(capRow),
    limits: limits.map(limitRow),
    open: { acts: open.length, heldUsd: usd(held) },
  };
}

function capRow(cap: BudgetRow): CapRow {
  return {
    scope: cap.scope,
    of: cap.scope === 'total' ? null : cap.value,
    whose: scopeId(cap),
    window: cap.window,
    limitUsd: usd(cap.limit),
    spentUsd: usd(cap.spent),
    reservedUsd: usd(cap.reserved),
    leftUsd: usd(cap.left),
    setBy: cap.setBy,
    setAtMs: cap.setAtMs,
  };
}

function limitRow({ name, type, limit, enforce, timeWindowMs, of, setBy, setAtMs }: StoredLimit): LimitRow {
  const figure = type === 'frequency' ? limit : usd(limit as MicroUsd);
  return { name, type, limit: figure, enforce, timeWindowMs, whose: scopeId(of), setBy, setAtMs };
}
