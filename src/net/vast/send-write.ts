// Changes by the API. A change is sent once: it is repeated only when it provably never left, or when the service
// refused it before acting. Without an answer that can be believed its outcome is unknown, and said to be.
import { retry } from '../../base/std/index.ts';
import type { ApiCall, CallOptions, SenderDeps } from './api-call.ts';
import {
  InsufficientCreditError,
  InvalidRequestError,
  NoSuchInstanceError,
  OfferGoneError,
  OutcomeUnknownError,
  RateLimitedError,
  UnauthorizedError,
} from './errors.ts';
import { publishedIntervalMs } from './rate-limit.ts';
import { endpointOf, laneOf, newTurn, type SendOnce } from './send-once.ts';
import { isTransient, retryTerms } from './send-read.ts';

export interface ApiWrite<T> extends ApiCall<T> {
  /** What to look up when nobody knows whether it happened: `list the instances and look for its label`. */
  readonly lookUp: string;
  /** Done twice it is the same as done once, so that it may be repeated like a read; default not. */
  readonly isIdempotent?: boolean;
}

/**
 * Throws OutcomeUnknownError when it may have happened, also when the caller gave up waiting for the answer; all other
 * errors say that it did not happen.
 */
export type SendWrite = <T>(write: ApiWrite<T>, options?: CallOptions) => Promise<T>;

/** In each of these the service, or this program before it, has said no. */
const REFUSALS = [
  InsufficientCreditError,
  InvalidRequestError,
  NoSuchInstanceError,
  OfferGoneError,
  RateLimitedError,
  UnauthorizedError,
] as const;

export function createWriteSender(deps: SenderDeps, sendOnce: SendOnce): SendWrite {
  return async (write, options = {}) => {
    const turn = newTurn();
    // Of an earlier try whose outcome nobody knows, which a later refusal does not tell.
    let mayHaveHappened = false;
    const isDoubtful = (error: unknown) => turn.wasSent && !isRefusal(error);
    const tryOnce = async () => {
      try {
        return await sendOnce(write, options, turn);
      } catch (error) {
        if (isDoubtful(error)) mayHaveHappened = true;
        throw error;
      }
    };
    try {
      return await retry(tryOnce, {
        ...retryTerms(deps, write, options),
        isTransient: (error) =>
          isDoubtful(error)
            ? write.isIdempotent === true
            : isTransient(error, publishedIntervalMs(laneOf(write))),
      });
    } catch (error) {
      if (!mayHaveHappened || error instanceof NoSuchInstanceError) throw error;
      throw outcomeUnknown(write, error);
    }
  };
}

/** A `success: false` in a 200 without a word of the service for it contradicts the answer around it. */
function isRefusal(error: unknown): boolean {
  if (!REFUSALS.some((refusal) => error instanceof refusal)) return false;
  const { status, code } = error as InvalidRequestError;
  return !(error instanceof InvalidRequestError && status === 200 && code === undefined);
}

function outcomeUnknown(write: ApiWrite<unknown>, cause: unknown): OutcomeUnknownError {
  const endpoint = endpointOf(write);
  const seen = cause instanceof Error ? cause.message : String(cause);
  const { status, code } = (cause ?? {}) as { readonly status?: number; readonly code?: string };
  return new OutcomeUnknownError(
    `Nobody knows whether ${endpoint} has happened (${seen}); do not repeat it: ${write.lookUp}`,
    {
      endpoint,
      lookUp: write.lookUp,
      status: typeof status === 'number' ? status : undefined,
      code: typeof code === 'string' ? code : undefined,
      cause,
    },
  );
}
