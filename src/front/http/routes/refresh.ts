// Looking at the account now: one listing by the watcher of this process, the credit, and the step of every rental that is due.
import { createRoute } from '@hono/zod-openapi';
import { noteCredit } from '../../../rent/rental/index.ts';
import type { HttpDeps, Service } from '../deps.ts';
import { refreshRequest } from '../protocol/instances.ts';
import { instancesSchema, type RoundAnswer, roundSchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';
import { readInstances } from './instances.ts';

export function addRefreshRoutes(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/instances/refresh',
      summary: 'Lists the account anew and asks for the credit; with hasRound also ends what is due',
      request: { body: { content: { 'application/json': { schema: refreshRequest } }, required: true } },
      responses: { ...answers('As it is now', instancesSchema), ...FAULTS },
    }),
    async (c) => {
      const { signal } = c.req.raw;
      const service = await deps.service();
      await Promise.all([
        service.watcher.refresh({ signal, priority: 'person' }),
        askCredit(deps, service, signal),
      ]);
      if (c.req.valid('json').hasRound) await service.controller.round(signal);
      return c.json(await readInstances(deps), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/rentals/round',
      summary:
        'One step of every rental, which books what ran and ends what is due, unless that is done anyway',
      responses: {
        ...answers('Whether it was done; its failure is told and is no fault of the request', roundSchema),
        ...FAULTS,
      },
    }),
    async (c) => c.json(await lookAfterRentals(deps, c.req.raw.signal), 200),
  );
}

async function askCredit(
  { store, clock }: HttpDeps,
  { client, account }: Service,
  signal: AbortSignal,
): Promise<void> {
  const { creditUsd } = await client.users.current({ signal, priority: 'person' });
  if (creditUsd !== null) await noteCredit({ store, account, creditUsd, atMs: clock.now() });
}

/** Left out while something boots, whose step may take a minute, and where a daemon makes its rounds. */
async function lookAfterRentals(
  { service, records, parts }: HttpDeps,
  signal: AbortSignal,
): Promise<RoundAnswer> {
  if (parts().some(({ name, status }) => name === 'rentals' && status === 'running')) {
    return { outcome: 'needless', reason: 'the daemon makes its rounds' };
  }
  const { account, controller } = await service();
  const live = await records.list({ account, isLive: true });
  if (live.some(({ status }) => status === 'booting')) {
    return { outcome: 'needless', reason: 'something boots' };
  }
  try {
    await controller.round(signal);
    return { outcome: 'done', reason: '' };
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    return { outcome: 'failed', reason: error.message };
  }
}
