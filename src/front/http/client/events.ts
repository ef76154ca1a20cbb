// The event table, as pages and as a stream.
import { readEventStream } from '../events/read-event-stream.ts';
import type { EventRow } from '../protocol.ts';
import { type Ask, queryText } from './ask.ts';

const events = () => import('../protocol/events.ts');

export function eventMethods({ raw, get }: Ask) {
  return {
    events: (query: { readonly after?: number; readonly limit?: number; readonly noun?: string } = {}) =>
      get(async () => (await events()).eventsSchema, '/v1/events', query),
    /** Events as they happen, after the one named; ends with the signal, or when the daemon does. */
    async *eventStream(options: {
      readonly after?: number;
      readonly noun?: string;
      readonly signal?: AbortSignal;
    }): AsyncGenerator<EventRow, void, undefined> {
      const { signal, ...query } = options;
      const answer = await raw(`/v1/events/stream${queryText(query)}`, signal ? { signal } : {});
      if (!answer.body) return;
      const { eventSchema } = await events();
      for await (const { data } of readEventStream(answer.body, signal))
        yield eventSchema.parse(JSON.parse(data));
    },
  };
}
