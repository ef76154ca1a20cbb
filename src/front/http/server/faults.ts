// From an error to an answer: a status and one sentence. What nobody expected is logged, and its text kept from the asker,
// who gets a name to find it by.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Log } from '../../../base/std/index.ts';
import type { HttpEnv } from './http-env.ts';

/** An answer that is not the one that was asked for; the sentence goes to the asker. */
export class HttpFault extends Error {
  override name = 'HttpFault';
  readonly status: ContentfulStatusCode;

  constructor(status: ContentfulStatusCode, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Errors of ours whose sentence is meant for whoever asked, known by name as everywhere at the front. */
const STATUS_BY_NAME: Readonly<Record<string, ContentfulStatusCode>> = {
  JobFileError: 400,
  RangeError: 400,
  NeedError: 400,
  UsageError: 400,
  NotFoundError: 404,
  NoSuchTargetError: 404,
  AmbiguousTargetError: 400,
  NoSuchRunError: 404,
  JobNameTakenError: 409,
  NoOtherSourceError: 409,
  JobChangedError: 409,
  DeniedError: 403,
  InsufficientCreditError: 403,
  NoOfferError: 409,
  NoCapacityError: 409,
  UnreadableLimitError: 500,
  NoSuchInstanceError: 404,
  InvalidRequestError: 400,
  InstallFileError: 500,
  StoreFullError: 507,
  UnavailableError: 502,
  UnreachableError: 502,
  UnauthorizedError: 502,
  SecondFactorError: 502,
  MalformedAnswerError: 502,
  OutcomeUnknownError: 502,
  AccountUnknownError: 502,
  RateLimitedError: 503,
  StoreBusyError: 503,
};

export function answerFault(error: Error, c: Context<HttpEnv>, log: Log): Response {
  if (error instanceof HttpFault) return c.json({ error: error.message }, error.status);
  if (error instanceof HTTPException) {
    return c.json({ error: error.message || 'The request cannot be read' }, error.status);
  }
  const status = STATUS_BY_NAME[error.name];
  if (status !== undefined) return c.json({ error: error.message, kind: error.name }, status);
  // Nobody waits for the answer any more.
  if (c.req.raw.signal.aborted) return c.json({ error: 'The asker has left' }, 408);
  if (c.env.onError) {
    // Called in the same process: whoever asked is given the error itself.
    c.env.onError(error);
    return c.json({ error: error.message }, 500);
  }
  log.error('a request has failed', { method: c.req.method, path: c.req.path, error, stack: error.stack });
  return c.json({ error: `This request has failed (${error.name}); the daemon's log says more` }, 500);
}
