// All routes behind their guard, as a function from Request to Response.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpDeps } from '../deps.ts';
import { addEventRoutes } from '../routes/events.ts';
import { addHealthRoutes } from '../routes/health.ts';
import { addInstanceRoutes } from '../routes/instances.ts';
import { addJobRoutes } from '../routes/jobs.ts';
import { addMarketRoutes } from '../routes/market.ts';
import { addMetricsRoute } from '../routes/metrics.ts';
import { addMoneyRoutes } from '../routes/money.ts';
import { addRunRoutes } from '../routes/runs.ts';
import { answerHeaders } from './answer-headers.ts';
import { boundedBody } from './bounded-body.ts';
import { answerFault } from './faults.ts';
import { guard } from './guard.ts';
import type { HttpApp, HttpEnv } from './http-env.ts';
import { addReferencePage } from './reference-page.ts';

export function createHttpApp(deps: HttpDeps): HttpApp {
  const app: HttpApp = new OpenAPIHono<HttpEnv>({
    defaultHook: (result, c) => {
      if (result.success) return;
      const faults = result.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'body'}: ${message}`,
      );
      return c.json({ error: `The request cannot be used: ${faults.join('; ')}` }, 400);
    },
  });
  app.use(async (c, next) => {
    // Called in the same process, a request has no socket.
    c.env ??= {};
    await next();
  });
  app.use(answerHeaders());
  app.use(guard(deps));
  app.use(boundedBody);
  app.onError((error, c) => answerFault(error, c, deps.log));
  app.notFound((c) =>
    c.json({ error: `There is no ${c.req.method} ${c.req.path}; "/" lists what there is` }, 404),
  );
  addHealthRoutes(app, deps);
  addInstanceRoutes(app, deps);
  addJobRoutes(app, deps);
  addRunRoutes(app, deps);
  addEventRoutes(app, deps);
  addMarketRoutes(app, deps);
  addMoneyRoutes(app, deps);
  addMetricsRoute(app, deps);
  addReferencePage(app, deps);
  return app;
}
