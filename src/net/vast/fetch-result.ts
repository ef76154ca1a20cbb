// Logs and the output of commands: the service answers with an address at which the text stands a moment later, for
// anybody who knows it.
import type { CallOptions, SenderDeps } from './api-call.ts';
import { MalformedAnswerError, UnavailableError } from './errors.ts';
import { exchange, type Reply } from './exchange.ts';

/** Between two looks. The store says 403 or 404 until the text is there, which takes a second or some. */
const LOOK_EVERY_MS = 500;
/** Given up after so long. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Throws MalformedAnswerError for an address that may not be asked, and UnavailableError when the text does not appear
 * in 30 s. The key never goes there.
 */
export type FetchResult = (url: string, options?: CallOptions) => Promise<string>;

export function createFetchResult(deps: SenderDeps): FetchResult {
  const { clock, baseUrl } = deps;
  return async (text, { signal } = {}) => {
    const url = allowedUrl(text, baseUrl);
    const endpoint = `GET ${url.pathname}`;
    const untilMs = clock.monotonic() + LONGEST_WAIT_MS;
    for (;;) {
      const leftMs = Math.max(LOOK_EVERY_MS, untilMs - clock.monotonic());
      const seen = await look(url, endpoint, Math.min(deps.timeoutMs, leftMs), signal);
      if (typeof seen !== 'string' && seen.status === 200) return seen.text();
      if (clock.monotonic() >= untilMs) {
        const last = typeof seen === 'string' ? seen : `it answered ${seen.status}`;
        throw new UnavailableError(
          `The result at ${url.host}${url.pathname} did not appear in ${LONGEST_WAIT_MS / 1_000} s (${last}); ask again`,
          { endpoint },
        );
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  };

  /** What came, or why nothing did. */
  async function look(
    url: URL,
    endpoint: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Reply | string> {
    try {
      return await exchange({
        fetch: deps.fetch,
        clock,
        timeoutMs,
        signal,
        endpoint,
        host: url.host,
        // No key goes there, so that none can come back.
        scrub: (said) => said,
        url: url.href,
        init: { method: 'GET', redirect: 'manual' },
      });
    } catch (error) {
      if (error instanceof UnavailableError) return error.message;
      throw error;
    }
  }
}

/** Without encryption only the base URL's own host is asked: that of a simulator. */
function allowedUrl(text: string, baseUrl: URL): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && url.host === baseUrl.host)))
    return url;
  throw new MalformedAnswerError(
    `The service names "${text.slice(0, 100)}" as the address of a result, which is neither https nor on ${baseUrl.host}; it is not asked`,
    { isTransient: false },
  );
}
