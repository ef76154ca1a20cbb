// A request's way through the simulation: what is due happens first, a fault may strike, the service answers, and every
// answer says where it comes from.
import { silentLog } from '../base/std/index.ts';
import { createApi } from './api/api.ts';
import { createIntervals } from './api/intervals.ts';
import { type Assembly, DEFAULT_SEARCHES_PER_MINUTE } from './assemble.ts';
import { answerWithFault, NO_FAULT } from './faults/apply-fault.ts';
import { SEARCH_PATHS } from './search/search-routes.ts';
import type { SimOptions } from './types.ts';

/** `simulated SEED` or `replay NAME`, percent-encoded; on every answer, faulty ones included. */
const ORIGIN_HEADER = 'x-vastdeck-origin';
/** The search limit, so that our own client need not run into it; absent without one. */
const SEARCH_LIMIT_HEADER = 'x-vastdeck-searches-per-minute';

export type Handle = (request: Request, signal: AbortSignal) => Promise<Response>;

/** `step` brings the simulation to the clock's time. */
export function answerRequests(
  { routes, service, faults, time }: Assembly,
  options: SimOptions,
  step: () => void,
): Handle {
  const { clock, log = silentLog, searchesPerMinute = DEFAULT_SEARCHES_PER_MINUTE } = options;
  const api = createApi({
    routes,
    accounts: service.accounts,
    auth: { badKeyStatus: options.badKeyStatus ?? 401 },
    intervals: createIntervals(options.intervalFactor ?? 1),
    rateLimitBody: options.rateLimitBody ?? 'text',
    nowMs: () => clock.now(),
    monotonicMs: () => clock.monotonic(),
  });

  const answerTo = async (request: Request, signal: AbortSignal): Promise<Response> => {
    step();
    const path = new URL(request.url).pathname.replace(/\/+$/, '');
    const route = `${request.method} ${path}/`;
    const isSearch = SEARCH_PATHS.includes(path);
    const fault = faults.requests.next({ route, isSearch, atMs: time.nowMs() - time.startMs });
    if (!fault) return await api.fetch(request, NO_FAULT);
    log.debug('fault fired', { fault: fault.name, route });
    return await answerWithFault(fault, {
      clock,
      signal,
      isSearch,
      answer: async (searchFault) => {
        step();
        return await api.fetch(request, searchFault);
      },
    });
  };

  // So that no store ever takes a simulated market for the real one.
  const originHeader = options.replay
    ? `replay ${encodeURIComponent(options.replay.name)}`
    : `simulated ${encodeURIComponent(String(options.seed))}`;
  return async (request, signal) => {
    const response = await answerTo(request, signal);
    response.headers.set(ORIGIN_HEADER, originHeader);
    if (Number.isFinite(searchesPerMinute)) {
      response.headers.set(SEARCH_LIMIT_HEADER, String(searchesPerMinute));
    }
    return response;
  };
}
