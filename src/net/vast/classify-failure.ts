// From an answer that reports a failure to the error that says what to do about it. The service uses several
// statuses and body shapes for the same fault, so every rule looks at status, code and text together.
import {
  InsufficientCreditError,
  InvalidRequestError,
  NoSuchInstanceError,
  OfferGoneError,
  RateLimitedError,
  SecondFactorError,
  UnauthorizedError,
  UnavailableError,
  type VastError,
} from './errors.ts';
import { parseRetryAfterMs, parseThresholdMs } from './rate-limit.ts';
import type { WireFailure } from './wire/index.ts';

export interface FailedAnswer {
  readonly endpoint: string;
  /** Address of the service, for sentences. */
  readonly host: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfterHeader: string | null;
  readonly location: string | null;
  /** Whether a key went with the request. */
  readonly hadKey: boolean;
  readonly nowMs: number;
}

const AUTH_TEXT =
  /auth_error|invalid user key|requires login|session expired|two[- ]factor auth|authentication credentials/i;
const GONE_TEXT = /\bno_such_ask\b|\b(?:not|no longer) available\b/i;
const SECOND_FACTOR_TEXT = /two[- ]factor|\b2fa\b|session expired/i;
const CREDIT_CODES: readonly string[] = ['insufficient_credit', 'insufficient_balance', 'missing_billing'];
const TOO_FREQUENT_TEXT = /API requests too frequent|rate_limit_exceeded/i;
const GONE_STATUSES: readonly number[] = [200, 400, 404, 410];

/** Always gives an error; `answer` is one that is not a success, also by `success: false` in a 200. */
export function classifyFailure(answer: FailedAnswer): VastError {
  const { endpoint, status, host } = answer;
  const { code, message } = readFault(answer.body);
  const facts = { endpoint, status, code };
  const said = `${endpoint} of ${host} answered ${status}${message === '' ? '' : ` "${message}"`}`;
  const words = `${code ?? ''} ${message}`;

  if (status === 429 || TOO_FREQUENT_TEXT.test(words)) {
    const thresholdMs = parseThresholdMs(answer.body);
    const retryAfterMs = parseRetryAfterMs(answer.retryAfterHeader, answer.body, answer.nowMs);
    const known = thresholdMs === undefined ? '' : ` (it allows one call every ${thresholdMs / 1_000} s)`;
    const waitMs = retryAfterMs ?? thresholdMs;
    const wait = waitMs === undefined ? 'wait a little' : `wait ${Math.ceil(waitMs / 100) / 10} s`;
    return new RateLimitedError(`${said}: calls come too soon${known}; ${wait} and try again`, {
      ...facts,
      thresholdMs,
      retryAfterMs,
    });
  }
  if (status >= 500 || status === 408 || status === 425 || code === 'server_error') {
    return new UnavailableError(`${said}: the service is in trouble; try again in a minute`, facts);
  }
  if (SECOND_FACTOR_TEXT.test(words) && (status === 401 || status === 403 || status === 404)) {
    return new SecondFactorError(
      `${said}; log in again with the second factor: until then this key cannot do it`,
      facts,
    );
  }
  if (status === 401 || status === 403 || AUTH_TEXT.test(words)) {
    const cure = answer.hadKey
      ? 'check the API key (vastdeck login, or VAST_API_KEY) and what it is allowed to do'
      : 'no API key was sent; give one with vastdeck login or VAST_API_KEY';
    return new UnauthorizedError(`${said}; ${cure}`, facts);
  }
  if (CREDIT_CODES.includes(code ?? '') || status === 402) {
    return new InsufficientCreditError(`${said}; add credit at https://cloud.vast.ai/billing/`, facts);
  }
  if (saysNoInstance(endpoint, code)) {
    const instanceId = Number(/\/instances\/(?:[a-z_]+\/)?(\d+)\//.exec(endpoint)?.[1] ?? Number.NaN);
    return new NoSuchInstanceError(`${said}: the account has no such instance, or no longer`, {
      ...facts,
      instanceId: Number.isSafeInteger(instanceId) ? instanceId : undefined,
    });
  }
  if (GONE_STATUSES.includes(status) && GONE_TEXT.test(words)) {
    const offerId = Number(/\b(?:id|type|offer) (\d+)/i.exec(message)?.[1] ?? Number.NaN);
    return new OfferGoneError(`${said}: the offer is gone; take the next one`, {
      ...facts,
      offerId: Number.isSafeInteger(offerId) ? offerId : undefined,
    });
  }
  if (status >= 300 && status < 400) {
    const where = answer.location === null ? 'elsewhere' : `to ${answer.location}`;
    return new InvalidRequestError(
      `${said}, a redirect ${where}, which is not followed with a key; set VAST_BASE_URL to the final address`,
      facts,
    );
  }
  let cure = 'the request has to be changed; repeating it does not help';
  if (status === 404) cure = 'check VAST_BASE_URL and the request';
  if (status === 200 && code === undefined) cure = 'it gives no reason by which to tell what was wrong';
  return new InvalidRequestError(`${said}; ${cure}`, facts);
}

/**
 * Only a word of the service says so: a 404 of another server, at a wrong address, says nothing of an instance. What was
 * `not_found` may be anything that the route names, unless it names nothing but the instance.
 */
function saysNoInstance(endpoint: string, code: string | undefined): boolean {
  return code === 'no_such_instance' || (code === 'not_found' && /\/instances\/\d+\/$/.test(endpoint));
}

/** Whether a whole body says no more than that calls come too fast: seen as plain text, whatever the status. */
export function isTooFrequent(body: string): boolean {
  return body.length < 500 && /^\s*"?API requests too frequent/i.test(body);
}

/** Slug and text of a failure, whatever shape the body has. */
function readFault(body: string): { code: string | undefined; message: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    // Plain text or HTML is one of the documented shapes: it is quoted as it is.
    return { code: undefined, message: excerpt(body) };
  }
  if (typeof json === 'string') return { code: undefined, message: excerpt(json) };
  if (typeof json !== 'object' || json === null) return { code: undefined, message: excerpt(body) };
  const fields = json as Readonly<Partial<Record<keyof WireFailure, unknown>>>;
  const code = typeof fields.error === 'string' && fields.error !== '' ? fields.error : undefined;
  for (const key of ['msg', 'message', 'detail', 'error'] as const) {
    const value = fields[key];
    if (typeof value === 'string' && value !== '') return { code, message: excerpt(value) };
    if (typeof value === 'object' && value !== null) return { code, message: excerpt(JSON.stringify(value)) };
  }
  return { code, message: excerpt(body) };
}

/** The beginning of a text on one line, as much as a sentence can carry. */
export function excerpt(text: string, length = 160): string {
  const looksLikePage = /^\s*<(?:!doctype|html)/i.test(text);
  const title = looksLikePage ? /<title[^>]*>([^<]*)/i.exec(text)?.[1] : undefined;
  const line = (looksLikePage ? `a web page${title ? `: ${title}` : ''}` : text)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
