// The far end as a script: each call takes the next answer, and every request is kept to be looked at.
import { createVastClient, type VastClient, type VastClientOptions } from 'vastdeck/vast';
import { createLog, createRandom, type LogLine, Secret, SteppedClock } from '../../../src/base/std/index.ts';

export const API_KEY = '5e1f00dfeedc0ffee123456789abcdef0123456789abcdef0123456789abcdef';

export type ScriptedAnswer =
  | Response
  | Error
  | 'hang'
  | ((request: SeenRequest) => Response | Promise<Response>);

interface SeenRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: RequestInit['redirect'];
  readonly atMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface ScriptedService {
  readonly client: VastClient;
  readonly clock: SteppedClock;
  readonly seen: readonly SeenRequest[];
  readonly log: readonly LogLine[];
}

/** The last answer of the script repeats. */
export function scriptedService(
  answers: readonly ScriptedAnswer[],
  options: Partial<VastClientOptions> = {},
): ScriptedService {
  const clock = new SteppedClock();
  const seen: SeenRequest[] = [];
  const log: LogLine[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = {
      url: input as string,
      method: init?.method ?? 'GET',
      headers: new Headers(init?.headers),
      body: typeof init?.body === 'string' ? init.body : '',
      redirect: init?.redirect,
      atMs: clock.monotonic(),
      signal: init?.signal ?? undefined,
    };
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    seen.push(request);
    if (answer === undefined || answer === 'hang') return new Promise(() => {});
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(request) : answer.clone();
  };
  const client = createVastClient({
    apiKey: new Secret(API_KEY),
    fetch,
    clock,
    random: createRandom(1),
    log: createLog({ clock, level: 'debug', write: (line) => log.push(line) }),
    ...options,
  });
  return { client, clock, seen, log };
}

export function json(value: unknown, init: ResponseInit = {}): Response {
  return raw(JSON.stringify(value), init);
}

/** A body as it is, called `application/json` unless said otherwise. */
export function raw(body: string, init: ResponseInit = {}): Response {
  return new Response(body, { headers: { 'content-type': 'application/json' }, ...init });
}

/** Steps the clock from timer to timer until the promise is settled; gives what it gave. */
export async function settle<T>(clock: SteppedClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  await clock.untilIdle();
  while (!isSettled && (await clock.stepToNext()));
  return promise;
}

/** What the promise rejects with; fails when it does not. */
export async function failureOf(clock: SteppedClock, promise: Promise<unknown>): Promise<Error> {
  try {
    await settle(clock, promise);
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call succeeded, but a failure was expected');
}
