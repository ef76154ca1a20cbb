// A client of the service whose waiting is shared with every other process of this home: limits are per address,
// and the collector, a person's search and later the controllers all count against the same ones.
import {
  type Clock,
  createLimiter,
  type LimiterStore,
  type Log,
  memoryLimiterStore,
  type Priority,
  type Random,
  type Secret,
} from '../../base/std/index.ts';
import { storeLimiterStore } from '../../base/store/index.ts';
import { createVastClient, type Pace, type VastClient } from '../../net/vast/index.ts';
import { searchWindowStore } from './search-window.ts';
import { openStateStore } from './state-store.ts';

export interface VastSessionOptions {
  readonly baseUrl: string;
  readonly apiKey: Secret | undefined;
  /** Where the state store is: a file or a `postgres://` URL. */
  readonly stateUrl: string;
  readonly timeoutMs: number;
  /** Default the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** `published` for the live service, `learned` for simulators and recordings. */
  readonly pace: Pace;
  /** The search limit that a simulator says it has; undefined where none is known beyond `pace`. */
  readonly searchesPerMinute?: number | undefined;
  readonly priority: Priority;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What the client says of its tries; default `log`. */
  readonly clientLog?: Log | undefined;
}

export interface VastSession extends AsyncDisposable {
  readonly client: VastClient;
}

export async function openVastSession(options: VastSessionOptions): Promise<VastSession> {
  const { clock, random, log } = options;
  const { limiterStore, close } = await sharedTimes(options);
  // Tickets of different processes must not meet: a fork of fresh randomness names this one.
  const session = random
    .fork('session')
    .int(0, 2 ** 40)
    .toString(36);
  let tickets = 0;
  const { searchesPerMinute } = options;
  const store = searchesPerMinute ? searchWindowStore(limiterStore, { searchesPerMinute }) : limiterStore;
  const limiter = createLimiter({ store, clock, makeTicket: () => `${session}-${++tickets}` });
  const client = createVastClient({
    baseUrl: options.baseUrl,
    apiKey: options.apiKey,
    fetch: options.fetch ?? globalThis.fetch,
    clock,
    random,
    log: options.clientLog ?? log,
    limiter,
    timeoutMs: options.timeoutMs,
    priority: options.priority,
    pace: options.pace,
  });
  return { client, [Symbol.asyncDispose]: close };
}

async function sharedTimes({
  stateUrl,
  clock,
  log,
}: VastSessionOptions): Promise<{ limiterStore: LimiterStore; close: () => Promise<void> }> {
  try {
    const store = await openStateStore({ stateUrl, clock, log });
    return { limiterStore: storeLimiterStore(store), close: () => store.close() };
  } catch (error) {
    // A search is still worth making: alone it keeps the limits, only not together with others.
    log.warn('the rate limits are not shared with other processes', { reason: (error as Error).message });
    return { limiterStore: memoryLimiterStore(), close: async () => {} };
  }
}
