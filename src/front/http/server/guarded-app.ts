// An app without routes: what stands before all of them, and what becomes of errors.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpDeps } from '../deps.ts';
import { answerHeaders } from './answer-headers.ts';
import { boundedBody } from './bounded-body.ts';
import { answerFault } from './faults.ts';
import { guard } from './guard.ts';
import type { HttpApp, HttpEnv } from './http-env.ts';

export function guardedApp(deps: Pick<HttpDeps, 'tokens' | 'hostNames' | 'log'>): HttpApp {
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
  return app;
}
