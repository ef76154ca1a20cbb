import { describe, expect, it, onTestFinished } from 'vitest';
import { createLedger } from '../../../src/base/ledger/index.ts';
import { createRandom, silentLog } from '../../../src/base/std/index.ts';
import { appendEvents } from '../../../src/base/store/index.ts';
import {
  createHostMemory,
  memoryMigrations,
  type Observation,
  watchHosts,
} from '../../../src/rent/rental/memory/index.ts';
import type { Launch, Rental } from '../../../src/rent/rental/records/index.ts';
import { createRenter, findCandidates } from '../../../src/rent/rental/renting/index.ts';
import { ACCOUNT, aRentWorld, INSTALL, type RentWorld } from '../a-rent-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function aWatch() {
  const world = await aRentWorld({ sim: { credit: 1_000 } });
  onTestFinished(() => world[Symbol.asyncDispose]());
  // Those that the world's store does not have, whoever joins them.
  const tables = await world.store.db.introspection.getTables();
  if (!tables.some(({ name }) => name === 'host_observations')) {
    for (const migration of memoryMigrations) await migration.up(world.store.db as never, 'sqlite');
  }
  const hosts = watchHosts({ store: world.store });
  const memory = createHostMemory({ store: world.store, clock: world.clock });
  return {
    ...world,
    hosts,
    seen: async () => (await memory.export()).map(short),
    /** Listings every five minutes. */
    async watch(ms: number) {
      const untilMs = world.clock.now() + ms;
      while (world.clock.now() < untilMs) {
        await world.clock.step(5 * MINUTE);
        await world.live(world.watcher.complete());
      }
    },
  };
}

function short(observation: Observation): string {
  switch (observation.kind) {
    case 'ran':
      return `ran ${observation.hours.toFixed(1)} h`;
    case 'interruption':
      return observation.cause;
    default:
      return observation.kind;
  }
}

/** Rents as anybody might, on a machine of its own; runs when it returns, and is listed once. */
async function foreign(
  { client, sim, live, clock, watcher }: RentWorld,
  bidPerHour?: number,
): Promise<number> {
  for (const offerId of sim.truth.listedOfferIds()) {
    const bid = bidPerHour === undefined ? {} : { bidPerHour };
    const made = await live(
      client.instances.create(offerId, { image: 'busybox', diskGb: 10, ...bid }).catch(() => undefined),
    );
    if (!made) continue;
    await clock.step(20 * MINUTE);
    await live(watcher.complete());
    const found = sim.truth.instances().find((one) => one.instanceId === made.instanceId);
    if (found?.actual === 'running') return made.instanceId;
    await live(client.instances.destroy(made.instanceId));
  }
  throw new Error('nothing could be rented');
}

async function ours(world: RentWorld): Promise<Rental> {
  const { store, client, clock, watcher, records, live } = world;
  const random = createRandom('renter');
  const ledger = createLedger({ store, random, log: silentLog });
  const launch: Launch = {
    image: 'busybox',
    diskGb: 20,
    env: {},
    ports: [],
    withJupyter: false,
    sshPublicKey: 'ssh-ed25519 AAAA test',
    scopes: {},
  };
  const renter = createRenter({
    account: ACCOUNT,
    install: INSTALL,
    client,
    watcher,
    records,
    ledger,
    store,
    clock,
    random,
    log: silentLog,
    onstartOf: () => '',
  });
  const need = { purpose: { kind: 'box', hours: 1 }, gpuCount: 1, diskGb: 20, verification: 'any' } as const;
  const find = { client, clock, need, lease: { leaseMs: HOUR, trafficCapGb: 10 } };
  const rental = await live(
    renter.rent({
      kind: 'box',
      need: 'box',
      name: 'box',
      launch,
      leaseMs: HOUR,
      candidates: async () => (await findCandidates(find)).candidates,
    }),
  );
  await clock.step(20 * MINUTE);
  await live(watcher.complete());
  return rental;
}

describe('hours and interruptions', () => {
  it('of an instance that its renter stopped are its hours, and no interruption', async () => {
    const world = await aWatch();
    const id = await foreign(world);
    await world.watch(3 * HOUR);
    await world.live(world.client.instances.setState(id, 'stopped'));
    await world.watch(10 * MINUTE);
    await world.hosts.step();
    expect(await world.seen()).toEqual(['ran 3.0 h']);
  });

  it('are counted once, however often it is looked', async () => {
    const world = await aWatch();
    const id = await foreign(world);
    await world.watch(HOUR);
    await world.live(world.client.instances.setState(id, 'stopped'));
    await world.watch(10 * MINUTE);
    const counts = [await world.hosts.step(), await world.hosts.step()];
    counts.push(await watchHosts({ store: world.store }).step());
    expect(counts).toEqual([1, 0, 0]);
  });

  it('end with the last listing that held it when nobody looked for a night', async () => {
    const world = await aWatch();
    const id = await foreign(world);
    await world.watch(HOUR);
    await world.live(world.client.instances.setState(id, 'stopped'));
    await world.clock.step(9 * HOUR);
    await world.live(world.watcher.complete());
    await world.hosts.step();
    expect(await world.seen()).toEqual(['ran 1.0 h']);
  });

  it('name a dead host as such', async () => {
    const world = await aWatch();
    const id = await foreign(world);
    await world.watch(HOUR);
    world.sim.fail('host-death', { id });
    await world.watch(30 * MINUTE);
    await world.hosts.step();
    expect(await world.seen()).toContain('offline');
  });

  it('of a long run are written down each day while it runs on', async () => {
    const world = await aWatch();
    await foreign(world);
    await world.watch(23 * HOUR);
    expect(await world.hosts.step()).toBe(0);
    await world.watch(2 * HOUR);
    expect(await world.hosts.step()).toBe(1);
    expect(await world.hosts.step()).toBe(0);
    expect(await world.seen()).toEqual(['ran 25.0 h']);
  });

  it('say nothing against a machine whose instance its renter destroyed, ours or not', async () => {
    const world = await aWatch();
    const rental = await ours(world);
    const other = await foreign(world);
    await world.watch(HOUR);
    await world.live(world.client.instances.destroy(other));
    const asked = await world.records.get(rental.id);
    await world.records.change(asked as Rental, { destroyAskedAtMs: Math.trunc(world.clock.now()) });
    await world.live(world.client.instances.destroy(rental.instanceId as number));
    await world.watch(30 * MINUTE);
    await world.hosts.step();
    expect((await world.seen()).filter((each) => !each.startsWith('ran'))).toEqual([]);
    expect(await world.seen()).toHaveLength(2);
  });

  it('call one of ours dead that vanished though nobody had asked for it', async () => {
    const world = await aWatch();
    const rental = await ours(world);
    await world.watch(HOUR);
    await world.live(world.client.instances.destroy(rental.instanceId as number));
    await world.watch(30 * MINUTE);
    // As the controller does when it has noticed.
    const noticed = (await world.records.get(rental.id)) as Rental;
    await world.records.change(noticed, {
      status: 'ending',
      destroyAskedAtMs: Math.trunc(world.clock.now()),
    });
    await world.hosts.step();
    expect(await world.seen()).toEqual(['ran 1.0 h', 'died']);
  });

  it('note one that came back from the dead', async () => {
    const world = await aWatch();
    const id = await foreign(world);
    await world.watch(10 * MINUTE);
    await world.live(world.client.instances.destroy(id));
    await world.watch(30 * MINUTE);
    await world.store.transaction(async (trx) => {
      const back = { noun: 'instance', id: String(id), status: 'running', reason: 'back from the dead' };
      await appendEvents(trx, { events: [back], clock: world.clock });
    });
    await world.hosts.step();
    expect(await world.seen()).toContain('resurrection');
  });
});
