// What can go wrong when speaking to Vast.ai, one class for each thing that a caller does about it.

export interface VastErrorFacts {
  /** Method and route, for example `POST /bundles/`. */
  readonly endpoint?: string | undefined;
  /** HTTP status; 200 is possible, since the service reports some failures with it. */
  readonly status?: number | undefined;
  /** The service's own word for the fault, for example `no_such_ask`. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** Root of all errors of this folder. The message is a sentence with the values in it and what to do next. */
export class VastError extends Error {
  override name = 'VastError';
  readonly endpoint: string | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor(message: string, facts: VastErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.endpoint = facts.endpoint;
    this.status = facts.status;
    this.code = facts.code;
  }
}

/** Calls come faster than the service allows: wait. */
export class RateLimitedError extends VastError {
  override name = 'RateLimitedError';
  /** The endpoint's minimum interval, when the answer named it. */
  readonly thresholdMs: number | undefined;
  /** How long the service asked to wait, when it did. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    facts: VastErrorFacts & {
      readonly thresholdMs?: number | undefined;
      readonly retryAfterMs?: number | undefined;
    } = {},
  ) {
    super(message, facts);
    this.thresholdMs = facts.thresholdMs;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The key is missing, wrong, expired or lacks the right: ask the person, never repeat. */
export class UnauthorizedError extends VastError {
  override name = 'UnauthorizedError';
}

/**
 * The account has a second factor, and this call asks for it; or the session that it opened is over. The person has to
 * log in again with a code: until then the key can read, and may be unable to destroy.
 */
export class SecondFactorError extends UnauthorizedError {
  override name = 'SecondFactorError';
}

/** The account's credit does not pay for it: tell the person, and start nothing else. */
export class InsufficientCreditError extends VastError {
  override name = 'InsufficientCreditError';
}

/** The account has no such instance, or no longer: what was wanted of it is void. */
export class NoSuchInstanceError extends VastError {
  override name = 'NoSuchInstanceError';
  readonly instanceId: number | undefined;

  constructor(message: string, facts: VastErrorFacts & { readonly instanceId?: number | undefined } = {}) {
    super(message, facts);
    this.instanceId = facts.instanceId;
  }
}

/**
 * A change was sent and no answer came that can be believed: it may have happened, or not. Never repeat it; look it up.
 * `cause` is what was seen.
 */
export class OutcomeUnknownError extends VastError {
  override name = 'OutcomeUnknownError';
  /** What to look up to learn what happened: a clause such as `list the instances and look for its label`. */
  readonly lookUp: string;

  constructor(message: string, facts: VastErrorFacts & { readonly lookUp: string }) {
    super(message, facts);
    this.lookUp = facts.lookUp;
  }
}

/** Somebody else took the offer, or it was withdrawn: take the next one. */
export class OfferGoneError extends VastError {
  override name = 'OfferGoneError';
  readonly offerId: number | undefined;

  constructor(message: string, facts: VastErrorFacts & { readonly offerId?: number | undefined } = {}) {
    super(message, facts);
    this.offerId = facts.offerId;
  }
}

/** The request itself is wrong, or the base URL is: change it, repeating does not help. */
export class InvalidRequestError extends VastError {
  override name = 'InvalidRequestError';
}

/** The service or the way to it is down or too slow: try again later. `cause` tells what was seen. */
export class UnavailableError extends VastError {
  override name = 'UnavailableError';
}

/** An answer came that cannot be understood; what it says is unknown, not "nothing". */
export class MalformedAnswerError extends VastError {
  override name = 'MalformedAnswerError';
  /** Whether another try may well bring a whole answer (a cut connection), or not (a changed format). */
  readonly isTransient: boolean;

  constructor(message: string, facts: VastErrorFacts & { readonly isTransient: boolean }) {
    super(message, facts);
    this.isTransient = facts.isTransient;
  }
}

/** A GPU model that nobody has heard of; `suggestions` are the nearest known names, best first. */
export class UnknownGpuError extends VastError {
  override name = 'UnknownGpuError';
  readonly gpuName: string;
  readonly suggestions: readonly string[];

  constructor(gpuName: string, suggestions: readonly string[]) {
    const hint =
      suggestions.length > 0 ? `did you mean ${suggestions.join(', ')}?` : 'see the list of GPU names';
    super(`No GPU on Vast.ai is called "${gpuName}"; ${hint}`);
    this.gpuName = gpuName;
    this.suggestions = suggestions;
  }
}
