// One question to the routes and its answer, checked against the protocol; what goes wrong on the way is one of two errors.
import type { ZodType, z } from 'zod';
import type { Secret } from '../../../base/std/index.ts';
import { faultSchema } from '../protocol/health.ts';

/** The answer was not the one that was asked for; the sentence is the handlers' own. */
export class DaemonAnswerError extends Error {
  override name = 'DaemonAnswerError';
  readonly status: number;
  /** Name of the error behind it, where it is one that the command line knows; else empty. */
  readonly kind: string;

  constructor(status: number, sentence: string, kind = '') {
    super(sentence);
    this.status = status;
    this.kind = kind;
  }
}

/** Nobody answers at the daemon's address. */
export class DaemonUnreachableError extends Error {
  override name = 'DaemonUnreachableError';
}

export interface DaemonClientOptions {
  /** `http://127.0.0.1:4747`. */
  readonly address: string;
  readonly token: Secret;
  readonly fetch: typeof globalThis.fetch;
  /** Who asks, for the audit. */
  readonly who?: string;
  /** Ends every question, beside its own. */
  readonly signal?: AbortSignal;
  /** The error itself behind an answer, where the handlers run in this process: then nothing of it is lost on the way. */
  readonly errorBehind?: (answer: Response) => unknown;
}

/** Its schema is loaded with the first question: all of the protocol takes longer to load than most answers take to come. */
type Answers<Schema extends ZodType> = () => Promise<Schema>;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** What the methods of each noun are made of. All reject with DaemonAnswerError, DaemonUnreachableError or the signal's reason. */
export interface Ask {
  /** The answer as it comes; rejects unless it is a good one. */
  readonly raw: (path: string, init?: RequestInit) => Promise<Response>;
  readonly get: <Schema extends ZodType>(
    answers: Answers<Schema>,
    path: string,
    query?: Query,
    signal?: AbortSignal,
  ) => Promise<z.output<Schema>>;
  readonly post: Sending;
  readonly put: Sending;
  readonly remove: <Schema extends ZodType>(
    answers: Answers<Schema>,
    path: string,
    query?: Query,
  ) => Promise<z.output<Schema>>;
}

type Sending = <Schema extends ZodType>(
  answers: Answers<Schema>,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
) => Promise<z.output<Schema>>;

export function createAsk(options: DaemonClientOptions): Ask {
  const { address, token, who, errorBehind } = options;
  const raw: Ask['raw'] = async (path, given = {}) => {
    const init = { ...given, ...endingWith(given.signal, options.signal) };
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token.reveal()}`);
    if (who !== undefined) headers.set('x-vastdeck-who', encodeURIComponent(who));
    let answer: Response;
    try {
      answer = await options.fetch(`${address}${path}`, { ...init, headers });
    } catch (error) {
      init.signal?.throwIfAborted();
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new DaemonUnreachableError(
        `The daemon does not answer at ${address} (${cause instanceof Error ? cause.message : String(cause)}); "vastdeck status" says whether it runs`,
        { cause: error },
      );
    }
    if (answer.ok) return answer;
    init.signal?.throwIfAborted();
    const behind = errorBehind?.(answer);
    if (behind !== undefined) throw behind;
    const fault = faultSchema.safeParse(await answer.json().catch(() => undefined));
    throw new DaemonAnswerError(
      answer.status,
      fault.data?.error ?? `The daemon answered ${answer.status}`,
      fault.data?.kind,
    );
  };
  const sending =
    (method: string): Sending =>
    async (answers, path, body, signal) => {
      const json = { 'content-type': 'application/json' };
      const init = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
      const answer = await raw(path, { ...init, ...(signal && { signal }), method });
      return (await answers()).parse(await answer.json());
    };
  return {
    raw,
    get: async (answers, path, query = {}, signal) => {
      const answer = await raw(`${path}${queryText(query)}`, signal ? { signal } : {});
      return (await answers()).parse(await answer.json());
    },
    post: sending('POST'),
    put: sending('PUT'),
    remove: async (answers, path, query = {}) => {
      const answer = await raw(`${path}${queryText(query)}`, { method: 'DELETE' });
      return (await answers()).parse(await answer.json());
    },
  };
}

/** Both, one of them, or none. */
function endingWith(
  own: AbortSignal | null | undefined,
  all: AbortSignal | undefined,
): { readonly signal?: AbortSignal } {
  if (!own) return all ? { signal: all } : {};
  return { signal: all ? AbortSignal.any([own, all]) : own };
}

/** Empty, or with its question mark. */
export function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
