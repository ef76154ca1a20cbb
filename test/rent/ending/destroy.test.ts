import { describe, expect, it } from 'vitest';
import { createRandom, silentLog } from '../../../src/base/std/index.ts';
import type { RentalTables } from '../../../src/rent/rental/records/index.ts';
import { createAccountWatcher } from '../../../src/rent/rental/watcher/index.ts';
import { ACCOUNT } from '../a-rent-world.ts';
import { anEnder, chargedUsd, DAY, HOUR, MINUTE } from './an-ender.ts';

const DELETE = /^DELETE \/api\/v0\/instances\//;
const LIST = /^GET \/api\/v1\/instances\/$/;

describe('a rental that ends', () => {
  it('is gone after two complete listings begun after its destroy, with its bill, its money and its claim settled', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    let rental = await world.ending(ready);
    rental = await world.turn(rental);
    expect(rental).toMatchObject({ status: 'ending', destroyAttempts: 1 });
    expect(world.present()).toEqual([]);
    await world.clock.step(1_000);
    rental = await world.turn(rental);
    expect(rental.status).toBe('ending');
    await world.clock.step(1_000);
    rental = await world.turn(rental);
    expect(rental.status).toBe('gone');
    expect(rental.receipt?.generations).toHaveLength(2);
    const claims = world.store.db.$extendTables<RentalTables>().selectFrom('machine_claims').selectAll();
    expect(await claims.execute()).toEqual([]);
    await world.clock.step(2 * MINUTE);
    await world.live(world.ender.followUp(await world.view()));
    const billed = await world.records.get(rental.id);
    const { gpu = 0, disk = 0, bandwidth = 0 } = billed?.receipt?.charged ?? {};
    const really = chargedUsd(world, ready.instanceId ?? 0);
    expect(really).toBeGreaterThan(0.001);
    expect(gpu + disk + bandwidth).toBeCloseTo(really, 2);
    expect(await world.ledger.listOpenReservations()).toEqual([]);
    const [spent] = await world.ledger.costs({ by: 'rental' });
    expect((spent?.spent ?? 0) / 1e6).toBeCloseTo(really, 2);
  });

  it('is not gone by listings that were begun before the destroy was accepted', async () => {
    await using world = await anEnder();
    const rental = await world.ending(await world.ready());
    const before = await world.view();
    await world.live(world.watcher.refresh());
    const step = await world.live(world.ender.step(rental, before));
    expect(step.rental).toMatchObject({ status: 'ending', destroyAttempts: 1 });
    const again = await world.live(world.ender.step(step.rental, before));
    expect(again.rental.status).toBe('ending');
    // What an old listing shows is no reason to destroy once more.
    expect(again.rental.destroyAttempts).toBe(1);
  });

  it('that no listing has ever held is not gone by those of before its destroy', async () => {
    await using world = await anEnder();
    const rental = await world.ending(await world.ready());
    for (let listings = 0; listings < 3; listings += 1) {
      await world.view();
      await world.clock.step(1_000);
    }
    await world.store.db.$extendTables<RentalTables>().deleteFrom('account_instances').execute();
    const destroyed = await world.live(world.ender.step(rental));
    const again = await world.live(world.ender.step(destroyed.rental));
    expect(again.rental).toMatchObject({ status: 'ending', destroyAttempts: 1 });
  });

  it('is not gone by one listing after another that held it once more', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.view();
    const { rental } = await world.live(world.ender.step(await world.ending(ready)));
    const generations: number[] = [];
    for (let listings = 0; listings < 2; listings += 1) {
      await world.clock.step(1_000);
      generations.push((await world.view()).generation);
    }
    await world.store.db
      .$extendTables<RentalTables>()
      .updateTable('account_instances')
      .set({ last_generation: generations[0] ?? 0 })
      .execute();
    expect((await world.live(world.ender.step(rental))).rental.status).toBe('ending');
    await world.clock.step(1_000);
    await world.view();
    expect((await world.live(world.ender.step(rental))).rental.status).toBe('gone');
  });

  it('is destroyed again when no answer came, and counts once', async () => {
    await using world = await anEnder();
    const rental = await world.ending(await world.ready());
    world.sim.fail('lost-answer', { route: DELETE, times: 4 });
    const over = await world.untilOver(rental);
    expect(world.sim.faultCounts()['lost-answer']).toBe(4);
    expect(over.status).toBe('gone');
    expect(over.destroyAttempts).toBeGreaterThan(1);
  });

  it.each([
    'empty-listing',
    'short-listing',
    'ill-typed-listing',
  ] as const)('is not gone while listings cannot be believed: %s', async (fault) => {
    await using world = await anEnder();
    const kept = await world.ready('kept');
    const rental = await world.turn(await world.ending(await world.ready('ended')));
    expect(world.present()).toEqual([kept.instanceId]);
    world.sim.fail(fault, { route: LIST, times: 1_000 });
    const doubted = await world.untilOver(rental, 5);
    expect(doubted.status).toBe('ending');
    expect(world.sim.faultCounts()[fault]).toBeGreaterThan(1);
    expect(world.present()).toEqual([kept.instanceId]);
  });

  it('waits as long as the service asks when destroys come too fast, and passes then', async () => {
    await using world = await anEnder();
    const rental = await world.ending(await world.ready());
    world.sim.fail('rate-limit-storm', { route: DELETE });
    const over = await world.untilOver(rental);
    expect(over.status).toBe('gone');
    expect(world.sim.faultCounts()['rate-limit-storm']).toBeGreaterThan(0);
    expect(world.present()).toEqual([]);
  });

  it('ends on a host that is down', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    world.sim.fail('host-death', { id: ready.instanceId ?? 0 });
    await world.clock.step(MINUTE);
    const over = await world.untilOver(await world.ending(ready));
    expect(over.status).toBe('gone');
    expect(world.present()).toEqual([]);
  });

  it('is destroyed again when it comes back before it was seen gone', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    world.sim.fail('resurrect-once', { id: ready.instanceId ?? 0 });
    let rental = await world.turn(await world.ending(ready));
    await world.clock.step(3 * MINUTE);
    expect(world.present()).toEqual([ready.instanceId]);
    rental = await world.untilOver(rental);
    expect(rental).toMatchObject({ status: 'gone', destroyAttempts: 2 });
    expect(world.present()).toEqual([]);
  });

  it('is destroyed again when it comes back after it was seen gone, and the record says so', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    world.sim.fail('resurrect-once', { id: ready.instanceId ?? 0 });
    let rental = await world.ending(ready);
    for (let turns = 0; rental.status === 'ending'; turns += 1) {
      expect(turns).toBeLessThan(5);
      rental = await world.turn(rental);
      await world.clock.step(1_000);
    }
    await world.clock.step(3 * MINUTE);
    expect(world.present()).toEqual([ready.instanceId]);
    for (let turns = 0; turns < 8; turns += 1) {
      await world.turn(rental);
      await world.clock.step(30_000);
    }
    expect(world.present()).toEqual([]);
    expect((await world.events()).filter(({ status }) => status === 'resurrected')).toHaveLength(1);
    expect(await world.ender.redList()).toEqual([]);
  });

  it('is not gone while it answers to its id, though the service took the destroy and lists it no more', async () => {
    await using world = await anEnder();
    const rental = await world.ending(await world.ready());
    let isLying = true;
    const client = world.clientOver(async (input, init) => {
      const path = new URL(input instanceof Request ? input.url : String(input)).pathname;
      const answer = (body: unknown) =>
        new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
      if (isLying && init?.method === 'DELETE') return answer({ success: true });
      if (isLying && path === '/api/v1/instances/') {
        return answer({
          success: true,
          instances_found: 0,
          total_instances: 0,
          next_token: null,
          instances: [],
        });
      }
      return await world.sim.fetch(input, init);
    });
    // Listings of an account that has nothing are believed; the watcher's own look by id is not asked here.
    await world.store.db.$extendTables<RentalTables>().deleteFrom('account_instances').execute();
    const watcher = createAccountWatcher({
      account: ACCOUNT,
      client,
      store: world.store,
      clock: world.clock,
      random: createRandom('liar'),
      log: silentLog,
    });
    const ender = world.another({ client, watcher });
    let current = rental;
    for (let turns = 0; turns < 4; turns += 1) {
      const view = await world.live(watcher.refresh());
      expect(view).toMatchObject({ complete: true, instances: [] });
      current = (await world.live(ender.step(current, view))).rental;
      await world.clock.step(30_000);
    }
    expect(current.status).toBe('ending');
    expect(current.destroyAttempts).toBeGreaterThan(1);
    isLying = false;
    expect((await world.untilOver(current)).status).toBe('gone');
    expect(world.present()).toEqual([]);
  });

  it('is stepped by two controllers at once without harm', async () => {
    await using world = await anEnder();
    const rental = await world.ending(await world.ready());
    const other = world.another();
    const view = await world.view();
    const steps = await world.live(Promise.all([world.ender.step(rental, view), other.step(rental, view)]));
    expect(steps.map((step) => step.rental.status)).toEqual(['ending', 'ending']);
    const latest = await world.records.get(rental.id);
    const over = await world.untilOver(latest ?? rental);
    expect(over.status).toBe('gone');
  });

  it('whose instance nobody knew is found by its label and ended', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    const doubted = await world.records.change(rental, {
      status: 'ending',
      reason: 'doubt',
      instanceId: null,
    });
    const over = await world.untilOver(doubted);
    expect(over.status).toBe('gone');
    expect(world.present()).toEqual([]);
  });
});

describe('a rental that ends while its create is in doubt', () => {
  it('is void after two complete listings begun ten minutes after the create, and its money is free', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    // Nothing of it is on the marketplace, and nobody has ever listed it.
    await world.live(world.client.instances.destroy(rental.instanceId ?? 0));
    await world.store.db.$extendTables<RentalTables>().deleteFrom('account_instances').execute();
    await world.store.db
      .$extendTables<RentalTables>()
      .updateTable('rental_attempts')
      .set({ sent_at: world.clock.now() })
      .execute();
    const doubted = await world.records.change(rental, {
      status: 'ending',
      reason: 'doubt',
      instanceId: null,
    });
    const early = await world.untilOver(doubted, 19);
    expect(early.status).toBe('ending');
    const late = await world.untilOver(early, 4);
    expect(late.status).toBe('void');
    expect(await world.ledger.listOpenReservations()).toEqual([]);
  });
});

describe('the red list', () => {
  it('has what three destroys did not end, with its price and what to do, and tells of it', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    let rental = await world.ending(ready);
    world.sim.fail('server-error', { route: DELETE, times: 1_000 });
    for (let tries = 1; tries <= 2; tries += 1) {
      rental = await world.turn(rental);
      await world.clock.step(4_000);
    }
    expect(await world.ender.redList()).toEqual([]);
    rental = await world.turn(rental);
    const [row] = await world.ender.redList();
    expect(row).toMatchObject({ instanceId: ready.instanceId, tries: 3, refusal: '' });
    expect(row?.usdPerHour).toBeCloseTo(ready.terms?.pricePerHour ?? 0, 5);
    expect(row?.whatToDo).toContain('https://cloud.vast.ai/instances/');
    expect(world.alerts.at(-1)).toMatchObject({ kind: 'red-list', severity: 'critical' });
  });

  it('waits longer and longer between tries, up to five minutes', async () => {
    await using world = await anEnder();
    let rental = await world.ending(await world.ready());
    world.sim.fail('server-error', { route: DELETE, times: 10_000 });
    const waits: number[] = [];
    for (let tries = 1; tries <= 14; tries += 1) {
      const step = await world.live(world.ender.step(rental));
      rental = step.rental;
      waits.push((step.nextAtMs ?? 0) - world.clock.now());
      await world.clock.step(waits.at(-1) ?? 0);
    }
    expect(rental.destroyAttempts).toBe(14);
    expect(waits.slice(0, 2)).toEqual([3_000, 3_000]);
    expect(Math.max(...waits)).toBeGreaterThan(MINUTE);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(3_000);
      expect(wait).toBeLessThanOrEqual(5 * MINUTE);
    }
  });

  it('does not try again before its time, however often it is stepped', async () => {
    await using world = await anEnder();
    let rental = await world.ending(await world.ready());
    world.sim.fail('server-error', { route: DELETE, times: 10_000 });
    for (let steps = 0; steps < 5; steps += 1) rental = (await world.live(world.ender.step(rental))).rental;
    expect(rental.destroyAttempts).toBe(1);
  });

  it('has what is accepted again and again and never proved gone, after ten minutes', async () => {
    await using world = await anEnder();
    await world.ready('kept');
    let rental = await world.turn(await world.ending(await world.ready('ended')));
    world.sim.fail('empty-listing', { route: LIST, times: 10_000 });
    rental = await world.untilOver(rental, 15);
    expect(await world.ender.redList()).toEqual([]);
    rental = await world.untilOver(rental, 8);
    expect(await world.ender.redList()).toMatchObject([{ lastError: '', tries: 1 }]);
  });

  it.each([
    ['second-factor', 'This action requires Two Factor Authentication. Log in with your code and try again.'],
    ['key', 'Invalid user key'],
  ] as const)('says at once what to do when destroys are refused: %s', async (refusal, msg) => {
    await using world = await anEnder();
    let isRefused = true;
    const client = world.clientOver(async (input, init) => {
      if (!isRefused || init?.method !== 'DELETE') return await world.sim.fetch(input, init);
      const body = JSON.stringify({ success: false, error: 'auth_error', msg });
      return new Response(body, { status: 401, headers: { 'content-type': 'application/json' } });
    });
    const ender = world.another({ client });
    let rental = await world.ending(await world.ready());
    rental = (await world.live(ender.step(rental))).rental;
    await world.live(ender.followUp());
    const [row] = await ender.redList();
    expect(row).toMatchObject({ refusal, tries: 1 });
    expect(row?.whatToDo).toContain(refusal === 'key' ? 'manage-keys' : 'second factor');
    const alert = world.alerts.at(-1);
    expect(alert?.kind).toBe(refusal === 'key' ? 'key-refused' : 'second-factor');
    expect(alert?.title).toMatch(/^Cannot destroy since .*: 1 machine, \$/);
    isRefused = false;
    await world.clock.step(10 * MINUTE);
    const over = await world.untilOver(rental);
    expect(over.status).toBe('gone');
    expect(await ender.redList()).toEqual([]);
  });
});

describe('the bill', () => {
  it('is settled as reckoned when an hour has passed without charges, not before', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    const over = await world.untilOver(await world.ending(ready));
    world.sim.fail('server-error', { route: /charges/, times: 1_000 });
    await world.clock.step(50 * MINUTE);
    await world.live(world.ender.followUp());
    expect(await world.ledger.listOpenReservations()).toHaveLength(1);
    await world.clock.step(HOUR);
    await world.live(world.ender.followUp());
    expect(await world.ledger.listOpenReservations()).toEqual([]);
    const reckoned = (await world.records.get(over.id))?.receipt;
    expect(reckoned?.charged).toBeUndefined();
    const [spent] = await world.ledger.costs({ by: 'rental' });
    expect((spent?.spent ?? 0) / 1e6).toBeCloseTo(reckoned?.reckonedUsd ?? 0, 6);
  });

  it('is asked for once more after a day, and not again', async () => {
    await using world = await anEnder();
    const over = await world.untilOver(await world.ending(await world.ready()));
    await world.clock.step(2 * MINUTE);
    await world.live(world.ender.followUp());
    expect((await world.records.get(over.id))?.receipt?.charged).toBeDefined();
    const asked = () =>
      world.store.db.selectFrom('events').selectAll().where('noun', '=', 'rental').execute();
    await world.clock.step(DAY);
    await world.live(world.ender.followUp());
    const events = (await asked()).length;
    await world.clock.step(DAY);
    await world.live(world.ender.followUp());
    expect(await asked()).toHaveLength(events);
  });
});
