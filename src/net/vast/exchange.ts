// One request and its whole answer, within a time limit that includes the reading of the body.
import type { Clock } from '../../base/std/index.ts';
import { UnavailableError } from './errors.ts';

export interface ExchangeOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly url: string;
  readonly init: RequestInit;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** For sentences. */
  readonly endpoint: string;
  readonly host: string;
  /** Takes secrets out of a text. */
  readonly scrub: (text: string) => string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /**
   * As it came, in small pieces: 15 MB in one buffer, freed again and again, would teach the system's allocator to
   * keep that much for the next one (60 MB of a collector's memory).
   */
  readonly body: readonly Uint8Array[];
  readonly text: () => string;
  /** Length of the body after decompression. */
  readonly bytes: number;
}

/** Throws UnavailableError with what was seen as `cause`; when the signal is aborted, the signal's reason. */
export async function exchange(options: ExchangeOptions): Promise<Reply> {
  const { clock, signal, endpoint, host } = options;
  signal?.throwIfAborted();
  const interrupt = new AbortController();
  // A far end that ignores the signal must not hold the caller: the interruption itself is raced.
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => {});
  const stop = (reason: unknown) => {
    interrupted.reject(reason);
    interrupt.abort(reason);
  };
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = clock.setTimer(options.timeoutMs, () =>
    stop(
      new UnavailableError(
        `${endpoint} of ${host} was not answered in full within ${options.timeoutMs / 1_000} s; try again, or allow more time`,
        { endpoint },
      ),
    ),
  );
  try {
    return await Promise.race([interrupted.promise, sendAndRead(options, interrupt.signal)]);
  } catch (error) {
    if (interrupt.signal.aborted) throw interrupt.signal.reason;
    throw new UnavailableError(
      `${host} could not be reached for ${endpoint} (${options.scrub(describe(error))}); check the network and VAST_BASE_URL`,
      { endpoint, cause: withoutSecrets(error, options.scrub) },
    );
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function sendAndRead(options: ExchangeOptions, signal: AbortSignal): Promise<Reply> {
  const { fetch: send, url, init } = options;
  const response = await send(url, { ...init, signal });
  const body: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) body.push(chunk);
  return {
    status: response.status,
    headers: response.headers,
    body,
    bytes: body.reduce((sum, { byteLength }) => sum + byteLength, 0),
    text: () => new TextDecoder().decode(Buffer.concat(body)),
  };
}

const NEVER_SENT: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** Whether the connection itself failed, so that the far end has not seen the request. */
export function isNeverSent(error: unknown): boolean {
  return error instanceof UnavailableError && NEVER_SENT.includes(codeOf(innermost(error)));
}

/** The innermost cause with a code says most: `ECONNREFUSED`, `UND_ERR_SOCKET` … */
function describe(error: unknown): string {
  const inner = innermost(error);
  if (!(inner instanceof Error)) return String(inner);
  const code = codeOf(inner);
  // Tries of several addresses fail together, with a code and no message.
  return [code, inner.message].filter(Boolean).join(': ');
}

function innermost(error: unknown): unknown {
  let inner: unknown = error;
  for (let depth = 0; depth < 5 && inner instanceof Error && inner.cause !== undefined; depth += 1) {
    inner = inner.cause;
  }
  return inner;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : undefined;
}

function withoutSecrets(error: unknown, scrub: (text: string) => string): unknown {
  const text = error instanceof Error ? `${error.stack} ${describe(error)}` : String(error);
  return scrub(text) === text ? error : new Error(scrub(describe(error)));
}
