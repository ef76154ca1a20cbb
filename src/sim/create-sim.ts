// The simulator put together: a market, its API, its faults. In-process it is a fetch; `serve` puts the same
// function on a socket.
import { DAY_MS, silentLog } from '../base/std/index.ts';
import type { Account } from './accounts/account.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createAgenda } from './agenda.ts';
import { createApi } from './api/api.ts';
import { createIntervals } from './api/intervals.ts';
import { createRateLimit } from './api/rate-limit.ts';
import { createDice } from './dice.ts';
import { answerWithFault, NO_FAULT } from './faults/apply-fault.ts';
import { createFaults } from './faults/faults.ts';
import type { Market, MarketTruth } from './market/market.ts';
import { createMetrics } from './market/metrics.ts';
import { metricsRoutes } from './market/metrics-routes.ts';
import { createSimulatedMarket, type SimulatedMarket } from './market/simulated-market.ts';
import { createReplayMarket } from './replay/replay-market.ts';
import { SEARCH_PATHS, searchRoutes } from './search/search-routes.ts';
import { serveSim } from './server.ts';
import type { Service } from './service.ts';
import { createTruthLog } from './truth-log.ts';
import type { Sim, SimOptions } from './types.ts';

/** `simulated SEED` or `replay NAME`, percent-encoded; on every answer, faulty ones included. */
const ORIGIN_HEADER = 'x-vastdeck-origin';
/** The search limit, so that our own client need not run into it; absent without one. */
const SEARCH_LIMIT_HEADER = 'x-vastdeck-searches-per-minute';

const DEFAULT_OFFERS = 10_000;
const FEWEST_OFFERS = 1;
/** Twenty times the market of 2026; beyond it building takes minutes. */
const MOST_OFFERS = 500_000;
const DEFAULT_SEARCHES_PER_MINUTE = 10;

const NOTHING_TRUE: MarketTruth = { slots: () => [], rentals: () => [], listedOfferIds: () => [] };

/** Throws RangeError for a size, cap or fault plan that makes no sense. */
export function createSim(options: SimOptions): Sim {
  const { clock, log = silentLog, cap = Number.POSITIVE_INFINITY, replay } = options;
  const { searchesPerMinute = DEFAULT_SEARCHES_PER_MINUTE } = options;
  const seed = String(options.seed);
  const caps = typeof cap === 'number' ? [cap] : cap;
  if (caps.length === 0 || caps.some((rows) => !(rows >= 1))) {
    throw new RangeError(`The cap is ${JSON.stringify(cap)}; it must be 1 row or more, or a list of such`);
  }
  const offers = options.offers ?? DEFAULT_OFFERS;
  if (!replay && !(offers >= FEWEST_OFFERS && offers <= MOST_OFFERS)) {
    throw new RangeError(`A market of ${offers} offers cannot be simulated; ask for 1 to ${MOST_OFFERS}`);
  }
  const startMs = clock.now();
  const dice = createDice(seed);
  const agenda = createAgenda();
  const accounts = createAccounts(seed);
  const simulated = replay ? undefined : createSimulatedMarket({ dice, startMs, offers });
  const market: Market = replay ? createReplayMarket(replay) : (simulated as SimulatedMarket);
  const truth = simulated?.truth ?? NOTHING_TRUE;
  let nowMs = startMs;
  const faults = createFaults({ dice, plan: options.faults ?? {}, atMs: () => nowMs - startMs });
  const service: Service = {
    dice,
    agenda,
    accounts,
    truthLog: createTruthLog(),
    faults: faults.world,
    startMs,
    nowMs: () => nowMs,
  };
  const apiKey = openFirstAccount(service, options, simulated);
  const api = createApi({
    routes: [
      ...searchRoutes({
        market,
        dice,
        limit: createRateLimit(searchesPerMinute),
        defaults: options.searchDefaults ?? 'none',
        capAt: (atMs) => {
          const day = Math.floor(atMs / DAY_MS) - Math.floor(startMs / DAY_MS);
          return caps[Math.max(0, day) % caps.length] as number;
        },
      }),
      ...metricsRoutes({
        metrics: simulated && createMetrics(simulated.world),
        openTo: options.account === undefined ? 'anybody' : 'hosts',
      }),
      ...accountRoutes(),
    ],
    accounts,
    auth: { badKeyStatus: options.badKeyStatus ?? 401 },
    intervals: createIntervals(options.intervalFactor ?? 1),
    rateLimitBody: options.rateLimitBody ?? 'text',
    nowMs: () => clock.now(),
    monotonicMs: () => clock.monotonic(),
  });

  /** Works off what happens until now, in order: the market's events and what the service has planned. */
  const step = () => {
    const untilMs = clock.now();
    for (;;) {
      const [marketMs, plannedMs] = [market.nextAtMs(), agenda.nextAtMs()];
      const nextMs = Math.min(marketMs, plannedMs);
      if (nextMs > untilMs) break;
      nowMs = Math.max(nowMs, nextMs);
      if (marketMs <= plannedMs) market.advance(marketMs);
      else agenda.runNext();
    }
    market.advance(untilMs);
    nowMs = Math.max(nowMs, untilMs);
  };

  // Every answer says what it is, so that no store ever takes a simulated market for the real one.
  const originHeader = options.replay
    ? `replay ${encodeURIComponent(options.replay.name)}`
    : `simulated ${encodeURIComponent(seed)}`;
  const handle = async (request: Request, signal: AbortSignal): Promise<Response> => {
    const response = await answerTo(request, signal);
    response.headers.set(ORIGIN_HEADER, originHeader);
    if (Number.isFinite(searchesPerMinute)) {
      response.headers.set(SEARCH_LIMIT_HEADER, String(searchesPerMinute));
    }
    return response;
  };

  const answerTo = async (request: Request, signal: AbortSignal): Promise<Response> => {
    step();
    const path = new URL(request.url).pathname.replace(/\/+$/, '');
    const route = `${request.method} ${path}/`;
    const isSearch = SEARCH_PATHS.includes(path);
    const fault = faults.requests.next({ route, isSearch, atMs: nowMs - startMs });
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

  return {
    seed,
    apiKey,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      return await handle(request, request.signal);
    },
    step,
    truth: {
      slots: () => {
        step();
        return truth.slots();
      },
      rentals: (fromMs, toMs) => {
        step();
        return truth.rentals(fromMs, toMs);
      },
      listedOfferIds: () => {
        step();
        return truth.listedOfferIds();
      },
    },
    fail: (fault, failOptions) => faults.fail(fault, failOptions),
    faultCounts: () => faults.counts(),
    serve: (serveOptions) =>
      serveSim({ handle, apiKey, control: { truth, faults, clock, step, startMs } }, serveOptions ?? {}),
  };
}

/** The account that the given keys open, or a key made from the seed; returns the first of them. */
function openFirstAccount(
  { accounts, startMs }: Service,
  { apiKeys, account: kind }: SimOptions,
  simulated: SimulatedMarket | undefined,
): string {
  const [key, ...others] = apiKeys ?? [undefined];
  if (apiKeys && key === undefined)
    throw new RangeError('The list of API keys is empty; leave it out to have one made');
  const hostId = kind === 'host' ? simulated?.world.hosts[0]?.hostId : undefined;
  const role = kind === undefined || kind === 'renter' ? 'renter' : 'host';
  const account: Account = accounts.add(
    { role, ...(key !== undefined && { key }), ...(hostId !== undefined && { hostId }) },
    startMs,
  );
  for (const other of others) if (other !== undefined) accounts.addKey(account, { key: other }, startMs);
  return (account.keys[0] as { readonly key: string }).key;
}
