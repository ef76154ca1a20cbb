// Whether the daemon works, and how each of its parts is.
import { createRoute } from '@hono/zod-openapi';
import { readPs } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import { daemonSchema, healthSchema, type StatusAnswer, statusSchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers } from './answers.ts';

export function addHealthRoutes(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      summary: 'Whether it lives; needs no token',
      responses: answers('It answers', healthSchema),
    }),
    (c) => c.json({ status: overall(deps), version: deps.version }, 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/daemon',
      summary: 'Who answers: version, process, account and service',
      responses: answers('The daemon', daemonSchema),
    }),
    (c) => {
      const { version, pid, baseUrl } = deps;
      const startedAtMs = Math.trunc(deps.startedAtMs);
      return c.json({ version, pid, startedAtMs, account: deps.account() ?? null, baseUrl }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/status',
      summary: 'Every part with its health, and what runs',
      responses: answers('The daemon', statusSchema),
    }),
    async (c) => c.json(await readStatus(deps), 200),
  );
}

function overall({ parts }: HttpDeps): 'ok' | 'failing' {
  return parts().some(({ status }) => status === 'failing') ? 'failing' : 'ok';
}

async function readStatus(deps: HttpDeps): Promise<StatusAnswer> {
  const { store, clock, ledger, records, jobRecords } = deps;
  const account = deps.account();
  const shown = account === undefined ? undefined : await readPs({ store, account, nowMs: clock.now() });
  const whose = { isLive: true, ...(account !== undefined && { account }) };
  const [rentals, liveJobs, halt] = await Promise.all([
    records.list(whose),
    jobRecords.list(whose),
    ledger.haltState(),
  ]);
  return {
    status: overall(deps),
    version: deps.version,
    pid: deps.pid,
    startedAtMs: Math.trunc(deps.startedAtMs),
    account: account ?? null,
    baseUrl: deps.baseUrl,
    isHalted: halt.kind === 'halted',
    parts: deps.parts().map((part) => ({ ...part })),
    burnPerHour: shown?.foot.burnPerHour ?? 0,
    unpriced: shown?.foot.unpriced ?? 0,
    liveRentals: rentals.length,
    liveJobs: liveJobs.length,
    viewAgeMs: shown?.foot.viewAgeMs ?? null,
    eventClients: deps.hub.readers(),
  };
}
