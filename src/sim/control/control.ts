// The control port: what is true, which faults fire, who has an account, and time itself. Every call but the two pages that describe it
// needs the token; nothing of this is reachable through the API's port.
import { timingSafeEqual } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { errorReply } from '../api/replies.ts';
import { addAccountRoutes } from './account-routes.ts';
import type { ControlDeps } from './control-deps.ts';
import { controlPage } from './control-page.ts';
import { addFaultRoutes } from './fault-routes.ts';
import { addInstanceRoutes } from './instance-routes.ts';
import { addTimeRoutes } from './time-routes.ts';
import { addTruthRoutes } from './truth-routes.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Control of the simulated marketplace',
    version: '1',
    description:
      'Ground truth, faults, accounts, GPUs and time of a running simulator. Bearer token as printed at its start.',
  },
} as const;

export function createControl(deps: ControlDeps, token: string): OpenAPIHono {
  const app = new OpenAPIHono({
    strict: false,
    defaultHook: (result) => {
      if (result.success) return undefined;
      const [issue] = result.error.issues;
      const place = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
      return errorReply(400, 'invalid_args', `${place}${issue?.message ?? 'the body is no JSON object'}`);
    },
  });
  app.doc31('/control/openapi.json', DOCUMENT);
  app.get('/control', (c) => c.html(controlPage(app.getOpenAPI31Document(DOCUMENT))));

  app.use(async (c, next) => {
    const given =
      /^Bearer\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ??
      c.req.header('x-vastdeck-control-token');
    if (!isSame(given ?? '', token)) {
      return errorReply(401, 'auth_error', 'The control port needs its token in the Authorization header');
    }
    // Everything that is sent here is JSON, whatever a short command line says of it.
    if (c.req.method === 'POST') {
      const headers = new Headers(c.req.raw.headers);
      headers.set('content-type', 'application/json');
      c.req.raw = new Request(c.req.url, { method: 'POST', headers, body: await c.req.raw.text() });
    }
    deps.step();
    return await next();
  });
  addTruthRoutes(app, deps);
  addFaultRoutes(app, deps);
  addAccountRoutes(app, deps);
  addInstanceRoutes(app, deps);
  addTimeRoutes(app, deps);

  app.onError((error) => {
    // A body that is no JSON, or a fault or a route expression that is none.
    if (error instanceof RangeError || error instanceof SyntaxError || isBadRequest(error)) {
      return errorReply(400, 'invalid_args', error.message);
    }
    throw error;
  });
  app.notFound((c) =>
    errorReply(
      404,
      'not_found',
      `The control port has no route ${c.req.method} ${new URL(c.req.url).pathname}; see /control for those it has`,
    ),
  );
  return app;
}

function isBadRequest(error: Error): boolean {
  return 'status' in error && error.status === 400;
}

function isSame(given: string, token: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(token);
  return left.length === right.length && timingSafeEqual(left, right);
}
