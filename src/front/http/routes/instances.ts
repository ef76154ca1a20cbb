// The account's instances, ours or not, and our rentals.
import { createRoute } from '@hono/zod-openapi';
import { type PsRow, type Rental, readPs } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import { rentalsQuery } from '../protocol/instances.ts';
import {
  type InstanceRow,
  type InstancesAnswer,
  instancesSchema,
  type RentalRow,
  rentalsSchema,
} from '../protocol.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addInstanceRoutes(app: HttpApp, deps: HttpDeps): void {
  const { records } = deps;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/instances',
      summary: 'Every instance of the account, as "vastdeck ps" shows them',
      responses: { ...answers('From the last listing', instancesSchema), 404: FAULTS[404] },
    }),
    async (c) => c.json(await readInstances(deps), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/rentals',
      summary: 'Our rentals: those that are not over, or all with live=0',
      request: { query: rentalsQuery },
      responses: { ...answers('Oldest first', rentalsSchema), 400: FAULTS[400] },
    }),
    async (c) => {
      const { live, accounts } = c.req.valid('query');
      const isLive = live === '1';
      const account = accounts === 'all' ? undefined : deps.account();
      const rentals = await records.list({
        ...(account !== undefined && { account }),
        ...(isLive && { isLive }),
      });
      return c.json({ rentals: rentals.map(rentalRow) }, 200);
    },
  );
}

/** From the last listing, as it is stored. */
export async function readInstances(deps: HttpDeps): Promise<InstancesAnswer> {
  const { store, ledger, clock } = deps;
  const account = knownAccount(deps);
  const { rows, foot } = await readPs({
    store,
    account,
    install: deps.install(),
    ledger,
    nowMs: clock.now(),
  });
  return { instances: rows.map(instanceRow), ...foot };
}

/** Answers 404 while it is not known. */
function knownAccount({ account }: HttpDeps): string {
  const known = account();
  if (known !== undefined) return known;
  throw new HttpFault(404, 'What this key opens is not known yet; run "vastdeck ps --refresh"');
}

function instanceRow(row: PsRow): InstanceRow {
  return {
    id: row.id,
    rentalId: row.rentalId ?? null,
    name: row.name,
    ref: row.ref,
    gpu: row.gpu ?? null,
    state: row.state,
    stateSinceMs: row.stateSinceMs,
    usdPerHour: row.usdPerHour,
    diskUsdPerMonth: row.diskUsdPerMonth,
    idleSinceMs: whole(row.idleSinceMs),
    lastSshMs: whole(row.lastSshMs),
    contractEndMs: whole(row.contractEndMs),
    madeBy: row.madeBy,
    isOurs: row.isOurs,
    verdict: row.verdict,
    why: row.why,
    paidUntilMs: whole(row.paidUntilMs),
    destroyAfterMs: whole(row.destroyAfterMs),
  };
}

/** Without environment and start script, which may hold what is nobody's business. */
function rentalRow(rental: Rental): RentalRow {
  const { terms } = rental;
  return {
    id: rental.id,
    kind: rental.kind,
    name: rental.name,
    status: rental.status,
    reason: rental.reason,
    sinceMs: rental.sinceMs,
    instanceId: rental.instanceId ?? null,
    machineId: rental.machineId ?? null,
    gpuName: terms?.gpuName ?? null,
    gpuCount: terms?.gpuCount ?? null,
    rentalType: terms?.rentalType ?? null,
    pricePerHour: terms?.pricePerHour ?? null,
    geolocation: terms?.geolocation ?? null,
    createdAtMs: rental.createdAtMs,
    readyAtMs: whole(rental.readyAtMs),
    prepaidUntilMs: Math.trunc(rental.prepaidUntilMs),
    destroyAfterMs: whole(rental.destroyAfterMs),
    goneAtMs: whole(rental.goneAtMs),
  };
}

/** Times are promised to be whole, and not all of them are made here. */
function whole(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Math.trunc(ms);
}
