// The event table, as pages and as a stream.
import { readEventStream } from '../events/read-event-stream.ts';
import { eventSchema } from '../protocol/events.ts';
import { type EventRow, eventsSchema } from '../protocol.ts';
import { type Ask, queryText } from './ask.ts';

export function eventMethods({ raw, get }: Ask) {
  return {
    events: (query: { readonly after?: number; readonly limit?: number; readonly noun?: string } = {}) =>
      get(eventsSchema, '/v1/events', query),
    /** Events as they happen, after the one named; ends with the signal, or when the daemon does. */
    async *eventStream(options: {
      readonly after?: number;
      readonly noun?: string;
      readonly signal?: AbortSignal;
    }): AsyncGenerator<EventRow, void, undefined> {
      const { signal, ...query } = options;
      const answer = await raw(`/v1/events/stream${queryText(query)}`, signal ? { signal } : {});
      if (!answer.body) return;
      for await (const { data } of readEventStream(answer.body, signal))
        yield eventSchema.parse(JSON.parse(data));
    },
  };
}
