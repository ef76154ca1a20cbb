// The shell around every route: whose key it is and what it may, how often it called, the body it sent, and what is
// noted of it. Each route is accepted with and without its last slash.
import { Hono } from 'hono';
import type { Accounts } from '../accounts/accounts.ts';
import { checkConstraints } from '../accounts/permissions.ts';
import { checkSecondFactor } from '../accounts/second-factor.ts';
import type { SearchFault } from '../search/answer.ts';
import { ApiError } from './api-error.ts';
import { type AuthOptions, authenticate } from './auth.ts';
import type { Intervals } from './intervals.ts';
import { errorReply, jsonReply, type RateLimitBody, rateLimitReply } from './replies.ts';
import type { Caller, KeyedRoute, OpenCall, Route } from './route.ts';

export interface ApiDeps {
  readonly routes: readonly Route[];
  readonly accounts: Accounts;
  readonly auth: AuthOptions;
  readonly intervals: Intervals;
  readonly rateLimitBody: RateLimitBody;
  readonly nowMs: () => number;
  /** For intervals: no correction of the clock makes somebody wait. */
  readonly monotonicMs: () => number;
}

interface Shell {
  readonly Bindings: SearchFault;
}

/** Throws when two routes have one address: the second would never be reached. */
export function createApi(deps: ApiDeps): Hono<Shell> {
  const app = new Hono<Shell>({ strict: false });
  const known = new Set<string>();
  for (const route of deps.routes) {
    const address = `${route.method} ${route.path}`;
    if (known.has(address)) throw new Error(`The simulator has two routes ${address}`);
    known.add(address);
    app.on(route.method, route.path, async (c) => {
      try {
        return await answer(deps, route, c.req.raw, c.req.param(), c.env);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return jsonReply(
          { success: false, error: error.slug, msg: error.message, ...error.extra },
          error.status,
        );
      }
    });
  }
  app.notFound((c) =>
    errorReply(404, 'not_found', `The simulator has no route ${c.req.method} ${new URL(c.req.url).pathname}`),
  );
  app.onError((error) => {
    throw error;
  });
  return app;
}

async function answer(
  deps: ApiDeps,
  route: Route,
  request: Request,
  params: Readonly<Record<string, string>>,
  fault: SearchFault,
): Promise<Response> {
  const callOf = async (): Promise<OpenCall> => {
    const body = await readBody(request);
    const query = new URL(request.url).searchParams;
    return { request, params, query, body, nowMs: deps.nowMs(), fault };
  };
  if (route.scope === 'open') return await route.handle(await callOf());
  const caller = authenticate(request, deps.accounts, deps.auth, deps.nowMs());
  checkScope(route, caller, params);
  checkSecondFactor(route, caller);
  const refused = tooSoon(deps, route, caller);
  if (refused) return refused;
  const call = await callOf();
  checkConstraints(route.scope, caller.key, { ...call.body, ...params });
  if (route.method !== 'GET') {
    const address = `${route.method} ${new URL(request.url).pathname}`;
    const args = call.body;
    caller.account.audit.push({ atMs: call.nowMs, apiKeyId: caller.key.id, route: address, args });
  }
  return await route.handle({ ...call, caller });
}

function checkScope(route: KeyedRoute, { key }: Caller, params: Readonly<Record<string, string>>): void {
  const { instanceId, scopes } = key;
  const isOwnInstance = route.allowsInstanceKey === true && params.id === String(instanceId);
  if (instanceId === undefined ? !scopes || scopes.has(route.scope) : isOwnInstance) return;
  const may =
    instanceId === undefined ? `scopes ${[...(scopes ?? [])].join(', ')}` : `instance ${instanceId}`;
  throw new ApiError(403, 'not_authorized', `This key may not do that: it has ${may}, not ${route.scope}.`);
}

function tooSoon(deps: ApiDeps, route: KeyedRoute, { key }: Caller): Response | undefined {
  const { limit, intervalSec } = route;
  if (limit) {
    if (limit.admit(key.key, deps.monotonicMs())) return undefined;
    return rateLimitReply(deps.rateLimitBody, limit.thresholdSec);
  }
  const address = `${route.method} ${route.path}`;
  if (!intervalSec || deps.intervals.admit(address, key.key, intervalSec, deps.monotonicMs()))
    return undefined;
  return rateLimitReply(deps.rateLimitBody, intervalSec);
}

/** An empty body is an empty object. */
async function readBody(request: Request): Promise<Readonly<Record<string, unknown>>> {
  if (request.method === 'GET') return {};
  const text = await request.text();
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ApiError(400, 'invalid_request', 'Invalid json body');
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new ApiError(400, 'invalid_request', 'Invalid json body');
}
