// So many searches in any minute, for simulators that say so of themselves: faster at first than one every six
// seconds, and never refused. The live service is asked at its published interval instead.
import type { AcquireRequest, AcquireResult, LimiterStore } from '../../base/std/index.ts';

export interface SearchWindowOptions {
  readonly searchesPerMinute: number;
}

/** A second more than the minute: requests do not take equally long to arrive. */
const WINDOW_MS = 61_000;
/** Each lane is a row of the state store, asked for at every search. */
const MOST_LANES = 20;
/** Of the endpoint whose calls are counted; all others pass unchanged. */
const SEARCH = 'POST /bundles/';

/**
 * One lane for each search of a minute, free again a minute after its use: together they never let more through,
 * whichever processes share the store. Of generous limits a lane stands for several searches.
 */
export function searchWindowStore(
  store: LimiterStore,
  { searchesPerMinute }: SearchWindowOptions,
): LimiterStore {
  const count = Math.min(searchesPerMinute, MOST_LANES);
  const minIntervalMs = (WINDOW_MS * count) / searchesPerMinute;
  /** Tickets that stand in line, in every lane. */
  const waiting = new Set<string>();
  /** The lane whose last use is the longest ago, as far as this process knows. */
  let next = 0;
  const lanesOf = (key: string) =>
    key.startsWith(SEARCH)
      ? Array.from({ length: count }, (_, lane) => `${key} ${lane + 1}/${count}`)
      : [key];

  const tryAcquire = async (request: AcquireRequest): Promise<AcquireResult> => {
    if (!request.key.startsWith(SEARCH)) return store.tryAcquire(request);
    const lanes = lanesOf(request.key);
    const inTurn = [...lanes.slice(next), ...lanes.slice(0, next)];
    let untilMs = Number.POSITIVE_INFINITY;
    for (const [at, key] of inTurn.entries()) {
      const result = await store.tryAcquire({ ...request, key, minIntervalMs });
      if (result.kind === 'go') {
        next = (lanes.indexOf(key) + 1) % count;
        // Left standing in the other lanes, it would keep everybody else from them.
        const others = waiting.delete(request.ticket) ? lanes : inTurn.slice(0, at);
        for (const other of others) if (other !== key) await store.release(other, request.ticket);
        return result;
      }
      untilMs = Math.min(untilMs, result.untilMs);
    }
    waiting.add(request.ticket);
    return { kind: 'wait', untilMs };
  };

  return {
    tryAcquire,
    release: async (key, ticket) => {
      waiting.delete(ticket);
      for (const lane of lanesOf(key)) await store.release(lane, ticket);
    },
    learn: async (key, learnedMs, notBeforeMs) => {
      for (const lane of lanesOf(key)) await store.learn(lane, learnedMs, notBeforeMs);
    },
  };
}
