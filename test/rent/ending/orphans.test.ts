import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/std/index.ts';
import type { Rental, RentalTables } from '../../../src/rent/rental/records/index.ts';
import { makeLabel } from '../../../src/rent/rental/records/index.ts';
import { INSTALL } from '../a-rent-world.ts';
import { anEnder, type EnderWorld, MINUTE } from './an-ender.ts';

const OTHER = { id: 'otherone', secret: new Secret('the secret of another install') };
const LIST = /^GET \/api\/v1\/instances\/$/;
const UNKNOWN = { rentalId: 'rental_000000000000000000', nonce: '0123456789' };

/** Takes the row of a rental out of the store, as a lost or older copy of it has none. */
async function forget({ store }: EnderWorld, { id }: Rental): Promise<void> {
  await store.db.$extendTables<RentalTables>().deleteFrom('rentals').where('id', '=', id).execute();
}

async function relabel(world: EnderWorld, rental: Rental, label: string): Promise<void> {
  await world.live(world.client.instances.label(rental.instanceId ?? 0, label));
}

/** Two passes, far enough apart. */
async function collectTwice(world: EnderWorld, apply = true) {
  await world.live(world.ender.collect({ apply, view: await world.view() }));
  await world.clock.step(MINUTE);
  return await world.live(world.ender.collect({ apply, view: await world.view() }));
}

describe('orphans', () => {
  it('are only told without a word to destroy them', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    const report = await collectTwice(world, false);
    expect(report).toMatchObject({
      isKnown: true,
      rows: [
        { instanceId: rental.instanceId, rentalId: rental.id, kind: 'unknown-rental', state: 'confirmed' },
      ],
    });
    expect(world.present()).toEqual([rental.instanceId]);
  });

  it('are destroyed after two listings a minute apart, not sooner, and followed until they are gone', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    await world.clock.step(MINUTE - 2_000);
    const early = await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    expect(early.rows).toMatchObject([{ state: 'first-pass' }]);
    await world.clock.step(2_000);
    const due = await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    expect(due.rows).toMatchObject([{ state: 'destroying' }]);
    expect(world.present()).toEqual([]);
    for (let turns = 0; turns < 3; turns += 1) {
      await world.clock.step(20_000);
      await world.live(world.ender.followUp(await world.view()));
    }
    expect(await world.live(world.ender.collect({ view: await world.view() }))).toMatchObject({ rows: [] });
    await world.clock.step(20 * MINUTE);
    expect(await world.ender.redList()).toEqual([]);
  });

  it('are tried further when the first destroy fails', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    world.sim.fail('server-error', { route: /^DELETE/, times: 3 });
    const report = await collectTwice(world);
    expect(report.rows).toMatchObject([{ state: 'destroying', reason: expect.stringContaining('failed') }]);
    expect(world.present()).toEqual([rental.instanceId]);
    for (let turns = 0; turns < 4; turns += 1) {
      await world.clock.step(20_000);
      await world.live(world.ender.followUp(await world.view()));
    }
    expect(world.present()).toEqual([]);
    expect(await world.ender.redList()).toEqual([]);
  });

  it('one listing twice is one listing', async () => {
    await using world = await anEnder();
    await forget(world, await world.ready());
    const view = await world.view();
    await world.live(world.ender.collect({ apply: true, view }));
    await world.clock.step(10 * MINUTE);
    const again = await world.live(world.ender.collect({ apply: true, view }));
    expect(again.rows).toMatchObject([{ state: 'first-pass' }]);
  });

  it.each([
    ['foreign', 'my own machine'],
    ['foreign, though it looks alike', 'vd1.something'],
    ['of another install', makeLabel(OTHER, UNKNOWN)],
    ['forged', `${makeLabel({ ...OTHER, id: INSTALL.id }, UNKNOWN)}`],
    ['without a label', ''],
  ])('are never those of others: %s', async (_what, label) => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    await relabel(world, rental, label);
    expect(await collectTwice(world)).toMatchObject({ isKnown: true, rows: [] });
    expect(world.present()).toEqual([rental.instanceId]);
  });

  it.each([
    'empty-listing',
    'short-listing',
    'ill-typed-listing',
  ] as const)('are not looked for in a listing that cannot be believed: %s', async (fault) => {
    await using world = await anEnder();
    const kept = await world.ready('kept');
    const lost = await world.ready('lost');
    await forget(world, lost);
    await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    await world.clock.step(2 * MINUTE);
    world.sim.fail(fault, { route: LIST, times: 20 });
    const report = await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    expect(report.isKnown).toBe(false);
    expect(world.present()).toEqual([kept.instanceId, lost.instanceId]);
  });

  it('are those of a try that was given up and of a rental that is over, not the rental’s own', async () => {
    await using world = await anEnder();
    const [current, old, over] = [await world.ready('a'), await world.ready('b'), await world.ready('c')];
    const tables = world.store.db.$extendTables<RentalTables>();
    // An earlier try of `a` made the machine of `b` after all, with an answer that said no.
    const oldLabel = makeLabel(INSTALL, { rentalId: current.id, nonce: 'anoldertry' });
    await tables
      .insertInto('rental_attempts')
      .values({
        rental_id: current.id,
        attempt: 0,
        label: oldLabel,
        offer_id: 1,
        machine_id: 1,
        sent_at: 1,
        outcome: 'refused',
        instance_id: null,
      })
      .execute();
    await relabel(world, old, `${oldLabel} with a name`);
    await forget(world, old);
    await world.records.change(over, { status: 'void', reason: 'a test says so' });
    const report = await collectTwice(world);
    expect(report.rows).toMatchObject([
      { instanceId: old.instanceId, kind: 'old-attempt' },
      { instanceId: over.instanceId, kind: 'over' },
    ]);
    expect(world.present()).toEqual([current.instanceId]);
  });

  it('do not hold the instance whose create is in doubt', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await world.records.change(rental, { status: 'creating', reason: 'in doubt', instanceId: null });
    expect((await collectTwice(world)).rows).toEqual([]);
    expect(world.present()).toEqual([rental.instanceId]);
  });

  it('are spared when the last look shows another label, and when the rental is known by then', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    await world.clock.step(MINUTE);
    const view = await world.view();
    await relabel(world, rental, 'mine now');
    expect((await world.live(world.ender.collect({ apply: true, view }))).rows).toMatchObject([
      { state: 'spared' },
    ]);
    expect(world.present()).toEqual([rental.instanceId]);
    await relabel(world, rental, view.instances[0]?.label ?? '');
    await world.records.insert({ ...rental, status: 'ready' }, {});
    const late = await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    expect(late.rows).toEqual([]);
    expect(world.present()).toEqual([rental.instanceId]);
  });

  it('begin to be counted anew after they were none for a while', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    await world.live(world.ender.collect({ view: await world.view() }));
    await world.records.insert(rental, {});
    await world.clock.step(2 * MINUTE);
    await world.live(world.ender.collect({ view: await world.view() }));
    await forget(world, rental);
    const report = await world.live(world.ender.collect({ apply: true, view: await world.view() }));
    expect(report.rows).toMatchObject([{ state: 'first-pass' }]);
  });
});

describe('recovery after lost state', () => {
  it('only tells without a word to act, and takes nothing of another install', async () => {
    await using world = await anEnder();
    const [lost, other] = [await world.ready('lost'), await world.ready('other')];
    for (const rental of [lost, other]) await forget(world, rental);
    await relabel(world, other, makeLabel(OTHER, UNKNOWN));
    const report = await world.live(world.ender.recover({ view: await world.view() }));
    expect(report.rows).toMatchObject([
      { instanceId: lost.instanceId, kind: 'lost', state: 'found' },
      { instanceId: other.instanceId, kind: 'other-install', state: 'untouched', rental: undefined },
    ]);
    expect(await world.records.list()).toEqual([]);
  });

  it('puts machines under care again, running and stopped, with money for them', async () => {
    await using world = await anEnder();
    const [runs, stands] = [await world.ready('runs'), await world.ready('stands')];
    await world.live(world.client.instances.setState(stands.instanceId ?? 0, 'stopped'));
    await world.clock.step(MINUTE);
    for (const rental of [runs, stands]) await forget(world, rental);
    const before = (await world.ledger.listOpenReservations()).length;
    const report = await world.live(world.ender.recover({ apply: true, view: await world.view() }));
    expect(report.rows).toMatchObject([
      { state: 'recovered', denied: '' },
      { state: 'recovered', denied: '' },
    ]);
    const again = await world.records.get(runs.id);
    expect(again).toMatchObject({ status: 'ready', kind: 'adopted', instanceId: runs.instanceId });
    expect(again?.terms?.pricePerHour).toBeCloseTo(runs.terms?.pricePerHour ?? 0, 4);
    expect(again?.prepaidUntilMs).toBeGreaterThan(world.clock.now());
    expect(await world.records.get(stands.id)).toMatchObject({ status: 'stopped' });
    expect(await world.ledger.listOpenReservations()).toHaveLength(before + 2);
    // What is under care is no orphan, and can be ended.
    expect((await collectTwice(world)).rows).toEqual([]);
    const over = await world.untilOver(await world.ending(again as Rental));
    expect(over.status).toBe('gone');
    expect((await world.live(world.ender.recover({ apply: true, view: await world.view() }))).rows).toEqual(
      [],
    );
  });

  it('cares for a machine that no budget covers, and says so', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    await forget(world, rental);
    await world.ledger.halt({ by: 'a test', reason: 'nothing may be spent' });
    const report = await world.live(world.ender.recover({ apply: true, view: await world.view() }));
    expect(report.rows[0]?.denied).not.toBe('');
    expect((await world.records.get(rental.id))?.reason).toContain('no money is set aside');
  });

  it('does nothing on a listing that cannot be believed', async () => {
    await using world = await anEnder();
    const [kept, lost] = [await world.ready('kept'), await world.ready('lost')];
    await forget(world, lost);
    world.sim.fail('short-listing', { route: LIST, times: 20 });
    expect(await world.live(world.ender.recover({ apply: true, view: await world.view() }))).toMatchObject({
      isKnown: false,
      rows: [],
    });
    expect((await world.records.list()).map(({ id }) => id)).toEqual([kept.id]);
  });
});
