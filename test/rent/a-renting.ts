// Our own renting in full, as front/app puts it together, on a simulated marketplace with twins: one "process" that can
// be abandoned at any point and started again on the same store.

import type { Ledger } from '../../src/base/ledger/index.ts';
import { createLedger, ledgerMigrations } from '../../src/base/ledger/index.ts';
import {
  type Clock,
  createLimiter,
  createRandom,
  memoryLimiterStore,
  Secret,
  silentLog,
} from '../../src/base/std/index.ts';
import { openStore, type Store } from '../../src/base/store/index.ts';
import { assembleRenting, type RentingParts } from '../../src/front/app/renting.ts';
import { type Alert, notifyMigrations } from '../../src/net/notify/index.ts';
import { createVastClient, type VastClient } from '../../src/net/vast/index.ts';
import { jobMigrations } from '../../src/rent/jobs/index.ts';
import type { Rental } from '../../src/rent/rental/index.ts';
import {
  type ConnectInstance,
  createRentalRecords,
  type EndingPolicy,
  findAgain,
  findCandidates,
  type Launch,
  type Need,
  type RentalRecords,
  rentMigrations,
} from '../../src/rent/rental/index.ts';
import type { Sim } from '../../src/sim/index.ts';
import type { Program } from '../../src/sim/twin/index.ts';
import { ACCOUNT, INSTALL } from './a-rent-world.ts';

export interface RentingProcess extends RentingParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly records: RentalRecords;
  readonly client: VastClient;
  readonly alerts: readonly Alert[];
  /** Rents a box for an hour, on whatever is cheapest. */
  readonly rentBox: (name: string, options?: Partial<BoxWish>) => Promise<Rental>;
}

export interface BoxWish {
  readonly leaseMs: number;
  readonly need: Partial<Need>;
  readonly signal: AbortSignal;
}

export interface ProcessOptions {
  readonly sim: Sim;
  readonly clock: Clock;
  readonly name: string;
  /** Default that of the simulation. */
  readonly fetch?: typeof globalThis.fetch;
  readonly store: Store;
  readonly policy?: Partial<EndingPolicy>;
  readonly roundMs?: number;
  readonly lookMs?: number;
  /** Default straight into the twin. */
  readonly connect?: ConnectInstance;
}

export const HOUR = 3_600_000;
const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDlQZm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2Fy test';

export const BOX: Launch = {
  image: 'pytorch/pytorch:latest',
  diskGb: 20,
  env: {},
  ports: [],
  withJupyter: false,
  sshPublicKey: PUBLIC_KEY,
  scopes: { label: 'tests' },
};

export function openRentStore(url: string, clock: Clock): Promise<Store> {
  const migrations = [...ledgerMigrations, ...notifyMigrations, ...rentMigrations, ...jobMigrations];
  return openStore({ url, clock, log: silentLog, migrations });
}

export function startProcess(options: ProcessOptions): RentingProcess {
  const { sim, clock, name, fetch = sim.fetch, store, connect } = options;
  const random = createRandom(name);
  let tickets = 0;
  const client = createVastClient({
    apiKey: new Secret(sim.apiKey),
    fetch,
    clock,
    random,
    log: silentLog,
    limiter: createLimiter({
      store: memoryLimiterStore(),
      clock,
      makeTicket: () => `${name} ${++tickets}`,
    }),
  });
  const ledger = createLedger({ store, random, log: silentLog });
  const records = createRentalRecords(store);
  const alerts: Alert[] = [];
  const parts = assembleRenting({
    account: ACCOUNT,
    install: INSTALL,
    client,
    store,
    ledger,
    records,
    connect: connect ?? ((instance) => sim.shell(instance.id)),
    alert: async (alert) => void alerts.push(alert),
    ...(options.policy && { policy: options.policy }),
    ...(options.roundMs !== undefined && { roundMs: options.roundMs }),
    ...(options.lookMs !== undefined && { lookMs: options.lookMs }),
    clock,
    random,
    log: silentLog,
  });
  return {
    ...parts,
    store,
    ledger,
    records,
    client,
    alerts,
    rentBox: (box, { leaseMs = HOUR, need = {}, signal } = {}) => {
      const find = {
        client,
        clock,
        need: { purpose: { kind: 'box', hours: leaseMs / HOUR }, diskGb: 20, verification: 'any', ...need },
        lease: { leaseMs, trafficCapGb: 10 },
      } as const;
      return parts.renter.rent(
        {
          kind: 'box',
          need: box,
          name: box,
          launch: BOX,
          leaseMs,
          candidates: async (asked) => (await findCandidates(find, asked)).candidates,
          revalidate: (candidate, asked) => findAgain(find, candidate, asked),
        },
        signal,
      );
    },
  };
}

/** nvidia-smi as the instance's contract promises it. */
export function gpusOf(sim: () => Sim): (instanceId: number) => Readonly<Record<string, Program>> {
  return (instanceId) => ({
    'nvidia-smi': async (process) => {
      const instance = sim()
        .truth.instances()
        .find((one) => one.instanceId === instanceId);
      for (let index = 0; index < (instance?.gpuCount ?? 0); index += 1) {
        await process.print(`NVIDIA ${instance?.gpuName ?? ''}, 99000 MiB`);
      }
      return 0;
    },
  });
}
