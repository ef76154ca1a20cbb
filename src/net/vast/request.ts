// The one function through which every call to Vast.ai goes: headers, turn at the limiter, timeout, errors,
// and the repetition of reads. Writes will not come here before they can be looked up: a repeated create
// rents twice.
import {
  type Clock,
  type Limiter,
  type Log,
  type Priority,
  type Random,
  retry,
  type Secret,
} from '../../base/std/index.ts';
import { classifyFailure, excerpt, isTooFrequent } from './classify-failure.ts';
import { MalformedAnswerError, RateLimitedError, UnauthorizedError, UnavailableError } from './errors.ts';
import { exchange, isNeverSent, type Reply } from './exchange.ts';
import { parseAnswer } from './parse-answer.ts';
import { readRows } from './parse-rows.ts';
import { publishedIntervalMs } from './rate-limit.ts';

/** One read of the API. */
interface Read<T> {
  /** Search is a read although it is a POST. */
  readonly method: 'GET' | 'POST';
  /** Below the base URL, with the slashes at both ends: `/bundles/`. */
  readonly route: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `none` for what anybody may ask. */
  readonly auth: 'key' | 'none';
  /** The field of a long list of rows: `decode` gets it as an iterable that is to be read once. */
  readonly rowsField?: string;
  /** Turns the JSON into our types; throws MalformedAnswerError. */
  readonly decode: (json: unknown, answer: AnswerFacts) => T;
}

export interface AnswerFacts {
  readonly endpoint: string;
  readonly status: number;
  /** Length of the body after decompression. */
  readonly bytes: number;
  /** When the last byte had come. */
  readonly receivedAtMs: number;
  /** When the answer was recorded, where a simulator serves a recording; undefined for everybody else. */
  readonly replayAtMs: number | undefined;
}

export interface ReadOptions {
  /** Ends the wait, the call or the reading of its body; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Who goes first at the limiter; default that of the client. */
  readonly priority?: Priority | undefined;
}

export type SendRead = <T>(read: Read<T>, options?: ReadOptions) => Promise<T>;

export interface SenderDeps {
  readonly baseUrl: URL;
  readonly apiKey: Secret | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limiter: Limiter;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly priority: Priority;
  readonly pace: Pace;
}

/**
 * `published`: never faster than the service's documented intervals. `learned`: as fast as the other side allows,
 * and no faster than it has ever said; for simulators and recordings, whose limits are somebody's choice.
 */
export const PACES = ['published', 'learned'] as const;
export type Pace = (typeof PACES)[number];

/** Sent by simulators that serve recorded answers: ISO 8601. */
const REPLAY_TIME_HEADER = 'x-vastdeck-replay-at';

/** Waits between tries: at most 1 s, 2 s, 4 s … of chance, never above 30 s. */
const BACKOFF = { baseMs: 1_000, capMs: 30_000 } as const;

/** Told to wait longer than this, the call fails instead: the caller knows better what else to do. */
const LONGEST_OBEYED_WAIT_MS = 60_000;

export function createReadSender(deps: SenderDeps): SendRead {
  const { baseUrl, clock, log, limiter } = deps;
  const key = deps.apiKey?.reveal().trim() || undefined;
  const scrub = scrubberOf(key);

  async function tryOnce<T>(read: Read<T>, { signal, priority }: ReadOptions, turn: Turn): Promise<T> {
    const endpoint = `${read.method} ${read.route}`;
    const lane = `${endpoint} ${baseUrl.host}`;
    const published = publishedIntervalMs(endpoint);
    const intervalMs = deps.pace === 'published' ? published : 0;
    const hadKey = read.auth === 'key' && key !== undefined;
    if (!turn.isOurs) await limiter.acquire(lane, intervalMs, priority ?? deps.priority, signal);
    turn.isOurs = true;
    const startedMs = clock.monotonic();
    const answered = exchange({
      fetch: deps.fetch,
      clock,
      timeoutMs: deps.timeoutMs,
      signal,
      endpoint,
      host: baseUrl.host,
      scrub,
      url: urlOf(baseUrl, read),
      init: {
        method: read.method,
        headers: headersOf(hadKey ? key : undefined),
        body: read.body === undefined ? null : JSON.stringify(read.body),
        // A redirect would carry the key on, and turns a POST into a GET.
        redirect: 'manual',
      },
    });
    const reply = await answered.catch((error: unknown) => {
      turn.isOurs = isNeverSent(error);
      throw error;
    });
    turn.isOurs = false;
    const durationMs = Math.round(clock.monotonic() - startedMs);
    log.debug('api answer', { endpoint, status: reply.status, bytes: reply.bytes, durationMs });
    const replayAt = Date.parse(reply.headers.get(REPLAY_TIME_HEADER) ?? '');
    const replayAtMs = Number.isNaN(replayAt) ? undefined : replayAt;
    const facts = {
      endpoint,
      status: reply.status,
      bytes: reply.bytes,
      receivedAtMs: clock.now(),
      replayAtMs,
    };
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
      if (read.rowsField !== undefined) {
        try {
          return read.decode({ [read.rowsField]: readRows(reply.body, read.rowsField) }, facts);
        } catch (error) {
          // Read as a whole it may be mended, or said what is wrong with it.
          if (!(error instanceof SyntaxError)) throw error;
        }
      }
      const json = readJson(reply.text(), endpoint);
      if (isRefusal(json)) throw fail();
      return read.decode(json, facts);
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

  return (read, options = {}) => {
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) return Promise.reject(unusableKey());
    const turn: Turn = { isOurs: false };
    return retry(() => tryOnce(read, options, turn), {
      clock,
      random: deps.random,
      attempts: deps.attempts,
      ...BACKOFF,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      isTransient: (error) => isTransient(error, publishedIntervalMs(`${read.method} ${read.route}`)),
      onRetry: (error, attempt, waitMs) =>
        log.warn('api call failed, trying again', {
          endpoint: `${read.method} ${read.route}`,
          attempt,
          waitMs,
          reason: error instanceof Error ? error.message : String(error),
        }),
    });
  };
}

/**
 * The permission to call once. A request that never left does not use it up: without a network the tries of a
 * search follow each other in seconds, not at its interval of six.
 */
interface Turn {
  isOurs: boolean;
}

function isTransient(error: unknown, intervalMs: number): boolean | number {
  if (error instanceof UnavailableError) return true;
  if (error instanceof MalformedAnswerError) return error.isTransient;
  if (!(error instanceof RateLimitedError)) return false;
  const waitMs = Math.max(error.retryAfterMs ?? 0, error.thresholdMs ?? 0, intervalMs);
  return waitMs <= LONGEST_OBEYED_WAIT_MS ? waitMs : false;
}

/** A long body is never that sentence, and not made a text to find out. */
function saysTooFrequent({ bytes, text }: Reply): boolean {
  return bytes < 4_096 && isTooFrequent(text());
}

function isRefusal(json: unknown): boolean {
  return typeof json === 'object' && json !== null && (json as { success?: unknown }).success === false;
}

function urlOf(baseUrl: URL, read: Pick<Read<unknown>, 'route' | 'query'>): string {
  const query = new URLSearchParams(read.query ?? {}).toString();
  return `${baseUrl.href.replace(/\/+$/, '')}${read.route}${query === '' ? '' : `?${query}`}`;
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
