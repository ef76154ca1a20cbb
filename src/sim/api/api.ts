// The routes of the marketplace's API, each accepted with and without its last slash.
import { Hono } from 'hono';
import type { Clock } from '../../base/std/index.ts';
import type { Dice } from '../dice.ts';
import type { Market } from '../market/market.ts';
import type { MetricsSource } from '../market/metrics.ts';
import { type AnswerChanges, searchAnswer } from '../search/answer.ts';
import { runSearch } from '../search/run-search.ts';
import { SearchError } from '../search/search-error.ts';
import { parseSearch, type SearchDefaults } from '../search/search-query.ts';
import { type AuthOptions, authenticate } from './auth.ts';
import type { RateLimit } from './rate-limit.ts';
import { errorReply, JSON_HEADERS, jsonReply, type RateLimitBody, rateLimitReply } from './replies.ts';

export interface ApiDeps {
  readonly market: Market;
  readonly metrics: MetricsSource;
  readonly clock: Clock;
  readonly dice: Dice;
  readonly auth: AuthOptions;
  readonly searchLimit: RateLimit;
  readonly rateLimitBody: RateLimitBody;
  readonly searchDefaults: SearchDefaults;
  /** Most rows of an answer at this time. */
  readonly capAt: (nowMs: number) => number;
}

/** What a fault does to a search from inside. */
export interface SearchFault {
  readonly changes: AnswerChanges;
  readonly mostRows: number;
  readonly isSpoiled: boolean;
}

export const SEARCH_PATHS: readonly string[] = ['/api/v0/bundles', '/api/v0/search/asks'];

export function createApi(deps: ApiDeps): Hono<{ Bindings: SearchFault }> {
  const app = new Hono<{ Bindings: SearchFault }>({ strict: false });

  const search = async (request: Request, readBody: () => Promise<unknown>, fault: SearchFault) => {
    const key = authenticate(request, deps.auth);
    if (key instanceof Response) return key;
    if (!deps.searchLimit.admit(key, deps.clock.monotonic())) {
      return rateLimitReply(deps.rateLimitBody, deps.searchLimit.thresholdSec);
    }
    let body: unknown;
    try {
      body = await readBody();
    } catch (error) {
      if (error instanceof SyntaxError) return errorReply(400, 'invalid_request', 'Invalid json body');
      throw error;
    }
    return answer(body, fault);
  };

  const answer = (body: unknown, fault: SearchFault): Response => {
    try {
      const query = parseSearch(body, { extraColumns: deps.market.extraColumns }, deps.searchDefaults);
      const headers = deps.market.noteSearch(canonical(body), fault.isSpoiled);
      const nowMs = deps.clock.now();
      const cap = Math.min(deps.capAt(nowMs), fault.mostRows);
      const rows = runSearch(deps.market.rows(query.view), query, { dice: deps.dice, nowMs, cap });
      const bytes = searchAnswer(rows, nowMs, fault.changes);
      return new Response(oneChunk(bytes), { headers: { ...JSON_HEADERS, ...headers } });
    } catch (error) {
      if (error instanceof SearchError) return errorReply(400, 'invalid_request', error.message);
      throw error;
    }
  };

  app.post('/api/v0/bundles', (c) => search(c.req.raw, () => c.req.raw.json(), c.env));
  app.get('/api/v0/bundles', (c) => {
    const { q } = c.req.query();
    return search(c.req.raw, async () => JSON.parse(q ?? '{}') as unknown, c.env);
  });
  const searchAsks = async (request: Request) => {
    const body = (await request.json()) as { q?: unknown } | null;
    return body?.q ?? {};
  };
  app.put('/api/v0/search/asks', (c) => search(c.req.raw, () => searchAsks(c.req.raw), c.env));

  app.get('/api/v0/gpu_names/unique', () => jsonReply({ gpu_names: deps.market.gpuNames() }));
  app.get('/api/v0/gpu_types', () => jsonReply({ gpu_types: deps.market.gpuNames() }));

  app.get('/api/v0/users/current', (c) => {
    const key = authenticate(c.req.raw, deps.auth);
    return key instanceof Response ? key : jsonReply(currentUser());
  });

  const metrics = (kind: 'current' | 'history' | 'locations') =>
    app.get(`/api/v0/metrics/gpu/${kind}`, (c) => {
      const key = authenticate(c.req.raw, deps.auth);
      if (key instanceof Response) return key;
      const reply = deps.metrics[kind](c.req.query(), deps.clock.now());
      return jsonReply(reply.body, reply.status);
    });
  metrics('current');
  metrics('history');
  metrics('locations');

  app.notFound((c) =>
    errorReply(404, 'not_found', `The simulator has no route ${c.req.method} ${new URL(c.req.url).pathname}`),
  );
  app.onError((error) => {
    throw error;
  });
  return app;
}

/** The bytes as a body. Handed over whole: a Response made of bytes copies them, and these are tens of megabytes. */
function oneChunk(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
}

/** The same search has the same text, in whatever order its fields were written. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

/** A made-up account: the fields that clients read, without the key itself. */
function currentUser(): Readonly<Record<string, unknown>> {
  return {
    id: 100_001,
    key_id: 1,
    username: 'simulated',
    fullname: null,
    email: 'simulated@example.com',
    email_verified: true,
    user: 'simulated',
    sid: '100001',
    ssh_key: null,
    balance: 0,
    credit: 100,
    balance_threshold: 0,
    balance_threshold_enabled: false,
    billing_creditonly: true,
    can_pay: true,
    has_billing: true,
    has_payout: false,
    got_signup_credit: false,
    password_resettable: true,
    paypal_email: null,
    last4: null,
    rights: 'owner',
  };
}
