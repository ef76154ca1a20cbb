// What asks a daemon: one method a route, with answers that are checked against the protocol. With an app's own `fetch` it
// calls the same handlers without a socket.
import type { ZodType, z } from 'zod';
import type { Secret } from '../../base/std/index.ts';
import { readEventStream } from './events/read-event-stream.ts';
import { eventSchema } from './protocol/events.ts';
import type { EventRow } from './protocol.ts';
import {
  budgetSchema,
  eventsSchema,
  faultSchema,
  haltSchema,
  instancesSchema,
  jobDetailSchema,
  jobSchema,
  jobsSchema,
  linesSchema,
  marketSchema,
  rentalsSchema,
  runsSchema,
  type SubmitRequest,
  seriesSchema,
  statusSchema,
} from './protocol.ts';

/** The daemon's answer was not the one that was asked for; the sentence is its own. */
export class DaemonAnswerError extends Error {
  override name = 'DaemonAnswerError';
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
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
}

type Query = Readonly<Record<string, string | number | undefined>>;

export type DaemonClient = ReturnType<typeof createDaemonClient>;

/** Every method rejects with DaemonAnswerError, DaemonUnreachableError or the signal's reason. */
export function createDaemonClient(options: DaemonClientOptions) {
  const { address, token, who } = options;
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
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
    const fault = faultSchema.safeParse(await answer.json().catch(() => undefined));
    throw new DaemonAnswerError(answer.status, fault.data?.error ?? `The daemon answered ${answer.status}`);
  };
  const get = async <Schema extends ZodType>(
    schema: Schema,
    path: string,
    query: Query = {},
    signal?: AbortSignal,
  ): Promise<z.output<Schema>> =>
    schema.parse(await (await ask(`${path}${queryText(query)}`, signal ? { signal } : {})).json());
  const post = async <Schema extends ZodType>(
    schema: Schema,
    path: string,
    body?: unknown,
  ): Promise<z.output<Schema>> => {
    const json = { 'content-type': 'application/json' };
    const init = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
    return schema.parse(await (await ask(path, { ...init, method: 'POST' })).json());
  };
  const part = (text: string) => encodeURIComponent(text);

  return {
    status: (signal?: AbortSignal) => get(statusSchema, '/v1/status', {}, signal),
    instances: () => get(instancesSchema, '/v1/instances'),
    rentals: ({ isLive = true }: { readonly isLive?: boolean } = {}) =>
      get(rentalsSchema, '/v1/rentals', { live: isLive ? 1 : 0 }),
    jobs: ({ isLive = false }: { readonly isLive?: boolean } = {}) =>
      get(jobsSchema, '/v1/jobs', { live: isLive ? 1 : 0 }),
    job: (id: string) => get(jobDetailSchema, `/v1/jobs/${part(id)}`),
    submitJob: (request: SubmitRequest) => post(jobsSchema, '/v1/jobs', request),
    cancelJob: (id: string) => post(jobSchema, `/v1/jobs/${part(id)}/cancel`),
    jobLog: async (id: string, query: { readonly attempt?: number; readonly offset?: number } = {}) => {
      const answer = await ask(`/v1/jobs/${part(id)}/log${queryText(query)}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { bytes, nextOffset: Number(answer.headers.get('x-next-offset')) };
    },
    runs: () => get(runsSchema, '/v1/runs'),
    runLines: (key: string, limit?: number) => get(linesSchema, `/v1/runs/${part(key)}/lines`, { limit }),
    runSeries: (key: string, name: string, points?: number) =>
      get(seriesSchema, `/v1/runs/${part(key)}/series`, { name, points }),
    market: () => get(marketSchema, '/v1/market'),
    budget: () => get(budgetSchema, '/v1/budget'),
    halt: (reason: string) => post(haltSchema, '/v1/halt', { reason }),
    resume: () => post(haltSchema, '/v1/resume'),
    events: (query: { readonly after?: number; readonly limit?: number; readonly noun?: string } = {}) =>
      get(eventsSchema, '/v1/events', query),
    /** Events as they happen, after the one named; ends with the signal, or when the daemon does. */
    async *eventStream(options: {
      readonly after?: number;
      readonly noun?: string;
      readonly signal?: AbortSignal;
    }): AsyncGenerator<EventRow, void, undefined> {
      const { signal, ...query } = options;
      const answer = await ask(`/v1/events/stream${queryText(query)}`, signal ? { signal } : {});
      if (!answer.body) return;
      for await (const { data } of readEventStream(answer.body)) yield eventSchema.parse(JSON.parse(data));
    },
    metrics: async () => await (await ask('/metrics')).text(),
  };
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
