// Accounts over the control port: opened with credit, and paid into by hand.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { ROLES } from '../accounts/account.ts';
import type { ControlDeps } from './control-deps.ts';

const opened = z
  .strictObject({
    role: z.enum(ROLES).optional().describe('Default `host` with a `hostId`, else `renter`.'),
    email: z.string().min(3).optional().describe('Made up when left out.'),
    credit: z.number().optional().describe('Dollars; default none.'),
    hostId: z.int().optional().describe('`host_id` of offers: whose machines it runs.'),
    cardLast4: z
      .string()
      .regex(/^\d{4}$/, 'send the last four digits')
      .optional()
      .describe('A saved card, charged when credit runs low.'),
    secondFactorCode: z.string().min(1).optional().describe('Gives it a second factor with this code.'),
  })
  .describe('All of it may be left out.');

const paid = z.strictObject({
  usd: z
    .number({ error: 'send the dollars to pay in, like {"usd":20}' })
    .describe('Dollars into the credit; below zero out of it.'),
});

const answer = (description: string, schema: z.ZodType) => ({
  200: { description, content: { 'application/json': { schema } } },
});

export function addAccountRoutes(app: OpenAPIHono, { accounts, truth }: ControlDeps): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/control/accounts',
      summary: 'Opens an account.',
      request: { body: { required: true, content: { 'application/json': { schema: opened } } } },
      responses: answer('Its number and its key.', z.object({ id: z.number(), apiKey: z.string() })),
    }),
    (c) => {
      const given = Object.entries(c.req.valid('json')).filter(([, value]) => value !== undefined);
      return c.json(accounts.add(Object.fromEntries(given)));
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/control/accounts/{id}/deposits',
      summary: "Pays into an account's credit.",
      request: {
        params: z.object({ id: z.coerce.number().int() }),
        body: { required: true, content: { 'application/json': { schema: paid } } },
      },
      responses: answer('What is there now.', z.object({ id: z.number(), creditUsd: z.number() })),
    }),
    (c) => {
      const { id } = c.req.valid('param');
      accounts.deposit(id, c.req.valid('json').usd);
      const account = truth.accounts().find(({ accountId }) => accountId === id);
      return c.json({ id, creditUsd: account?.creditUsd ?? 0 });
    },
  );
}
