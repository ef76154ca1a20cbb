// Training runs whose figures are kept: which there are, what their figures came to, and every value of one.
import { createRoute } from '@hono/zod-openapi';
import {
  findKeptRun,
  type KeptRun,
  readKeptRuns,
  readRunFigures,
  runConfigOf,
} from '../../../rent/monitor/index.ts';
import { createMetricStore, type KeptPoint, type MetricStore } from '../../../rent/training/index.ts';
import type { HttpDeps } from '../deps.ts';
import { keptRunParam, keptRunsQuery, keptSeriesQuery } from '../protocol/history.ts';
import {
  type KeptRunRow,
  keptRunDetailSchema,
  keptRunsSchema,
  keptSeriesSchema,
  runConfigSchema,
} from '../protocol.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';
import { pagesAsText } from './point-lines.ts';
import { toldNumber } from './told-number.ts';

const ONE = { request: { params: keptRunParam } } as const;
const MISSING = { 400: FAULTS[400], 404: FAULTS[404] } as const;

export function addHistoryRoutes(app: HttpApp, deps: HttpDeps): void {
  const metrics = createMetricStore(deps);
  const runs = () => readKeptRuns({ ...deps, metrics });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/history/runs',
      summary: 'Every run that figures are kept of, the newest first',
      request: { query: keptRunsQuery },
      responses: answers('With where each stands', keptRunsSchema),
    }),
    async (c) => {
      const { since, limit } = c.req.valid('query');
      const all = await runs();
      const matching = all.filter(({ lastAtMs }) => lastAtMs >= since).toReversed();
      const rows: (KeptRunRow & Awaited<ReturnType<typeof standingOf>>)[] = [];
      for (const run of matching.slice(0, limit)) {
        rows.push({ ...keptRunRow(run), ...(await standingOf(metrics, run)) });
      }
      return c.json({ runs: rows, matching: matching.length, total: all.length }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/history/runs/{run}',
      summary: 'One run with what each of its figures came to and how long its steps took',
      ...ONE,
      responses: { ...answers('The run', keptRunDetailSchema), ...MISSING },
    }),
    async (c) => {
      const run = findKeptRun(await runs(), c.req.valid('param').run);
      const { names, lastStep, stepSeconds } = await readRunFigures(metrics.points(run.run));
      const { job, rental } = run;
      const terms = rental?.terms;
      return c.json(
        {
          ...keptRunRow(run),
          job: job ? { id: job.id, status: job.status, reason: job.reason } : null,
          machine: terms ? { gpuName: terms.gpuName, gpuCount: terms.gpuCount } : null,
          lastStep,
          stepSeconds,
          figures: names.map(({ first, last, ...figures }) => ({
            ...figures,
            first: toldNumber(first),
            last: toldNumber(last),
          })),
        },
        200,
      );
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/history/runs/{run}/config',
      summary:
        'What a run was told to do, its script and environment included: not with a token that may only read',
      ...ONE,
      responses: { ...answers('By what', runConfigSchema), 403: FAULTS[403], ...MISSING },
    }),
    async (c) => {
      // People write secrets into both; who may hand in jobs could have them told anyway.
      if (c.get('role') !== 'full') {
        throw new HttpFault(
          403,
          'Scripts and environments are not for a token that may only read; daemon.token has the other',
        );
      }
      const run = findKeptRun(await runs(), c.req.valid('param').run);
      return c.json({ run: run.run, config: { ...runConfigOf(run) } }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/history/runs/{run}/series',
      summary: 'Points of one figure of a run, for a chart',
      request: { params: keptRunParam, query: keptSeriesQuery },
      responses: { ...answers('Oldest first, a line for each attempt', keptSeriesSchema), ...MISSING },
    }),
    async (c) => {
      const { run } = findKeptRun(await runs(), c.req.valid('param').run);
      const { name, points: maxPoints } = c.req.valid('query');
      const { resolution, attempts } = await metrics.series({ run, name, maxPoints });
      return c.json(
        {
          resolution,
          attempts: attempts.map(({ attempt, points }) => ({
            attempt,
            points: points.map((point) => ({ ...point, value: toldNumber(point.value) })),
          })),
        },
        200,
      );
    },
  );
  addPointsRoute(app, { metrics, runs });
}

function addPointsRoute(
  app: HttpApp,
  {
    metrics,
    runs,
  }: { readonly metrics: Pick<MetricStore, 'points'>; readonly runs: () => Promise<readonly KeptRun[]> },
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/history/runs/{run}/points',
      summary: 'Every value that is kept of a run, one JSON object a line, by attempt, name and number',
      ...ONE,
      responses: {
        200: {
          description: 'A stream; of what is told as minutes, value is their mean',
          content: { 'text/jsonl': { schema: { type: 'string' } } },
        },
        ...MISSING,
      },
    }),
    async (c) => {
      const { run } = findKeptRun(await runs(), c.req.valid('param').run);
      const pages: AsyncGenerator<readonly KeptPoint[]> = metrics.points(run);
      return c.body(pagesAsText(pages), 200, {
        'content-type': 'text/jsonl',
        'x-run': encodeURIComponent(run),
      });
    },
  );
}

function keptRunRow(run: KeptRun): KeptRunRow {
  const { job, rental } = run;
  return {
    run: run.run,
    name: run.name,
    group: job?.group ?? null,
    status: job?.status ?? rental?.status ?? null,
    instanceId: run.instanceId ?? null,
    attempts: run.attempts.length,
    firstAtMs: run.firstAtMs,
    lastAtMs: run.lastAtMs,
    costUsd: run.costUsd ?? null,
  };
}

/** Where it stood when its last figures came. */
async function standingOf(metrics: Pick<MetricStore, 'latest'>, { run }: KeptRun) {
  const latest = await metrics.latest(run);
  const find = (name: string) => toldNumber(latest.find((metric) => metric.name === name)?.value ?? null);
  const steps = latest.flatMap(({ step }) => (step === undefined ? [] : [step]));
  return {
    step: steps.length > 0 ? Math.max(...steps) : null,
    loss: find('loss'),
    valLoss: find('val_loss'),
  };
}
