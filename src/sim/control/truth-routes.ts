// Ground truth over the control port, each part as the library gives it.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ControlDeps } from './control-deps.ts';

/** `now_ms` and one list of things as the library describes them. */
const answers = (list: string) => ({
  200: {
    description: `\`now_ms\` and \`${list}\`.`,
    content: { 'application/json': { schema: z.object({ now_ms: z.number() }).catchall(z.any()) } },
  },
});
const epochMs = z.coerce.number({ error: 'is no time; send epoch milliseconds, like 1767225600000' });

const number = z.coerce.number({ error: 'is no number' }).int();

export function addTruthRoutes(app: OpenAPIHono, { truth, clock, startMs }: ControlDeps): void {
  const now = () => ({ now_ms: clock.now() });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/slots',
      summary: 'Every physical GPU: who holds it, since when, at what locked price.',
      responses: answers('slots'),
    }),
    (c) => c.json({ ...now(), slots: truth.slots() }),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/listed',
      summary: 'Ids of all asks that are listed now, of machines that are up.',
      responses: answers('offer_ids'),
    }),
    (c) => c.json({ ...now(), offer_ids: truth.listedOfferIds() }),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/rentals',
      summary: 'All rentals that overlap a stretch of time.',
      request: {
        query: z.object({
          from: epochMs.optional().describe('Epoch milliseconds; default the start of the simulation.'),
          to: epochMs.optional().describe('Epoch milliseconds, not included; default now.'),
        }),
      },
      responses: answers('rentals'),
    }),
    (c) => {
      const { from = startMs, to = clock.now() + 1 } = c.req.valid('query');
      return c.json({ ...now(), rentals: truth.rentals(from, to) });
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/instances',
      summary: 'Every instance that ever was, as it really is, and what it costs just now.',
      responses: answers('instances'),
    }),
    (c) => c.json({ ...now(), instances: truth.instances() }),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/accounts',
      summary: 'Every account: its key, its credit, what it has spent and spends an hour.',
      responses: answers('accounts'),
    }),
    (c) => c.json({ ...now(), accounts: truth.accounts() }),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/charges',
      summary: 'Every stretch of time and amount of traffic that was charged, unrounded.',
      request: {
        query: z.object({
          account: number.optional().describe('Only of this account.'),
          instance: number.optional().describe('Only of this instance.'),
          from: epochMs.optional().describe('Epoch milliseconds; default the start of the simulation.'),
          to: epochMs.optional().describe('Epoch milliseconds; default now.'),
        }),
      },
      responses: answers('charges'),
    }),
    (c) => {
      const { account, instance, from, to } = c.req.valid('query');
      const charges = truth.charges({
        ...(account !== undefined && { accountId: account }),
        ...(instance !== undefined && { instanceId: instance }),
        ...(from !== undefined && { fromMs: from }),
        ...(to !== undefined && { toMs: to }),
      });
      return c.json({ ...now(), charges });
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/truth/log',
      summary: 'What really happened, in order.',
      request: {
        query: z.object({
          since: z.coerce.number().int().min(0).optional().describe('The last `seq` that you have seen.'),
        }),
      },
      responses: answers('events'),
    }),
    (c) => c.json({ ...now(), events: truth.log(c.req.valid('query').since) }),
  );
}
