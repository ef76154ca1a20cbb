// What the monitor sees of training runs: its view, as an answer and as a stream; lines, points; and what a screen asks of it.
import { createRoute } from '@hono/zod-openapi';
import type { Monitor } from '../../../rent/monitor/index.ts';
import type { HttpDeps } from '../deps.ts';
import { lookSchema, refreshedSchema, sourceSchema, viewerParam } from '../protocol/run-stream.ts';
import { linesQuery, runParam, runStreamQuery, seriesQuery } from '../protocol/runs.ts';
import { linesSchema, runsSchema, seriesSchema } from '../protocol.ts';
import { createRunHub, type RunHub } from '../runs/run-hub.ts';
import { wireValue } from '../runs/wire-text.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

interface Watched {
  readonly monitor: Monitor;
  readonly hub: RunHub;
}

export type RunDeps = Pick<HttpDeps, 'monitor' | 'clock' | 'log'>;

export function addRunRoutes(app: HttpApp, { monitor, clock, log }: RunDeps): void {
  // Its journal begins with the app: whoever lost a connection to the one before wants what was said since.
  const watched = monitor?.().then(
    (opened): Watched => ({ monitor: opened, hub: createRunHub({ monitor: opened, clock, log }) }),
  );
  // Told to whoever asks.
  watched?.catch(() => {});
  const running = async (): Promise<Watched> => {
    if (watched) return await watched;
    throw new HttpFault(
      503,
      'This daemon runs without its monitor; start it again without --only, or name it there',
    );
  };
  const runningWith = async (key: string): Promise<Watched> => {
    const found = await running();
    if (found.monitor.view().runs.some((run) => run.key === key)) return found;
    throw new HttpFault(404, `There is no run "${key}"; /v1/runs lists them, by keys like "instance 123"`);
  };
  addReadingRoutes(app, { running, runningWith });
  addStreamRoutes(app, running);
  addAskingRoutes(app, { running, runningWith });
}

interface Watching {
  /** Both throw an HttpFault. */
  readonly running: () => Promise<Watched>;
  readonly runningWith: (key: string) => Promise<Watched>;
}

function addReadingRoutes(app: HttpApp, { running, runningWith }: Watching): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs',
      summary: 'The view of the monitor: every run with figures, health and time to the end',
      responses: { ...answers('The newest view', runsSchema), 503: FAULTS[503] },
    }),
    async (c) => c.json(wireValue((await running()).monitor.view()), 200),
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
      const { key } = c.req.valid('param');
      const { monitor } = await runningWith(key);
      return c.json({ lines: await monitor.lines(key, c.req.valid('query').limit) }, 200);
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
      const { key } = c.req.valid('param');
      const { monitor } = await runningWith(key);
      const { name, points: maxPoints } = c.req.valid('query');
      return c.json({ points: wireValue(await monitor.series(key, name, { maxPoints })) }, 200);
    },
  );
}

function addStreamRoutes(app: HttpApp, running: Watching['running']): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs/stream',
      summary: 'The view as it changes, new lines and events (Server-Sent Events)',
      request: { query: runStreamQuery },
      responses: {
        200: {
          description:
            'Messages of JSON: "begin", "view" with what changed, "lines", "event", "missed", "here". Last-Event-ID goes on where a reader was',
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
        503: FAULTS[503],
      },
    }),
    async (c) => {
      const { hub } = await running();
      const { outgoing } = c.env;
      const stream = hub.open({
        after: c.req.header('last-event-id') ?? c.req.valid('query').after,
        ...(outgoing && { onCut: () => void outgoing.destroy() }),
      });
      if (!stream)
        throw new HttpFault(503, 'Too many watch the runs already; try again when one of them has left');
      return c.body(stream, 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
    },
  );
  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/runs/viewers/{viewer}',
      summary:
        'What a reader of the stream looks at, which is asked for more often; for as long as its stream lives',
      request: { params: viewerParam, body: { content: { 'application/json': { schema: lookSchema } } } },
      responses: { ...answers('Noted', lookSchema), 404: FAULTS[404], 503: FAULTS[503] },
    }),
    async (c) => {
      const { viewer } = c.req.valid('param');
      const { keys } = c.req.valid('json');
      if ((await running()).hub.look(viewer, keys)) return c.json({ keys }, 200);
      throw new HttpFault(404, `No stream has the viewer "${viewer}" now; its "begin" message names it`);
    },
  );
}

function addAskingRoutes(app: HttpApp, { running, runningWith }: Watching): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/runs/refresh',
      summary: 'Asks for everything again now, and answers when it is there',
      responses: { ...answers('Of when the view is', refreshedSchema), 503: FAULTS[503] },
    }),
    async (c) => {
      const { monitor } = await running();
      await monitor.refresh();
      return c.json({ atMs: monitor.view().atMs }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/runs/{key}/next-source',
      summary: 'Reads the lines of a run from the next place where there are some',
      request: { params: runParam },
      responses: {
        ...answers('The place', sourceSchema),
        404: FAULTS[404],
        409: FAULTS[409],
        503: FAULTS[503],
      },
    }),
    async (c) => {
      const { key } = c.req.valid('param');
      const { monitor } = await runningWith(key);
      return c.json({ source: await monitor.nextSource(key) }, 200);
    },
  );
}
