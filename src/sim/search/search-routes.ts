// Searches of offers by their three addresses, and the names of GPUs.
import { ApiError } from '../api/api-error.ts';
import type { RateLimit } from '../api/rate-limit.ts';
import { JSON_HEADERS, jsonReply } from '../api/replies.ts';
import type { Call, OpenCall, Route } from '../api/route.ts';
import type { Dice } from '../dice.ts';
import type { Market } from '../market/market.ts';
import { searchAnswer } from './answer.ts';
import { runSearch } from './run-search.ts';
import { SearchError } from './search-error.ts';
import { parseSearch, type SearchDefaults } from './search-query.ts';
import { wholeBody } from './whole-body.ts';

export interface SearchDeps {
  readonly market: Market;
  readonly dice: Dice;
  readonly limit: RateLimit;
  readonly defaults: SearchDefaults;
  /** Most rows of an answer at this time. */
  readonly capAt: (nowMs: number) => number;
}

const BUNDLES = '/api/v0/bundles';
const ASKS = '/api/v0/search/asks';
export const SEARCH_PATHS: readonly string[] = [BUNDLES, ASKS];

export function searchRoutes(deps: SearchDeps): readonly Route[] {
  const { limit, market } = deps;
  const keyed = { scope: 'misc', limit } as const;
  const names = (field: string) => () => jsonReply({ [field]: market.gpuNames() });
  return [
    {
      ...keyed,
      method: 'POST',
      path: BUNDLES,
      summary: 'Searches offers; filters, order, type, limit and allocated storage in the body.',
      handle: (call: Call) => search(deps, call, call.body),
    },
    {
      ...keyed,
      method: 'GET',
      path: BUNDLES,
      summary: 'The same search, as JSON in the parameter `q`.',
      handle: (call: Call) => search(deps, call, queryOf(call)),
    },
    {
      ...keyed,
      method: 'PUT',
      path: ASKS,
      summary: 'The same search, in the field `q` of the body.',
      handle: (call: Call) => search(deps, call, call.body.q ?? {}),
    },
    {
      scope: 'open',
      method: 'GET',
      path: '/api/v0/gpu_names/unique',
      summary: 'Names of all GPU models that the market has; needs no key.',
      handle: names('gpu_names'),
    },
    {
      scope: 'open',
      method: 'GET',
      path: '/api/v0/gpu_types',
      summary: 'The same names under another field.',
      handle: names('gpu_types'),
    },
  ];
}

function queryOf({ query }: OpenCall): unknown {
  try {
    return JSON.parse(query.get('q') ?? '{}') as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ApiError(400, 'invalid_request', 'Invalid json body');
  }
}

function search(deps: SearchDeps, { fault, nowMs }: Call, body: unknown): Response {
  const { market, dice } = deps;
  try {
    const query = parseSearch(body, { extraColumns: market.extraColumns }, deps.defaults);
    const headers = market.noteSearch(canonical(body), fault.isSpoiled);
    const cap = Math.min(deps.capAt(nowMs), fault.mostRows);
    const asked = fault.ignoresFilters ? { ...query, tests: [] } : query;
    const rows = runSearch(market.rows(query.view), asked, { dice, nowMs, cap });
    const bytes = searchAnswer(rows, nowMs, fault.changes);
    return wholeBody(bytes, { ...JSON_HEADERS, ...headers });
  } catch (error) {
    if (error instanceof SearchError) throw new ApiError(400, 'invalid_request', error.message);
    throw error;
  }
}

/** The same search has the same text, in whatever order its fields were written. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
