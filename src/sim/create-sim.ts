// The simulator put together: a market, its API, its faults. In-process it is a fetch; `serve` puts the same
// function on a socket.
import { createHash } from 'node:crypto';
import { DAY_MS, silentLog } from '../base/std/index.ts';
import { createApi, SEARCH_PATHS } from './api/api.ts';
import { createRateLimit } from './api/rate-limit.ts';
import { answerWithFault, NO_FAULT } from './apply-fault.ts';
import { createDice } from './dice.ts';
import { createFaults } from './faults.ts';
import type { Market, MarketTruth } from './market/market.ts';
import { createMetrics, type MetricsSource, refusedMetrics } from './market/metrics.ts';
import { createSimulatedMarket } from './market/simulated-market.ts';
import { createReplayMarket } from './replay/replay-market.ts';
import { serveSim } from './server.ts';
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

/** Throws RangeError for a size, cap or fault plan that makes no sense. */
export function createSim(options: SimOptions): Sim {
  const { clock, log = silentLog, account = 'host', cap = Number.POSITIVE_INFINITY } = options;
  const { searchesPerMinute = DEFAULT_SEARCHES_PER_MINUTE } = options;
  const seed = String(options.seed);
  const caps = typeof cap === 'number' ? [cap] : cap;
  if (caps.length === 0 || caps.some((rows) => !(rows >= 1))) {
    throw new RangeError(`The cap is ${JSON.stringify(cap)}; it must be 1 row or more, or a list of such`);
  }
  const offers = options.offers ?? DEFAULT_OFFERS;
  if (!options.replay && !(offers >= FEWEST_OFFERS && offers <= MOST_OFFERS)) {
    throw new RangeError(`A market of ${offers} offers cannot be simulated; ask for 1 to ${MOST_OFFERS}`);
  }
  const startMs = clock.now();
  const dice = createDice(seed);
  const apiKeys = options.apiKeys ?? [
    createHash('sha256').update(`vastdeck simulated key ${seed}`).digest('hex'),
  ];
  const apiKey = apiKeys[0];
  if (apiKey === undefined)
    throw new RangeError('The list of API keys is empty; leave it out to have one made');

  const { market, truth, metrics } = makeMarket();
  const faults = createFaults(dice, options.faults ?? {});
  const api = createApi({
    market,
    metrics,
    clock,
    dice,
    auth: { apiKeys: new Set(apiKeys), badKeyStatus: options.badKeyStatus ?? 401 },
    searchLimit: createRateLimit(searchesPerMinute),
    rateLimitBody: options.rateLimitBody ?? 'text',
    searchDefaults: options.searchDefaults ?? 'none',
    capAt: (nowMs) => {
      const day = Math.floor(nowMs / DAY_MS) - Math.floor(startMs / DAY_MS);
      return caps[Math.max(0, day) % caps.length] as number;
    },
  });

  function makeMarket(): { market: Market; truth: MarketTruth; metrics: MetricsSource } {
    if (options.replay) {
      const nothing: MarketTruth = { slots: () => [], rentals: () => [], listedOfferIds: () => [] };
      const metricsOfNobody = refusedMetrics(account === 'renter' ? 'renter' : 'host-without-machines');
      return { market: createReplayMarket(options.replay), truth: nothing, metrics: metricsOfNobody };
    }
    const simulated = createSimulatedMarket({ dice, startMs, offers });
    const metricsOfMarket = account === 'host' ? createMetrics(simulated.world) : refusedMetrics(account);
    return { market: simulated, truth: simulated.truth, metrics: metricsOfMarket };
  }

  const step = () => market.advance(clock.now());

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
    const fault = faults.next(route, SEARCH_PATHS.includes(path));
    if (!fault) return await api.fetch(request, NO_FAULT);
    log.debug('fault fired', { fault: fault.name, route });
    return await answerWithFault(fault, {
      clock,
      signal,
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
