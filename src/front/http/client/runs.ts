// Training runs as the monitor sees them.
import { readEventStream } from '../events/read-event-stream.ts';
import type { RunMessage } from '../protocol/run-stream.ts';
import { type Ask, queryText } from './ask.ts';

const runs = () => import('../protocol/runs.ts');
const stream = () => import('../protocol/run-stream.ts');

/** A message, and the `id:` after which a stream goes on behind it. */
export interface StreamedMessage {
  readonly id: string | undefined;
  readonly message: RunMessage;
}

export function runMethods({ raw, get, post }: Ask) {
  const path = (key: string) => `/v1/runs/${encodeURIComponent(key)}`;
  return {
    runs: () => get(async () => (await runs()).runsSchema, '/v1/runs'),
    runLines: (key: string, limit?: number) =>
      get(async () => (await runs()).linesSchema, `${path(key)}/lines`, { limit }),
    runSeries: (key: string, name: string, points?: number) =>
      get(async () => (await runs()).seriesSchema, `${path(key)}/series`, { name, points }),
    /** The view as it changes, lines and events, after the message named; ends with the signal, or when the daemon does. */
    async *runStream(options: {
      readonly after?: string | undefined;
      readonly signal?: AbortSignal;
    }): AsyncGenerator<StreamedMessage, void, undefined> {
      const { after, signal } = options;
      const answer = await raw(`/v1/runs/stream${queryText({ after })}`, signal ? { signal } : {});
      if (!answer.body) return;
      const { runMessageSchema } = await stream();
      for await (const { id, data } of readEventStream(answer.body, signal))
        yield { id, message: runMessageSchema.parse(JSON.parse(data)) };
    },
    /** What the reader of a stream looks at. */
    async lookAtRuns(viewer: string, keys: readonly string[]): Promise<void> {
      const answer = await raw(`/v1/runs/viewers/${encodeURIComponent(viewer)}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ keys }),
      });
      (await stream()).lookSchema.parse(await answer.json());
    },
    refreshRuns: (signal?: AbortSignal) =>
      post(async () => (await stream()).refreshedSchema, '/v1/runs/refresh', undefined, signal),
    nextRunSource: (key: string) =>
      post(async () => (await stream()).sourceSchema, `${path(key)}/next-source`),
  };
}
