import { describe, expect, it } from 'vitest';
import { CannotParkError, endsDue } from '../../../src/rent/rental/ending/index.ts';
import { RentalChangedError } from '../../../src/rent/rental/records/index.ts';
import { anEnder, DAY, HOUR, MINUTE } from './an-ender.ts';

const PUT = /^PUT \/api\/v0\/instances\/\d+\/$/;

describe('a parked machine', () => {
  it('stands still at once, can be taken back for ten minutes, and is destroyed then', async () => {
    await using world = await anEnder();
    const parked = await world.live(world.ender.park(await world.ready(), 'ada'));
    expect(parked).toMatchObject({ status: 'stopped', reason: 'parked by ada' });
    expect(parked.destroyAfterMs).toBe(world.clock.now() + 10 * MINUTE);
    expect(world.sim.truth.instances()[0]?.intended).toBe('stopped');
    await world.clock.step(10 * MINUTE - 1_000);
    const kept = await world.live(world.ender.enforce(parked, undefined));
    expect(kept).toMatchObject({ rental: { status: 'stopped' }, nextAtMs: parked.destroyAfterMs });
    await world.clock.step(1_000);
    const due = await world.live(world.ender.enforce(parked, undefined));
    expect(due.rental.status).toBe('ending');
    expect((await world.untilOver(due.rental)).status).toBe('gone');
  });

  it('is told of with its price a month until it is gone', async () => {
    await using world = await anEnder();
    await world.ready('runs');
    const parked = await world.live(world.ender.park(await world.ready('stands'), 'ada'));
    const [row, ...others] = await world.ender.parkedRows();
    expect(others).toEqual([]);
    expect(row?.rental.id).toBe(parked.id);
    expect(row?.usdPerMonth).toBeCloseTo((parked.terms?.diskPricePerHour ?? 0) * 720, 6);
    await world.untilOver(await world.ending(parked));
    expect(await world.ender.parkedRows()).toEqual([]);
  });

  it('comes back when its GPUs are free, and is not destroyed any more', async () => {
    await using world = await anEnder();
    const parked = await world.live(world.ender.park(await world.ready(), 'ada'));
    await world.clock.step(MINUTE);
    const back = await world.live(world.ender.undo(parked));
    expect(back).toMatchObject({
      kind: 'starting',
      rental: { status: 'stopped', destroyAfterMs: undefined },
    });
    await world.clock.step(HOUR);
    expect(world.sim.truth.instances()[0]).toMatchObject({ intended: 'running', actual: 'running' });
    await world.clock.step(HOUR);
    expect((await world.live(world.ender.enforce(back.rental, undefined))).rental.status).toBe('stopped');
  });

  it('says that others have its GPUs and waits for them', async () => {
    await using world = await anEnder();
    const rental = await world.ready();
    const parked = await world.live(world.ender.park(rental, 'ada'));
    await world.clock.step(MINUTE);
    await world.takeGpus(rental.machineId ?? 0);
    const back = await world.live(world.ender.undo(parked));
    expect(back).toMatchObject({ kind: 'queued', rental: { status: 'stopped', destroyAfterMs: undefined } });
    expect(world.sim.truth.instances()[0]).toMatchObject({ waiting: 'queued' });
  });

  it('says why it does not come back when it is ending, gone, or paid for no longer', async () => {
    await using world = await anEnder();
    const parked = await world.live(world.ender.park(await world.ready(), 'ada'));
    const ending = await world.ending(parked);
    expect(await world.ender.undo(ending)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/under way/),
    });
    const gone = await world.untilOver(ending);
    expect(await world.ender.undo(gone)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/seen gone/),
    });
    const second = await world.ready('second');
    expect(await world.ender.undo(second)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/not parked/),
    });
    const stopped = await world.live(world.ender.park(second, 'ada'));
    await world.clock.step(6 * HOUR);
    expect(await world.ender.undo(stopped)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/renew it first/),
    });
  });

  it('stays parked when the service did not take the stop: the next step stops it', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    world.sim.fail('server-error', { route: PUT, times: 3 });
    await expect(world.live(world.ender.park(ready, 'ada'))).rejects.toThrow();
    const decided = await world.records.get(ready.id);
    expect(decided).toMatchObject({ status: 'ready', reason: 'parked by ada' });
    expect(world.sim.truth.instances()[0]?.intended).toBe('running');
    const [instance] = (await world.view()).instances;
    const { rental } = await world.live(world.ender.enforce(decided ?? ready, instance));
    expect(rental).toMatchObject({ status: 'stopped', destroyAfterMs: decided?.destroyAfterMs });
    expect(world.sim.truth.instances()[0]?.intended).toBe('stopped');
  });

  it('cannot be one that has no instance, nor one that is ending', async () => {
    await using world = await anEnder();
    const ending = await world.ending(await world.ready());
    await expect(world.ender.park(ending, 'ada')).rejects.toThrow(CannotParkError);
  });

  it('is parked once by two people: the second is told that it changed', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.live(world.ender.park(ready, 'ada'));
    await expect(world.live(world.ender.park(ready, 'ben'))).rejects.toThrow(RentalChangedError);
  });
});

describe('the end of a lease', () => {
  it('stops what runs, keeps its disk for a day, and destroys it then', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.clock.step(ready.prepaidUntilMs - world.clock.now() - 1);
    const [instance] = (await world.view()).instances;
    const early = await world.live(
      world.ender.enforce({ ...ready, prepaidUntilMs: world.clock.now() + 1 }, instance),
    );
    expect(early.rental.status).toBe('ready');
    await world.clock.step(60_000);
    const { rental } = await world.live(world.ender.enforce(ready, instance));
    expect(rental).toMatchObject({ status: 'stopped', destroyAfterMs: ready.prepaidUntilMs + DAY });
    expect(world.sim.truth.instances()[0]?.intended).toBe('stopped');
    await world.clock.step(DAY);
    expect((await world.live(world.ender.enforce(rental, undefined))).rental.status).toBe('ending');
  });

  it('is tried again and told of when the service refuses the key that stops it', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.clock.step(ready.prepaidUntilMs - world.clock.now());
    const client = world.clientOver(async () => {
      const body = JSON.stringify({ success: false, error: 'auth_error', msg: 'Invalid user key' });
      return new Response(body, { status: 401, headers: { 'content-type': 'application/json' } });
    });
    const step = await world.live(world.another({ client }).enforce(ready, undefined));
    expect(step).toMatchObject({ rental: { status: 'ready' }, nextAtMs: world.clock.now() + 15_000 });
    expect(world.alerts).toMatchObject([{ kind: 'key-refused' }]);
  });

  it('gives who comes back after a week an hour before the disk goes', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.clock.step(7 * DAY);
    const { rental } = await world.live(world.ender.enforce(ready, undefined));
    expect(rental).toMatchObject({ status: 'stopped', destroyAfterMs: world.clock.now() + HOUR });
  });

  it('is the end of the grace time when the work has ended and nobody came', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    const graceUntilMs = world.clock.now() + 10 * MINUTE;
    const done = await world.records.change(ready, { graceUntilMs });
    expect(endsDue(done, graceUntilMs - 1)).toEqual({ kind: 'none', nextAtMs: graceUntilMs });
    expect(endsDue(done, graceUntilMs)).toMatchObject({
      kind: 'stop',
      reason: expect.stringMatching(/nobody collected/),
    });
  });

  it('finds a machine that has stopped itself, and one that somebody started when nothing was paid', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    const nowMs = ready.prepaidUntilMs + MINUTE;
    expect(endsDue(ready, nowMs, { seen: 'stopped' })).toMatchObject({
      kind: 'stopped',
      destroyAfterMs: ready.prepaidUntilMs + DAY,
    });
    expect(endsDue(ready, nowMs - HOUR, { seen: 'stopped' })).toMatchObject({
      kind: 'stopped',
      reason: expect.stringMatching(/by itself/),
    });
    const stopped = { ...ready, status: 'stopped' as const, destroyAfterMs: ready.prepaidUntilMs + DAY };
    for (const seen of ['running', 'loading', 'scheduling', 'outbid'] as const) {
      expect(endsDue(stopped, nowMs, { seen }).kind).toBe('stop');
    }
    expect(endsDue(stopped, nowMs, { seen: 'stopped' })).toEqual({
      kind: 'none',
      nextAtMs: stopped.destroyAfterMs,
    });
  });

  it('is nothing to a rental that is ending or over', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    for (const status of ['intended', 'creating', 'ending', 'gone', 'void'] as const) {
      expect(endsDue({ ...ready, status }, ready.prepaidUntilMs + 9 * DAY)).toEqual({
        kind: 'none',
        nextAtMs: undefined,
      });
    }
  });
});
