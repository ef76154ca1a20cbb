import { describe, expect, it } from 'vitest';
import { createRandom, silentLog } from '../../../src/base/std/index.ts';
import { readEventsSince } from '../../../src/base/store/index.ts';
import { UnauthorizedError } from '../../../src/net/vast/index.ts';
import { createAccountWatcher } from '../../../src/rent/rental/watcher/index.ts';
import { ACCOUNT, aRentWorld, type RentWorld } from '../a-rent-world.ts';

const MINUTE = 60_000;

/** Rents the cheapest offers, as anybody might, and waits until they run. */
async function rented({ client, clock, sim, live }: RentWorld, count: number): Promise<number[]> {
  const ids: number[] = [];
  const listed = sim.truth.listedOfferIds();
  for (let at = 0; ids.length < count && at < listed.length; at += 1) {
    const offerId = listed[at] as number;
    const made = await live(
      client.instances.create(offerId, { image: 'busybox', diskGb: 10 }).catch(() => undefined),
    );
    if (made) ids.push(made.instanceId);
  }
  await clock.step(20 * MINUTE);
  return ids;
}

async function eventsOf({ store }: RentWorld, id: number): Promise<string[]> {
  const events = await readEventsSince(store.db, 0, { noun: 'instance', id: String(id) });
  return events.map((event) => event.status);
}

describe('the account watcher', () => {
  it('reads all pages into one complete generation', async () => {
    await using world = await aRentWorld();
    const ids = await rented(world, 30);
    const view = await world.live(world.watcher.refresh());
    expect(view).toMatchObject({ generation: 1, complete: true });
    expect(new Set(view.instances.map((instance) => instance.id))).toEqual(new Set(ids));
  });

  it('gives a view that is fresh enough without listing again, and lists when it is not', async () => {
    await using world = await aRentWorld();
    await rented(world, 1);
    const first = await world.live(world.watcher.refresh());
    const again = await world.live(world.watcher.refresh({ startedAfterMs: first.startedAtMs }));
    expect(again.generation).toBe(1);
    await world.clock.step(1);
    expect((await world.live(world.watcher.refresh())).generation).toBe(2);
  });

  it('takes the generation that another process has just listed', async () => {
    await using world = await aRentWorld();
    const ids = await rented(world, 3);
    const first = await world.live(world.watcher.refresh());
    const other = createAccountWatcher({
      account: ACCOUNT,
      client: world.client,
      store: world.store,
      clock: world.clock,
      random: createRandom('another process'),
      log: silentLog,
    });
    const view = await world.live(other.refresh({ startedAfterMs: first.startedAtMs }));
    expect(view.generation).toBe(1);
    expect(new Set(view.instances.map((instance) => instance.id))).toEqual(new Set(ids));
    // What the store gives back is what was listed.
    expect(view.instances[0]).toMatchObject({ id: view.instances[0]?.id, gpuCount: expect.any(Number) });
  });

  it('lets one list when two ask at once', async () => {
    await using world = await aRentWorld();
    await rented(world, 1);
    const startedAfterMs = world.clock.now();
    const views = await world.live(
      Promise.all([world.watcher.refresh({ startedAfterMs }), world.watcher.refresh({ startedAfterMs })]),
    );
    expect(views.map((view) => view.generation)).toEqual([1, 1]);
  });

  it.each([
    'empty-listing',
    'short-listing',
    'ill-typed-listing',
    'truncated-json',
  ] as const)('calls a listing unknown after %s, and nothing gone', async (fault) => {
    await using world = await aRentWorld();
    const [id] = await rented(world, 4);
    await world.live(world.watcher.refresh());
    for (let times = 0; times < 4; times += 1) {
      world.sim.fail(fault, { times: 3, route: /instances\/$/ });
      await world.clock.step(MINUTE);
      const view = await world.live(world.watcher.refresh());
      expect(view.complete, view.reason).toBe(false);
      expect(view.reason).not.toBe('');
      world.sim.fail(fault, { times: 0 });
      await world.clock.step(MINUTE);
      await world.live(world.watcher.complete());
    }
    expect(await eventsOf(world, id as number)).not.toContain('gone');
  });

  it('calls an instance gone after two complete listings without it and a look at its id, not before', async () => {
    await using world = await aRentWorld();
    const [id, other] = (await rented(world, 2)) as [number, number];
    await world.live(world.watcher.refresh());
    await world.live(world.client.instances.destroy(id));
    await world.clock.step(MINUTE);
    await world.live(world.watcher.refresh());
    expect(await eventsOf(world, id)).not.toContain('gone');
    await world.clock.step(MINUTE);
    await world.live(world.watcher.refresh());
    expect((await eventsOf(world, id)).at(-1)).toBe('gone');
    expect(await eventsOf(world, other)).not.toContain('gone');
  });

  it('believes the empty listing of an account whose last instance answers no more', async () => {
    await using world = await aRentWorld();
    const [id] = (await rented(world, 1)) as [number];
    await world.live(world.watcher.refresh());
    await world.live(world.client.instances.destroy(id));
    await world.clock.step(MINUTE);
    expect(await world.live(world.watcher.refresh())).toMatchObject({ complete: true, instances: [] });
  });

  it('tells of what changed, once', async () => {
    await using world = await aRentWorld();
    const [id] = (await rented(world, 1)) as [number];
    await world.live(world.watcher.refresh());
    await world.live(world.client.instances.setState(id, 'stopped'));
    for (let times = 0; times < 3; times += 1) {
      await world.clock.step(MINUTE);
      await world.live(world.watcher.refresh());
    }
    expect(await eventsOf(world, id)).toEqual(['running', 'stopped']);
  });

  it('rejects for a key that is refused, since no later listing will be better', async () => {
    await using world = await aRentWorld({ apiKey: 'nobody-has-this-key' });
    await expect(world.live(world.watcher.refresh())).rejects.toThrow(UnauthorizedError);
    await expect(world.watcher.completeSince(0)).resolves.toEqual([]);
  });
});
