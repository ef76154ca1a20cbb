import { describe, expect, it } from 'vitest';
import { microUsd } from '../../../src/base/std/index.ts';
import { CommandTimeoutError, ConnectRefusedError } from '../../../src/net/ssh/index.ts';
import type { Instance } from '../../../src/net/vast/index.ts';
import { deadManScript, readUntil } from '../../../src/rent/rental/ending/index.ts';
import { anEnder, HOUR, MINUTE } from './an-ender.ts';

const SCHEDULE = /schedule_job/;

describe('a renewed lease', () => {
  it('has its money first, then its end on the instance, then its record', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    const connect = (instance: Pick<Instance, 'id'>) => world.sim.shell(instance.id);
    const untilMs = ready.prepaidUntilMs + 2 * HOUR;
    const heldBefore = (await world.ledger.listOpenReservations())[0]?.held ?? 0;
    const result = await world.live(world.ender.renew(ready, { untilMs, connect }));
    expect(result).toMatchObject({
      kind: 'renewed',
      isOnInstance: true,
      rental: { prepaidUntilMs: untilMs },
    });
    const held = (await world.ledger.listOpenReservations())[0]?.held ?? 0;
    expect(held - heldBefore).toBeGreaterThanOrEqual(2 * 1e6 * (ready.terms?.pricePerHour ?? 0));
    const shell = await world.sim.shell(ready.instanceId ?? 0);
    expect(await readUntil(shell)).toBe(Math.floor(untilMs / 1_000) * 1_000);
  });

  it('is denied by a cap, and then nothing has changed', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    const held = (await world.ledger.listOpenReservations())[0]?.held ?? 0;
    await world.ledger.setCap({
      scope: 'total',
      window: 'all',
      limit: microUsd(held / 1e6),
      setBy: 'a test',
    });
    const connect = (instance: Pick<Instance, 'id'>) => world.sim.shell(instance.id);
    const asked = { untilMs: ready.prepaidUntilMs + HOUR, connect };
    expect(await world.live(world.ender.renew(ready, asked))).toMatchObject({ kind: 'denied' });
    expect(await world.records.get(ready.id)).toEqual(ready);
    expect(await readUntil(await world.sim.shell(ready.instanceId ?? 0))).toBeUndefined();
  });

  it('keeps its old end when the instance cannot be told', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    const connect = async () => {
      throw new ConnectRefusedError('nothing listens there');
    };
    const asked = { untilMs: ready.prepaidUntilMs + HOUR, connect };
    await expect(world.live(world.ender.renew(ready, asked))).rejects.toThrow(ConnectRefusedError);
    expect((await world.records.get(ready.id))?.prepaidUntilMs).toBe(ready.prepaidUntilMs);
  });

  it('of a machine that stands still is told to it later, and then it can be taken back', async () => {
    await using world = await anEnder();
    const parked = await world.live(world.ender.park(await world.ready(), 'ada'));
    await world.clock.step(6 * HOUR);
    const connect = async () => {
      throw new CommandTimeoutError('x', 1);
    };
    const untilMs = world.clock.now() + HOUR;
    const result = await world.live(world.ender.renew(parked, { untilMs, connect }));
    expect(result).toMatchObject({ kind: 'renewed', isOnInstance: false });
    if (result.kind !== 'renewed') return;
    expect((await world.live(world.ender.undo(result.rental))).kind).toBe('starting');
  });

  it('is refused to a rental that is ending', async () => {
    await using world = await anEnder();
    const ending = await world.ending(await world.ready());
    const connect = (instance: Pick<Instance, 'id'>) => world.sim.shell(instance.id);
    const asked = { untilMs: ending.prepaidUntilMs + HOUR, connect };
    expect(await world.live(world.ender.renew(ending, asked))).toMatchObject({ kind: 'refused' });
  });
});

describe('the backstop', () => {
  it('is a job of the service that stops the machine after its end when nobody else does', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.live(world.ender.scheduleBackstop(ready));
    await world.live(world.ender.scheduleBackstop(ready));
    expect(await world.live(world.client.schedule.list())).toMatchObject([
      { instanceId: ready.instanceId, action: 'stop', startMs: ready.prepaidUntilMs + 15 * MINUTE },
    ]);
    await world.clock.step(ready.prepaidUntilMs - world.clock.now());
    world.sim.step();
    expect(world.sim.truth.instances()[0]?.intended).toBe('running');
    await world.clock.step(75 * MINUTE);
    world.sim.step();
    expect(world.sim.truth.instances()[0]?.intended).toBe('stopped');
  });

  it('moves with a renewed lease, and goes with its rental', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    await world.live(world.ender.scheduleBackstop(ready));
    const untilMs = ready.prepaidUntilMs + 2 * HOUR;
    const connect = (instance: Pick<Instance, 'id'>) => world.sim.shell(instance.id);
    const renewed = await world.live(world.ender.renew(ready, { untilMs, connect }));
    expect(await world.live(world.client.schedule.list())).toMatchObject([
      { startMs: untilMs + 15 * MINUTE },
    ]);
    if (renewed.kind !== 'renewed') throw new Error(renewed.reason);
    await world.untilOver(await world.ending(renewed.rental));
    expect(await world.live(world.client.schedule.list())).toEqual([]);
  });

  it('is not missed where the service takes no jobs', async () => {
    await using world = await anEnder();
    const ready = await world.ready();
    world.sim.fail('server-error', { route: SCHEDULE, times: 100 });
    await world.live(world.ender.scheduleBackstop(ready));
    expect((await world.untilOver(await world.ending(ready))).status).toBe('gone');
  });
});

describe('the switch in a twin', () => {
  it('is understood by it, and stops its instance at the end', async () => {
    let endMs = 0;
    const askedAfterMs: number[] = [];
    await using world = await anEnder({
      onstartOf: () => {
        const baseUrl = 'https://console.vast.ai/api/v0';
        return deadManScript({ prepaidUntilMs: endMs, graceMs: HOUR, baseUrl, lookMs: 10 * MINUTE });
      },
      twins: {
        programs: () => ({
          awk: async (process) => {
            await process.readAll();
            await process.print(String(Math.floor(process.clock.now() / 1_000)));
            return 0;
          },
          curl: async (process) => {
            if (!process.args.includes('-XPUT')) return 0;
            askedAfterMs.push(process.clock.now() - endMs);
            const address = process.args.at(-1) ?? '';
            const [authorization = ''] = process.args.filter((arg) => arg.startsWith('Authorization:'));
            const body = '{"state":"stopped"}';
            const headers = { authorization: authorization.slice('Authorization:'.length) };
            await process.wait(world.sim.fetch(address, { method: 'PUT', headers, body }));
            return 0;
          },
        }),
      },
    });
    endMs = world.clock.now() + 4 * HOUR;
    const ready = await world.ready();
    await world.clock.step(endMs - world.clock.now() - 1);
    expect(world.sim.truth.instances()[0]?.intended).toBe('running');
    await world.clock.step(MINUTE);
    expect(world.sim.truth.instances()[0]?.intended).toBe('stopped');
    // Its clock is the service's, in whole seconds.
    expect(askedAfterMs).toHaveLength(1);
    expect(askedAfterMs[0]).toBeGreaterThanOrEqual(0);
    expect(askedAfterMs[0]).toBeLessThan(1_000);
    const [instance] = (await world.view()).instances;
    const { rental } = await world.live(world.ender.enforce(ready, instance));
    expect(rental.status).toBe('stopped');
  });
});
