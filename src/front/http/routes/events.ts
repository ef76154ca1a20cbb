// The event table, as pages and as a stream that goes on where its reader was.
import { createRoute } from '@hono/zod-openapi';
import { lastEventSeq, readEventsSince } from '../../../base/store/index.ts';
import type { HttpDeps } from '../deps.ts';
import { eventsQuery, streamQuery } from '../protocol/events.ts';
import { eventsSchema } from '../protocol.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addEventRoutes(app: HttpApp, { store, hub }: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/events',
      summary: 'Events after a number, oldest first',
      request: { query: eventsQuery },
      responses: { ...answers('A page', eventsSchema), 400: FAULTS[400] },
    }),
    async (c) => {
      const { after, limit, noun, id } = c.req.valid('query');
      const filter = { ...(noun !== undefined && { noun }), ...(id !== undefined && { id }) };
      const lastSeq = await lastEventSeq(store.db);
      return c.json({ events: await readEventsSince(store.db, after, { ...filter, limit }), lastSeq }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/events/stream',
      summary: 'Events as they happen (Server-Sent Events); Last-Event-ID goes on where a reader was',
      request: { query: streamQuery },
      responses: {
        200: {
          description: 'Each event as "id:" and one "data:" line of JSON; comments while nothing happens',
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
        400: FAULTS[400],
        503: FAULTS[503],
      },
    }),
    async (c) => {
      const { after, noun, id } = c.req.valid('query');
      const { outgoing } = c.env;
      const stream = await hub.open({
        afterSeq: lastEventId(c.req.header('last-event-id')) ?? after,
        filter: { ...(noun !== undefined && { noun }), ...(id !== undefined && { id }) },
        ...(outgoing && { onCut: () => void outgoing.destroy() }),
      });
      if (!stream)
        throw new HttpFault(503, 'Too many read the events already; try again when one of them has left');
      return c.body(stream, 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
    },
  );
}

/** Throws for what is no number: it would silently begin somewhere else. */
function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const seq = Number(header);
  if (Number.isSafeInteger(seq) && seq >= 0) return seq;
  throw new HttpFault(400, `Last-Event-ID "${header.slice(0, 50)}" is not the number of an event`);
}
