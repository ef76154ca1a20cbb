// What the monitor sees of training runs.
import { createRoute } from '@hono/zod-openapi';
import type { Monitor } from '../../../rent/monitor/index.ts';
import type { HttpDeps } from '../deps.ts';
import { linesQuery, runParam, seriesQuery } from '../protocol/runs.ts';
import { linesSchema, runsSchema, seriesSchema } from '../protocol.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addRunRoutes(app: HttpApp, { monitor }: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs',
      summary: 'The view of the monitor: every run with figures, health and time to the end',
      responses: { ...answers('The newest view', runsSchema), 503: FAULTS[503] },
    }),
    (c) => c.json(running(monitor).view(), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs/{key}/lines',
      summary: 'The newest lines of a run’s log',
      request: { params: runParam, query: linesQuery },
      responses: { ...answers('Oldest first', linesSchema), 404: FAULTS[404], 503: FAULTS[503] },
    }),
    async (c) => {
      const key = knownRun(monitor, c.req.valid('param').key);
      return c.json({ lines: await running(monitor).lines(key, c.req.valid('query').limit) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs/{key}/series',
      summary: 'Points of one figure of a run, for a chart',
      request: { params: runParam, query: seriesQuery },
      responses: { ...answers('Oldest first', seriesSchema), 404: FAULTS[404], 503: FAULTS[503] },
    }),
    async (c) => {
      const key = knownRun(monitor, c.req.valid('param').key);
      const { name, points } = c.req.valid('query');
      return c.json({ points: await running(monitor).series(key, name, { maxPoints: points }) }, 200);
    },
  );
}

function running(monitor: Monitor | undefined): Monitor {
  if (monitor) return monitor;
  throw new HttpFault(
    503,
    'This daemon runs without its monitor; start it again without --only, or name it there',
  );
}

function knownRun(monitor: Monitor | undefined, key: string): string {
  const { runs } = running(monitor).view();
  if (runs.some((run) => run.key === key)) return key;
  throw new HttpFault(404, `There is no run "${key}"; /v1/runs lists them, by keys like "instance 123"`);
}
