// The rent world with rentals that can be ended: rented by our own renter, ended by our own ender.
import type { Kysely } from 'kysely';
import { createEffects, createLedger, type Ledger } from '../../../src/base/ledger/index.ts';
import {
  createLimiter,
  createRandom,
  memoryLimiterStore,
  Secret,
  silentLog,
} from '../../../src/base/std/index.ts';
import { readEventsSince } from '../../../src/base/store/index.ts';
import type { Alert } from '../../../src/net/notify/index.ts';
import { createVastClient, type Instance, type VastClient } from '../../../src/net/vast/index.ts';
import type { AccountView } from '../../../src/rent/rental/account-view.ts';
import {
  createEnder,
  type Ender,
  type EnderOptions,
  endingMigrations,
} from '../../../src/rent/rental/ending/index.ts';
import type { Launch, Rental } from '../../../src/rent/rental/records/index.ts';
import { createRenter, findCandidates } from '../../../src/rent/rental/renting/index.ts';
import { ACCOUNT, aRentWorld, INSTALL, type RentWorld, type RentWorldOptions } from '../a-rent-world.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface EnderWorld extends RentWorld {
  readonly ender: Ender;
  readonly ledger: Ledger;
  readonly alerts: Alert[];
  /** A machine that runs, and its rental, ready. */
  readonly ready: (name?: string) => Promise<Rental>;
  readonly ending: (rental: Rental) => Promise<Rental>;
  /** One turn of a controller: a new listing and a step. */
  readonly turn: (rental: Rental) => Promise<Rental>;
  /** Turns every 30 s until it is over; as a controller takes them. */
  readonly untilOver: (rental: Rental, turns?: number) => Promise<Rental>;
  readonly view: () => Promise<AccountView<Instance>>;
  readonly events: () => Promise<
    readonly { readonly id: string; readonly status: string; readonly reason: string }[]
  >;
  /** Instances that are really there. */
  readonly present: () => readonly number[];
  /** Another ender on the same store, as another process has it. */
  readonly another: (options?: Partial<EnderOptions>) => Ender;
  /** The same marketplace behind a line that may change what comes back. */
  readonly clientOver: (fetch: typeof globalThis.fetch) => VastClient;
  /** Somebody else rents the machine's GPUs. */
  readonly takeGpus: (machineId: number) => Promise<void>;
}

const launch: Launch = {
  image: 'pytorch/pytorch:latest',
  diskGb: 20,
  env: {},
  ports: [],
  withJupyter: false,
  sshPublicKey: 'ssh-ed25519 AAAA test',
  scopes: {},
};

export async function anEnder(
  options: RentWorldOptions & { readonly onstartOf?: (rental: Rental) => string } = {},
): Promise<EnderWorld> {
  const world = await aRentWorld(options);
  const { store, client, clock, watcher, records, sim } = world;
  for (const migration of endingMigrations) {
    await migration.up(store.db as unknown as Kysely<unknown>, store.dialect);
  }
  const random = createRandom('ender');
  const ledger = createLedger({ store, random, log: silentLog });
  const { effect } = createEffects({ store });
  const alerts: Alert[] = [];
  const base: EnderOptions = {
    account: ACCOUNT,
    install: INSTALL,
    client,
    watcher,
    records,
    ledger,
    effect,
    store,
    clock,
    random,
    log: silentLog,
    alert: async (alert) => void alerts.push(alert),
  };
  const another = (changes: Partial<EnderOptions> = {}) => createEnder({ ...base, ...changes });
  const ender = another();
  const renter = createRenter({
    ...base,
    ledger,
    onstartOf: options.onstartOf ?? (() => ''),
  });
  const find = {
    client,
    clock,
    need: { purpose: { kind: 'box', hours: 1 }, gpuCount: 1, diskGb: 20, verification: 'any' },
    lease: { leaseMs: 6 * HOUR, trafficCapGb: 10 },
  } as const;
  const view = async () => await world.live(watcher.refresh());
  const turn = async (rental: Rental) => {
    const seen = await view();
    const step = await world.live(ender.step(rental, seen));
    await world.live(ender.followUp(seen));
    return step.rental;
  };

  return {
    ...world,
    ender,
    ledger,
    alerts,
    another,
    view,
    turn,
    clientOver: (fetch) => {
      let tickets = 0;
      return createVastClient({
        apiKey: new Secret(sim.apiKey),
        fetch,
        clock,
        random,
        log: silentLog,
        limiter: createLimiter({ store: memoryLimiterStore(), clock, makeTicket: () => String(++tickets) }),
      });
    },
    async takeGpus(machineId) {
      const { apiKey } = sim.accounts.add({ credit: 100 });
      const call = async (method: string, path: string, body: unknown) => {
        const headers = { authorization: `Bearer ${apiKey}` };
        const init = { method, headers, body: JSON.stringify(body) };
        return await (await sim.fetch(`https://console.vast.ai/api/v0${path}`, init)).json();
      };
      for (;;) {
        const search = { machine_id: { eq: machineId }, rentable: { eq: true }, disable_bundling: true };
        const { offers } = (await call('POST', '/bundles/', search)) as { offers: { id: number }[] };
        const [offer] = offers;
        if (!offer) return;
        await call('PUT', `/asks/${offer.id}/`, {
          image: 'pytorch/pytorch:latest',
          disk: 10,
          runtype: 'ssh',
        });
        await clock.step(MINUTE);
      }
    },
    async ready(name = 'box') {
      const rented = await world.live(
        renter.rent({
          kind: 'box',
          need: name,
          name,
          launch,
          leaseMs: 6 * HOUR,
          candidates: async (signal) => (await findCandidates(find, signal)).candidates,
        }),
      );
      await clock.step(HOUR);
      const nowMs = clock.now();
      return await records.change(rented, {
        status: 'ready',
        reason: 'entered',
        readyAtMs: nowMs,
        runningSinceMs: nowMs - 30 * MINUTE,
      });
    },
    ending: (rental) => records.change(rental, { status: 'ending', reason: 'a person asked for it' }),
    async untilOver(rental, turns = 40) {
      let current = rental;
      for (let done = 0; done < turns && current.status === 'ending'; done += 1) {
        current = await turn(current);
        await clock.step(30_000);
      }
      return current;
    },
    events: async () => (await readEventsSince(store.db, 0)).filter(({ noun }) => noun === 'rental'),
    present: () =>
      sim.truth
        .instances()
        .filter((one) => one.destroyedMs === undefined)
        .map((one) => one.instanceId),
  };
}

/** Dollars that the marketplace really charged for an instance. */
export function chargedUsd({ sim }: Pick<RentWorld, 'sim'>, instanceId: number): number {
  return sim.truth.charges({ instanceId }).reduce((sum, { amountUsd }) => sum + amountUsd, 0);
}
