import { describe, expect, it } from 'vitest';
import { createLedger, DeniedError } from '../../../src/base/ledger/index.ts';
import { createRandom, microUsd, silentLog } from '../../../src/base/std/index.ts';
import type { Need } from '../../../src/rent/rental/ranking/index.ts';
import { type Launch, type Rental, readLabel } from '../../../src/rent/rental/records/index.ts';
import {
  AccountUnknownError,
  createRenter,
  findAgain,
  findCandidates,
  NoCapacityError,
  RentError,
  type Renter,
  RentInDoubtError,
  resolveDoubt,
} from '../../../src/rent/rental/renting/index.ts';
import { ACCOUNT, aRentWorld, INSTALL, type RentWorld, type RentWorldOptions } from '../a-rent-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const launch: Launch = {
  image: 'pytorch/pytorch:latest',
  diskGb: 20,
  env: { MODE: 'test' },
  ports: ['8000'],
  withJupyter: false,
  sshPublicKey: 'ssh-ed25519 AAAA test',
  scopes: { label: 'tests' },
};
const need: Need = { purpose: { kind: 'box', hours: 1 }, gpuCount: 1, diskGb: 20, verification: 'any' };

async function aRenter(options: RentWorldOptions = {}) {
  const world = await aRentWorld(options);
  const { store, client, clock, watcher, records } = world;
  const random = createRandom('renter');
  const ledger = createLedger({ store, random, log: silentLog });
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
    onstartOf: () => '# ours',
  });
  const find = { client, clock, need, lease: { leaseMs: HOUR, trafficCapGb: 10 } };
  const rent = (name = 'box', of: Renter = renter) =>
    world.live(
      of.rent({
        kind: 'box',
        need: name,
        name,
        launch,
        leaseMs: HOUR,
        candidates: async (signal) => (await findCandidates(find, signal)).candidates,
        revalidate: (candidate, signal) => findAgain(find, candidate, signal),
      }),
    );
  const resolve = (rental: Rental) => world.live(resolveDoubt({ records, ledger, watcher, clock }, rental));
  return {
    ...world,
    ledger,
    renter,
    rent,
    resolve,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const running = (world: RentWorld) =>
  world.sim.truth.instances().filter((one) => one.destroyedMs === undefined);

describe('a rental', () => {
  it('has its intent, its money and its label before the create, and its instance after it', async () => {
    await using world = await aRenter();
    const rental = await world.rent();
    expect(rental).toMatchObject({ status: 'booting', attempt: 1 });
    expect(running(world).map((one) => one.instanceId)).toEqual([rental.instanceId]);
    const instance = await world.live(world.client.instances.get(rental.instanceId as number));
    expect(readLabel(INSTALL, instance?.label ?? null)).toMatchObject({
      kind: 'ours',
      facts: { rentalId: rental.id },
    });
    expect(instance?.image).toBe('pytorch/pytorch:latest');
    const [open] = await world.ledger.listOpenReservations();
    expect(open?.reservation.id).toBe(rental.reservationId);
    // One hour's lease and a quarter of an hour to destroy, at least.
    expect(open?.held).toBeGreaterThan(1.25e6 * (rental.terms?.pricePerHour ?? Number.NaN) - 1);
  });

  it('is one for one need, asked twice in turn and twice at once', async () => {
    await using world = await aRenter();
    const first = await world.rent('same');
    expect((await world.rent('same')).id).toBe(first.id);
    const both = await Promise.all([world.rent('other'), world.rent('other')]);
    expect(new Set(both.map((rental) => rental.id)).size).toBe(1);
    expect(running(world)).toHaveLength(2);
  });

  it('takes machines that no other rental has claimed', async () => {
    await using world = await aRenter();
    const rentals = await Promise.all(['a', 'b', 'c'].map((name) => world.rent(name)));
    const machines = running(world).map((one) => one.machineId);
    expect(new Set(machines).size).toBe(rentals.length);
  });

  it('goes to the next offer when one has gone, and gives its money back', async () => {
    await using world = await aRenter();
    const { candidates } = await world.live(
      findCandidates({ client: world.client, clock: world.clock, need, lease: { leaseMs: HOUR } }),
    );
    const taken = await world.live(
      world.client.instances.create(candidates[0]?.terms.offerId as number, { image: 'busybox' }),
    );
    const rental = await world.live(
      world.renter.rent({
        kind: 'box',
        need: 'next',
        name: 'next',
        launch,
        leaseMs: HOUR,
        candidates: async () => candidates,
      }),
    );
    expect(rental.instanceId).not.toBe(taken.instanceId);
    // The simulated crowd takes good offers too: how many are gone depends on the seed.
    const outcomes = (await world.records.attempts(rental.id)).map((one) => one.outcome);
    expect(outcomes).toEqual([...outcomes.slice(1).map(() => 'refused'), 'created']);
    expect(await world.ledger.listOpenReservations()).toHaveLength(1);
  });

  it('is denied by a cap before anything is sent', async () => {
    await using world = await aRenter();
    await world.ledger.setCap({ scope: 'total', window: 'all', limit: microUsd(0.001), setBy: 'test' });
    await expect(world.rent()).rejects.toThrow(DeniedError);
    expect(running(world)).toEqual([]);
    expect(await world.records.list({ isLive: true })).toEqual([]);
  });

  it('is denied while everything is halted', async () => {
    await using world = await aRenter();
    await world.ledger.halt({ by: 'test', reason: 'a fire' });
    await expect(world.rent()).rejects.toThrow(/a fire/);
    expect(running(world)).toEqual([]);
  });

  it('does not begin while nobody knows what the account has', async () => {
    await using world = await aRenter();
    await world.rent('first');
    await world.clock.step(2 * MINUTE);
    world.sim.fail('empty-listing', { times: 3, route: /instances/ });
    await expect(world.rent('second')).rejects.toThrow(AccountUnknownError);
    expect(running(world)).toHaveLength(1);
  });

  it('ends with the sentence of old when no offer can be had', async () => {
    await using world = await aRenter();
    const none = world.live(
      world.renter.rent({
        kind: 'box',
        need: 'none',
        name: 'none',
        launch,
        leaseMs: HOUR,
        candidates: async () => [],
      }),
    );
    await expect(none).rejects.toThrow(NoCapacityError);
    await expect(none).rejects.toThrow(/^No available instances found matching criteria/);
  });

  it('says which rental failed for want of credit, and reserves nothing', async () => {
    await using world = await aRenter({ sim: { credit: 0 } });
    const error = await world.rent().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RentError);
    expect((error as RentError).rentalId).toMatch(/^rental_/);
    expect(await world.ledger.listOpenReservations()).toEqual([]);
    expect(await world.records.list({ isLive: true })).toEqual([]);
  });
});

describe('a create in doubt', () => {
  it.each([
    'lost-answer',
    'gateway-timeout',
    'truncated-json',
  ] as const)('after %s is found by its label and adopted, not repeated', async (fault) => {
    await using world = await aRenter();
    world.sim.fail(fault, { times: 1, route: /asks/ });
    await expect(world.rent()).rejects.toThrow(RentInDoubtError);
    const [rental] = await world.records.list({ isLive: true });
    expect(rental?.status).toBe('creating');
    const { rental: found, nextAtMs } = await world.resolve(rental as Rental);
    expect(found).toMatchObject({ status: 'booting' });
    expect(nextAtMs).toBeUndefined();
    expect(running(world).map((one) => one.instanceId)).toEqual([found.instanceId]);
  });

  it('that never arrived is void after two complete listings, not before, and its money is free', async () => {
    await using world = await aRenter();
    await world.rent('something, so that the listing is not empty');
    world.sim.fail('hang', { times: 1, route: /asks/ });
    await expect(world.rent()).rejects.toThrow(RentInDoubtError);
    let rental = (await world.records.list({ statuses: ['creating'] }))[0] as Rental;
    const startedMs = world.clock.now();
    for (;;) {
      const step = await world.resolve(rental);
      rental = step.rental;
      if (step.nextAtMs === undefined) break;
      expect(await world.ledger.listOpenReservations()).toHaveLength(2);
      await world.clock.step(Math.max(1, step.nextAtMs - world.clock.now()));
    }
    expect(rental.status).toBe('void');
    expect(world.clock.now() - startedMs).toBeGreaterThanOrEqual(20_000);
    expect(await world.ledger.listOpenReservations()).toHaveLength(1);
    expect(running(world)).toHaveLength(1);
  });

  it('is not void on listings that cannot be believed', async () => {
    await using world = await aRenter();
    world.sim.fail('hang', { times: 1, route: /asks/ });
    await expect(world.rent()).rejects.toThrow(RentInDoubtError);
    const rental = (await world.records.list({ statuses: ['creating'] }))[0] as Rental;
    await world.clock.step(2 * MINUTE);
    for (let times = 0; times < 4; times += 1) {
      // The account is empty, which alone proves nothing for ten minutes.
      const { rental: still } = await world.resolve(rental);
      expect(still.status).toBe('creating');
      await world.clock.step(MINUTE);
    }
  });

  it('blocks another rental of the same need until it is resolved', async () => {
    await using world = await aRenter();
    world.sim.fail('lost-answer', { times: 1, route: /asks/ });
    await expect(world.rent('same')).rejects.toThrow(RentInDoubtError);
    expect((await world.rent('same')).status).toBe('creating');
    expect(running(world)).toHaveLength(1);
  });
});
