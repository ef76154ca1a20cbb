// Whether the daemon works, and how each of its parts is.
import { createRoute } from '@hono/zod-openapi';
import { readPs } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import { healthSchema, type StatusAnswer, statusSchema } from '../protocol.ts';
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
  const { store, account, install, clock, ledger, records, jobs } = deps;
  const { foot } = await readPs({ store, account, install, nowMs: clock.now() });
  const [rentals, liveJobs, halt] = await Promise.all([
    records.list({ account, isLive: true }),
    jobs?.records.list({ account, isLive: true }) ?? [],
    ledger.haltState(),
  ]);
  return {
    status: overall(deps),
    version: deps.version,
    pid: deps.pid,
    startedAtMs: Math.trunc(deps.startedAtMs),
    account,
    baseUrl: deps.baseUrl,
    isHalted: halt.kind === 'halted',
    parts: deps.parts().map((part) => ({ ...part })),
    burnPerHour: foot.burnPerHour,
    unpriced: foot.unpriced,
    liveRentals: rentals.length,
    liveJobs: liveJobs.length,
    viewAgeMs: foot.viewAgeMs,
    eventClients: deps.hub.readers(),
  };
}
