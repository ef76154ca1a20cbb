// The end that a person asks for, in every phase, and hands that reach past the job at its machine.
import { describe, expect, it } from 'vitest';
import { stopByHand } from '../../../../src/rent/rental/index.ts';
import type { Program } from '../../../../src/sim/twin/index.ts';
import { HOUR } from '../../a-renting.ts';
import { aJobWorld, countingJob, type JobWorld, MINUTE } from './a-job-world.ts';
import { wrongAtRest } from './at-rest.ts';

describe('a job that is cancelled', () => {
  it.each([
    'queued',
    'provisioning',
    'booting',
    'setting-up',
    'running',
    'fetching',
    'interrupted',
    'unknown',
  ] as const)('while it is %s comes to rest as cancelled, within minutes', async (status) => {
    await using world = await aJobWorld({ roundTripMs: 100 });
    const job = countingJob({ setup: 'sleep 30', env: { STEPS: '6' } });
    const rental = status === 'interrupted' ? 'interruptible' : 'on-demand';
    const record = await world.submit({ ...job, resources: { ...job.resources, rental } });
    if (status === 'provisioning') world.sim.fail('slow', { route: /PUT .*asks/ });
    if (status !== 'queued') world.begin(record);
    if (status === 'interrupted' || status === 'unknown') {
      await world.untilStatus(record, 'running');
      const fault = status === 'interrupted' ? 'outbid-wave' : 'stuck-tunnel';
      world.sim.fail(fault, { id: await world.instanceOf(record) });
    }
    await world.untilStatus(record, status);
    await world.process.jobs.cancel(record.id);
    const askedMs = world.clock.now();
    if (status === 'queued') world.begin(record);
    const over = await world.untilStatus(record, 'cancelled');
    // Who cannot enter a machine tries for some minutes before it says so.
    expect((over.endedAtMs ?? 0) - askedMs).toBeLessThan((status === 'unknown' ? 10 : 5) * MINUTE);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('and does not listen is killed after the grace, and what it had made is here', async () => {
    let told = 0;
    const stubborn: Program = async (process) => {
      process.onSignal('SIGTERM', () => {
        told += 1;
      });
      await process.sleep(2 * HOUR);
      return 0;
    };
    await using world = await aJobWorld({ programs: () => ({ stubborn }) });
    const run = 'mkdir -p out; echo half > out/model.txt; stubborn';
    const record = await world.submit(countingJob({ run }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.process.jobs.cancel(record.id);
    const over = await world.untilStatus(record, 'cancelled');
    expect((over.endedAtMs ?? 0) - (over.cancelAskedAtMs ?? 0)).toBeLessThan(3 * MINUTE);
    expect(told).toBe(1);
    expect(world.artifact(record, 'out/model.txt')).toBe('half\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a hand on the machine of a job', () => {
  async function running(world: JobWorld) {
    const record = await world.submit(countingJob({ env: { STEPS: '200' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    const rentals = await world.process.rentals.list({ isLive: true });
    const [rental] = rentals;
    if (!rental) throw new Error('there is no rental');
    return { record, rental };
  }

  it('that ended it ends the job: nothing is rented in its place', async () => {
    await using world = await aJobWorld();
    const { record, rental } = await running(world);
    await world.process.rentals.change(rental, { status: 'ending', reason: 'ended by you' }, { by: 'you' });
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toContain('ended by hand');
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that parked it is waited for, and ends the job with the machine', async () => {
    await using world = await aJobWorld();
    const { record, rental } = await running(world);
    await world.live(world.process.ender.park(rental, 'you'));
    const away = await world.untilStatus(record, 'interrupted');
    expect(away.status).toBe('interrupted');
    await world.pass(MINUTE);
    expect((await world.get(record)).reason).toContain('vd undo');
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toContain('ended by hand');
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that parked it and took it back lets the job go on there', async () => {
    await using world = await aJobWorld();
    const { record, rental } = await running(world);
    const parked = await world.live(world.process.ender.park(rental, 'you'));
    await world.pass(2 * MINUTE);
    const now = (await world.process.rentals.get(parked.id)) ?? parked;
    await world.live(world.process.ender.undo(now));
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(2);
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that stopped it is not overruled', async () => {
    await using world = await aJobWorld();
    const { record, rental } = await running(world);
    const instance = await world.live(world.process.watcher.lookup(rental.instanceId ?? 0));
    if (!instance) throw new Error('it is not there');
    const context = { client: world.process.client, records: world.process.rentals, clock: world.clock };
    await world.live(stopByHand(context, { instance, rental }));
    await world.untilStatus(record, 'interrupted');
    await world.pass(15 * MINUTE);
    expect(world.sim.truth.instances()).toMatchObject([{ intended: 'stopped', destroyedMs: undefined }]);
    expect((await world.get(record)).reason).toContain('vd start');
    await world.process.jobs.cancel(record.id);
    await world.untilStatus(record, 'cancelled');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});
