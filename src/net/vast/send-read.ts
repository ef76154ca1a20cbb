// Reads of the API: repeated by themselves when a failure may pass.
import { retry } from '../../base/std/index.ts';
import type { ApiCall, CallOptions, SenderDeps } from './api-call.ts';
import { MalformedAnswerError, RateLimitedError, UnavailableError } from './errors.ts';
import { publishedIntervalMs } from './rate-limit.ts';
import { endpointOf, laneOf, newTurn, type SendOnce } from './send-once.ts';

/** Throws the last error of its tries, or the first that will not pass. */
export type SendRead = <T>(call: ApiCall<T>, options?: CallOptions) => Promise<T>;

/** Waits between tries: at most 1 s, 2 s, 4 s … of chance, never above 30 s. */
export const BACKOFF = { baseMs: 1_000, capMs: 30_000 } as const;

/** Told to wait longer than this, the call fails instead: the caller knows better what else to do. */
const LONGEST_OBEYED_WAIT_MS = 60_000;

export function createReadSender(deps: SenderDeps, sendOnce: SendOnce): SendRead {
  return (call, options = {}) => {
    const turn = newTurn();
    return retry(() => sendOnce(call, options, turn), {
      ...retryTerms(deps, call, options),
      isTransient: (error) => isTransient(error, publishedIntervalMs(laneOf(call))),
    });
  };
}

/** What all senders repeat by, apart from which failures they repeat. */
export function retryTerms(deps: SenderDeps, call: ApiCall<unknown>, { signal }: CallOptions) {
  return {
    clock: deps.clock,
    random: deps.random,
    attempts: deps.attempts,
    ...BACKOFF,
    ...(signal === undefined ? {} : { signal }),
    onRetry: (error: unknown, attempt: number, waitMs: number) =>
      deps.log.warn('api call failed, trying again', {
        endpoint: endpointOf(call),
        attempt,
        waitMs,
        reason: error instanceof Error ? error.message : String(error),
      }),
  };
}

/** Whether the same call may succeed later; a number is the least wait that the service asked for. */
export function isTransient(error: unknown, intervalMs: number): boolean | number {
  if (error instanceof UnavailableError) return true;
  if (error instanceof MalformedAnswerError) return error.isTransient;
  if (!(error instanceof RateLimitedError)) return false;
  const waitMs = Math.max(error.retryAfterMs ?? 0, error.thresholdMs ?? 0, intervalMs);
  return waitMs <= LONGEST_OBEYED_WAIT_MS ? waitMs : false;
}
