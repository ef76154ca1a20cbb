// The account's instances, ours or not, and our rentals.
import { createRoute } from '@hono/zod-openapi';
import { type PsRow, type Rental, readPs } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import { rentalsQuery } from '../protocol/instances.ts';
import { type InstanceRow, instancesSchema, type RentalRow, rentalsSchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addInstanceRoutes(
  app: HttpApp,
  { store, account, install, clock, ledger, records }: HttpDeps,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/instances',
      summary: 'Every instance of the account, as "vastdeck ps" shows them',
      responses: answers('From the last listing', instancesSchema),
    }),
    async (c) => {
      const { rows, foot } = await readPs({ store, account, install, ledger, nowMs: clock.now() });
      return c.json({ instances: rows.map(instanceRow), ...foot }, 200);
    },
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
      const isLive = c.req.valid('query').live === '1';
      const rentals = await records.list(isLive ? { account, isLive } : { account });
      return c.json({ rentals: rentals.map(rentalRow) }, 200);
    },
  );
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
    idleSinceMs: row.idleSinceMs,
    lastSshMs: row.lastSshMs,
    contractEndMs: row.contractEndMs,
    madeBy: row.madeBy,
    isOurs: row.isOurs,
    verdict: row.verdict,
    why: row.why,
    paidUntilMs: row.paidUntilMs ?? null,
    destroyAfterMs: row.destroyAfterMs ?? null,
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
    readyAtMs: rental.readyAtMs ?? null,
    prepaidUntilMs: rental.prepaidUntilMs,
    destroyAfterMs: rental.destroyAfterMs ?? null,
    goneAtMs: rental.goneAtMs ?? null,
  };
}
