// Jobs: those that there are, one, its story and log, handing in and ending.
import type { JobWord, SubmitRequest } from '../protocol.ts';
import { type Ask, DaemonUnreachableError, queryText } from './ask.ts';

const jobs = () => import('../protocol/jobs.ts');

export interface JobLogPart {
  readonly bytes: Uint8Array;
  /** Where to go on; before the offset that was asked for, the log was cut. */
  readonly nextOffset: number;
  /** Nothing more comes of this attempt. */
  readonly isEnd: boolean;
}

export interface JobsAsked {
  readonly isLive?: boolean;
  /** Default `own`: of the account of whoever answers. */
  readonly accounts?: 'own' | 'all';
  /** Without those that ended earlier; default all. */
  readonly endedAfterMs?: number;
}

export function jobMethods({ raw, get, post }: Ask) {
  // Without a word the address would be that of all of them.
  const path = (id: string) => `/v1/jobs/${encodeURIComponent(id === '' ? ' ' : id)}`;
  return {
    jobs: ({ isLive = false, accounts, endedAfterMs }: JobsAsked = {}) =>
      get(async () => (await jobs()).jobsSchema, '/v1/jobs', {
        live: isLive ? 1 : 0,
        accounts,
        ended_after: endedAfterMs,
      }),
    /** `beginning`: the beginning of an id or a name will do. Default `whole`. */
    job: (word: string, match?: JobWord) =>
      get(async () => (await jobs()).jobDetailSchema, path(word), { match }),
    jobWhy: (word: string, match?: JobWord) =>
      get(async () => (await jobs()).jobStorySchema, `${path(word)}/why`, { match }),
    submitJob: (request: SubmitRequest) => post(async () => (await jobs()).jobsSchema, '/v1/jobs', request),
    lendEnvironment: (id: string, environment: Readonly<Record<string, string>>) =>
      post(async () => (await jobs()).jobSchema, `${path(id)}/environment`, { environment }),
    cancelJob: (id: string) => post(async () => (await jobs()).jobSchema, `${path(id)}/cancel`),
    jobLog: async (
      id: string,
      query: { readonly attempt?: number; readonly offset?: number; readonly limit?: number } = {},
      signal?: AbortSignal,
    ): Promise<JobLogPart> => {
      const answer = await raw(`${path(id)}/log${queryText(query)}`, signal ? { signal } : {});
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await answer.arrayBuffer());
      } catch (error) {
        signal?.throwIfAborted();
        throw new DaemonUnreachableError('The daemon ended in the middle of its answer', { cause: error });
      }
      const { headers } = answer;
      return {
        bytes,
        nextOffset: Number(headers.get('x-next-offset')),
        isEnd: headers.get('x-log-end') === '1',
      };
    },
  };
}
