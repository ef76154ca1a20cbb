// Training runs whose figures are kept.
import type { z } from 'zod';
import type { keptPointSchema } from '../protocol/history.ts';
import { type Ask, DaemonUnreachableError } from './ask.ts';

const history = () => import('../protocol/history.ts');

export type KeptPointRow = z.infer<typeof keptPointSchema>;

export interface KeptPoints {
  /** Whose they are, by its whole name. */
  readonly run: string;
  /** As they come. Rejects with DaemonUnreachableError where they break off: what came is not all. */
  readonly pages: AsyncGenerator<readonly KeptPointRow[], void, undefined>;
}

export function historyMethods({ raw, get }: Ask) {
  // Without a word the address would be that of all of them.
  const path = (run: string) => `/v1/history/runs/${encodeURIComponent(run === '' ? ' ' : run)}`;
  return {
    keptRuns: ({ sinceMs, limit }: { readonly sinceMs?: number; readonly limit?: number } = {}) =>
      get(async () => (await history()).keptRunsSchema, '/v1/history/runs', { since: sinceMs, limit }),
    keptRun: (word: string) => get(async () => (await history()).keptRunDetailSchema, path(word)),
    runConfig: (word: string) => get(async () => (await history()).runConfigSchema, `${path(word)}/config`),
    keptSeries: (word: string, name: string, points?: number) =>
      get(async () => (await history()).keptSeriesSchema, `${path(word)}/series`, { name, points }),
    keptPoints: async (word: string, signal?: AbortSignal): Promise<KeptPoints> => {
      const answer = await raw(`${path(word)}/points`, signal ? { signal } : {});
      const run = decodeURIComponent(answer.headers.get('x-run') ?? '');
      return { run, pages: readPages(answer.body, signal) };
    },
  };
}

async function* readPages(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly KeptPointRow[], void, undefined> {
  if (!body) return;
  let rest = '';
  let isFirst = true;
  try {
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length === 0) continue;
      const points = lines.map((line) => JSON.parse(line) as KeptPointRow);
      // All are made alike: to look at each of millions would take longer than to write them.
      if (isFirst) (await history()).keptPointSchema.parse(points[0]);
      isFirst = false;
      yield points;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new DaemonUnreachableError('The values broke off before their end; export the run again', {
      cause: error,
    });
  }
}
