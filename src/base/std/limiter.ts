// Minimum intervals between calls, shared by everybody who speaks to one address. Where the times are kept
// is a LimiterStore: in memory for one process, in the state store for all of them.
import type { Clock } from './clock.ts';

/** Who goes first when several wait: lower is more urgent. */
export const PRIORITIES = { destroy: 0, person: 1, controller: 2, collector: 3 } as const;
export type Priority = keyof typeof PRIORITIES;

export interface AcquireRequest {
  /** Endpoint and address, for example `POST /bundles/ console.vast.ai`. */
  readonly key: string;
  /** Identifies the waiter over its repeated tries. */
  readonly ticket: string;
  readonly priority: Priority;
  readonly nowMs: number;
  /** Used until a longer one has been learned for the key. */
  readonly minIntervalMs: number;
}

export type AcquireResult = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * The seam: one atomic step each. A waiter that has not tried again for `TICKET_TTL_MS` is forgotten, so a
 * killed process blocks nobody.
 */
export interface LimiterStore {
  /** Takes the turn when it is free and nobody more urgent (or as urgent and earlier) waits for it. */
  tryAcquire(request: AcquireRequest): Promise<AcquireResult>;
  /** Withdraws a waiter. */
  release(key: string, ticket: string): Promise<void>;
  /** Remembers a longer interval that the other side named, and blocks the key until `notBeforeMs`. */
  learn(key: string, minIntervalMs: number, notBeforeMs: number): Promise<void>;
}

export const TICKET_TTL_MS = 15_000;

/** A waiter asks again at least this often, so that its ticket lives and a freed turn is noticed. */
const POLL_MS = 1_000;

export interface Limiter {
  /** Resolves when the call may be made. */
  acquire(key: string, minIntervalMs: number, priority: Priority, signal?: AbortSignal): Promise<void>;
  /** Tells everybody what a 429 taught: the endpoint's interval, and not to call it before it has passed. */
  learn(key: string, minIntervalMs: number): Promise<void>;
}

export interface LimiterDeps {
  readonly store: LimiterStore;
  readonly clock: Clock;
  /** Makes tickets unique over processes, for example a process id and a counter. */
  readonly makeTicket: () => string;
}

export function createLimiter({ store, clock, makeTicket }: LimiterDeps): Limiter {
  return {
    async acquire(key, minIntervalMs, priority, signal) {
      const ticket = makeTicket();
      try {
        for (;;) {
          signal?.throwIfAborted();
          const nowMs = clock.now();
          const result = await store.tryAcquire({ key, ticket, priority, nowMs, minIntervalMs });
          if (result.kind === 'go') return;
          await clock.sleep(Math.min(POLL_MS, Math.max(1, result.untilMs - nowMs)), signal);
        }
      } catch (error) {
        await store.release(key, ticket);
        throw error;
      }
    },
    learn: (key, minIntervalMs) => store.learn(key, minIntervalMs, clock.now() + minIntervalMs),
  };
}

interface Lane {
  nextAtMs: number;
  learnedMs: number;
  readonly waiting: Map<string, { priority: number; order: number; seenMs: number }>;
}

/** The times in memory: for one process that speaks alone. */
export function memoryLimiterStore(): LimiterStore {
  const lanes = new Map<string, Lane>();
  let order = 0;
  const laneOf = (key: string): Lane => {
    let lane = lanes.get(key);
    if (!lane) {
      lane = { nextAtMs: 0, learnedMs: 0, waiting: new Map() };
      lanes.set(key, lane);
    }
    return lane;
  };
  return {
    async tryAcquire({ key, ticket, priority, nowMs, minIntervalMs }) {
      const lane = laneOf(key);
      const rank = PRIORITIES[priority];
      const mine = lane.waiting.get(ticket) ?? { priority: rank, order: ++order, seenMs: nowMs };
      lane.waiting.set(ticket, { ...mine, seenMs: nowMs });
      let isFirst = true;
      for (const [other, waiter] of lane.waiting) {
        if (other === ticket) continue;
        // Either way of the clock: a waiter seen in the future was seen before the clock was set back.
        if (Math.abs(nowMs - waiter.seenMs) > TICKET_TTL_MS) lane.waiting.delete(other);
        else if (waiter.priority < rank || (waiter.priority === rank && waiter.order < mine.order))
          isFirst = false;
      }
      // A wall clock that jumped back must not block a lane for longer than its interval.
      const intervalMs = Math.max(minIntervalMs, lane.learnedMs);
      const nextAtMs = Math.min(lane.nextAtMs, nowMs + intervalMs);
      // Kept, or every later try would again be told to wait a whole interval.
      lane.nextAtMs = nextAtMs;
      if (nowMs < nextAtMs) return { kind: 'wait', untilMs: nextAtMs };
      if (!isFirst) return { kind: 'wait', untilMs: nowMs + intervalMs };
      lane.waiting.delete(ticket);
      lane.nextAtMs = nowMs + intervalMs;
      return { kind: 'go' };
    },
    async release(key, ticket) {
      lanes.get(key)?.waiting.delete(ticket);
    },
    async learn(key, minIntervalMs, notBeforeMs) {
      const lane = laneOf(key);
      lane.learnedMs = Math.max(lane.learnedMs, minIntervalMs);
      lane.nextAtMs = Math.max(lane.nextAtMs, notBeforeMs);
    },
  };
}
