// One try of a call, on which every sender is built: turn at the limiter, headers, timeout, and from the answer to a
// value or an error.
import type { AnswerFacts, ApiCall, CallOptions, SenderDeps } from './api-call.ts';
import { classifyFailure, excerpt, isTooFrequent } from './classify-failure.ts';
import { InvalidRequestError, MalformedAnswerError, RateLimitedError, UnauthorizedError } from './errors.ts';
import { exchange, isNeverSent, type Reply } from './exchange.ts';
import { parseAnswer } from './parse-answer.ts';
import { readRows } from './parse-rows.ts';
import { publishedIntervalMs } from './rate-limit.ts';

/** Sent by simulators that serve recorded answers: ISO 8601. */
const REPLAY_TIME_HEADER = 'x-vastdeck-replay-at';

/** What the tries of one call share. */
export interface Turn {
  /**
   * The permission to call once. A request that never left does not use it up: without a network the tries of a
   * search follow each other in seconds, not at its interval of six.
   */
  isOurs: boolean;
  /** Whether the last try may have reached the service. */
  wasSent: boolean;
}

export function newTurn(): Turn {
  return { isOurs: false, wasSent: false };
}

/** Throws what `classifyFailure` and `exchange` give, and MalformedAnswerError. */
export type SendOnce = <T>(call: ApiCall<T>, options: CallOptions, turn: Turn) => Promise<T>;

export function createSendOnce(deps: SenderDeps): SendOnce {
  const { baseUrl, clock, log, limiter } = deps;
  const key = deps.apiKey?.reveal().trim() || undefined;
  const scrub = scrubberOf(key);

  async function sendOnce<T>(call: ApiCall<T>, options: CallOptions, turn: Turn): Promise<T> {
    const { signal, priority } = options;
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) throw unusableKey();
    const endpoint = endpointOf(call);
    const published = publishedIntervalMs(laneOf(call));
    const lane = `${laneOf(call)} ${baseUrl.host}`;
    const intervalMs = deps.pace === 'published' ? published : 0;
    const hadKey = call.auth === 'key' && key !== undefined;
    const url = urlOf(baseUrl, call);
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    turn.wasSent = false;
    if (!turn.isOurs)
      await limiter.acquire(lane, intervalMs, priority ?? call.priority ?? deps.priority, signal);
    turn.isOurs = true;
    await options.beforeSend?.();
    signal?.throwIfAborted();
    turn.wasSent = true;
    const startedMs = clock.monotonic();
    const answered = exchange({
      fetch: deps.fetch,
      clock,
      timeoutMs: deps.timeoutMs,
      signal,
      endpoint,
      host: baseUrl.host,
      scrub,
      url,
      init: {
        method: call.method,
        headers: headersOf(hadKey ? key : undefined),
        body,
        // A redirect would carry the key on, and turns a POST into a GET.
        redirect: 'manual',
      },
    });
    const reply = await answered.catch((error: unknown) => {
      turn.isOurs = isNeverSent(error);
      turn.wasSent = !turn.isOurs;
      throw error;
    });
    turn.isOurs = false;
    const durationMs = Math.round(clock.monotonic() - startedMs);
    log.debug('api answer', { endpoint, status: reply.status, bytes: reply.bytes, durationMs });
    const facts = factsOf(endpoint, reply, clock.now());
    const fail = () =>
      classifyFailure({
        endpoint,
        host: baseUrl.host,
        status: reply.status,
        body: scrub(reply.text()),
        retryAfterHeader: reply.headers.get('retry-after'),
        location: reply.headers.get('location'),
        hadKey,
        nowMs: facts.receivedAtMs,
      });
    try {
      if (reply.status < 200 || reply.status > 299 || saysTooFrequent(reply)) throw fail();
      checkContentType(reply, endpoint);
      if (call.rowsField !== undefined) {
        try {
          return call.decode({ [call.rowsField]: readRows(reply.body, call.rowsField) }, facts);
        } catch (error) {
          // Read as a whole it may be mended, or said what is wrong with it.
          if (!(error instanceof SyntaxError)) throw error;
        }
      }
      const json = readJson(reply.text(), endpoint);
      if (isRefusal(json) && call.isAnswer?.(json) !== true) throw fail();
      return call.decode(json, facts);
    } catch (error) {
      if (error instanceof RateLimitedError) {
        await limiter.learn(
          lane,
          error.thresholdMs === undefined ? published : Math.max(error.thresholdMs, intervalMs),
        );
      }
      throw error;
    }
  }

  function checkContentType({ headers, text }: Pick<Reply, 'headers' | 'text'>, endpoint: string): void {
    const contentType = headers.get('content-type');
    if (/^application\/json\b/i.test(contentType ?? '')) return;
    throw new MalformedAnswerError(
      `${endpoint} of ${baseUrl.host} answered with ${contentType ?? 'no content type'} instead of ` +
        `application/json ("${scrub(excerpt(text(), 80))}"); try again, and check VAST_BASE_URL if it stays so`,
      { endpoint, status: 200, isTransient: true },
    );
  }

  function readJson(text: string, endpoint: string): unknown {
    const facts = { endpoint, status: 200, isTransient: true };
    try {
      const { value, strayText, nonNumbers } = parseAnswer(text);
      if (strayText !== '') {
        log.warn('stray text after the JSON', { endpoint, text: scrub(excerpt(strayText)) });
      }
      if (nonNumbers > 0) log.warn('not-a-number values in the JSON', { endpoint, count: nonNumbers });
      return value;
    } catch (error) {
      const why = error instanceof SyntaxError ? scrub(excerpt(error.message)) : String(error);
      throw new MalformedAnswerError(
        `${endpoint} of ${baseUrl.host} answered with JSON that cannot be read (${why}); try again`,
        facts,
      );
    }
  }

  return sendOnce;
}

/** Method and route with names for ids: what has an interval of its own. */
export function laneOf({ method, route }: Pick<ApiCall<unknown>, 'method' | 'route'>): string {
  return `${method} ${route}`;
}

/** Method and route as it is asked, for sentences. */
export function endpointOf(call: Pick<ApiCall<unknown>, 'method' | 'route' | 'ids'>): string {
  return `${call.method} ${pathOf(call)}`;
}

/** Throws InvalidRequestError for an id that is none: `/instances//` would be about all of them. */
function pathOf({ route, ids = {} }: Pick<ApiCall<unknown>, 'route' | 'ids'>): string {
  return route.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name];
    if (Number.isSafeInteger(id) && (id as number) > 0) return String(id);
    throw new InvalidRequestError(
      `${String(id)} cannot stand for {${name}} in ${route}; give a whole number above 0`,
    );
  });
}

function urlOf(baseUrl: URL, call: Pick<ApiCall<unknown>, 'route' | 'ids' | 'query'>): string {
  const query = new URLSearchParams(call.query ?? {}).toString();
  const base = baseUrl.href.replace(/\/+$/, '');
  const path = pathOf(call);
  const isV1 = path.startsWith('/v1/');
  if (isV1 && !base.endsWith('/v0')) {
    throw new InvalidRequestError(
      `The base URL ${base} does not end in /v0, so that the address of ${path} is not known; write it like https://console.vast.ai/api/v0`,
    );
  }
  return `${isV1 ? base.slice(0, -'/v0'.length) : base}${path}${query === '' ? '' : `?${query}`}`;
}

function factsOf(endpoint: string, reply: Reply, receivedAtMs: number): AnswerFacts {
  const replayAt = Date.parse(reply.headers.get(REPLAY_TIME_HEADER) ?? '');
  return {
    endpoint,
    status: reply.status,
    bytes: reply.bytes,
    receivedAtMs,
    replayAtMs: Number.isNaN(replayAt) ? undefined : replayAt,
  };
}

/** A long body is never that sentence, and not made a text to find out. */
function saysTooFrequent({ bytes, text }: Reply): boolean {
  return bytes < 4_096 && isTooFrequent(text());
}

function isRefusal(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && (json as { success?: unknown }).success === false;
}

function headersOf(key: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
}

/** Takes the key out of texts of others that may quote it: the service's answers, and errors of `fetch`. */
function scrubberOf(key: string | undefined): (text: string) => string {
  return (text) => (key === undefined || key.length < 8 ? text : text.replaceAll(key, '****'));
}

function unusableKey(): UnauthorizedError {
  return new UnauthorizedError(
    'The API key holds a space, a line break or a character outside ASCII, so it cannot be sent; copy it again from https://cloud.vast.ai/manage-keys/',
  );
}
