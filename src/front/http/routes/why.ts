// The story of one rental or instance: what was decided and by which figures, and what others did to it by the service's own
// log. Where the service cannot be asked, the store alone.
import { createRoute } from '@hono/zod-openapi';
import type { AuditEntry } from '../../../net/vast/index.ts';
import { NoSuchTargetError, readWhy, type Why } from '../../../rent/rental/index.ts';
import type { HttpDeps, Service } from '../deps.ts';
import { whyParam, whyQuery } from '../protocol/why.ts';
import { type WhyAnswer, whySchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';
import { withoutSecrets } from './audit-args.ts';

export function addWhyRoutes(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/why/{id}',
      summary: 'Every decision about a rental or an instance, by id or name; offline=1 asks nobody',
      request: { params: whyParam, query: whyQuery },
      responses: {
        ...answers('Oldest first', whySchema),
        400: FAULTS[400],
        404: FAULTS[404],
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const isOffline = c.req.valid('query').offline === '1';
      const told = isOffline
        ? { why: await readOffline(deps, id), remarks: [] }
        : await readAsking(deps, id, c.req.raw.signal);
      return c.json(whyAnswer(told.why, told.remarks), 200);
    },
  );
}

interface Told {
  readonly why: Why;
  readonly remarks: readonly string[];
}

async function readAsking(deps: HttpDeps, id: string, signal: AbortSignal): Promise<Told> {
  let service: Service;
  try {
    service = await deps.service();
  } catch (error) {
    if (!(error instanceof Error) || !isUnreachable(error)) throw error;
    const remark = `The service cannot be asked, so this is from the store alone: ${error.message}`;
    return { why: await readOffline(deps, id), remarks: [remark] };
  }
  const remarks: string[] = [];
  let auditLog: readonly AuditEntry[] = [];
  try {
    const told = await service.client.auditLog.list({ signal, priority: 'person' });
    auditLog = told.map(withoutSecrets);
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    remarks.push(`What others did is not known: ${error.message}`);
  }
  const { store, ledger } = deps;
  return { why: await readWhy({ store, ledger, account: service.account, id, auditLog }), remarks };
}

function isUnreachable({ name }: Error): boolean {
  return name === 'UnreachableError' || name === 'UnavailableError';
}

/** Without the service nobody says whose key it is: all accounts of the store are looked through. */
async function readOffline({ store, ledger, records }: HttpDeps, id: string): Promise<Why> {
  const accounts = [...new Set((await records.list()).map(({ account }) => account))];
  let missing: unknown = new NoSuchTargetError(
    `No rental is called "${id}"; nothing was rented from here yet`,
  );
  for (const account of accounts) {
    try {
      return await readWhy({ store, ledger, account, id });
    } catch (error) {
      if (!(error instanceof NoSuchTargetError)) throw error;
      missing = error;
    }
  }
  throw missing;
}

function whyAnswer({ target, entries }: Why, remarks: readonly string[]): WhyAnswer {
  const { instanceId = null, rentalId = null, name, isGone } = target;
  return {
    target: { instanceId, rentalId, name, isGone },
    entries: entries.map((entry) => ({ ...entry, details: [...entry.details], data: { ...entry.data } })),
    remarks: [...remarks],
  };
}
