// Machines that do not come up: another one is looked for where it may help, and none where it cannot.
import { describe, expect, it } from 'vitest';
import { AuthRefusedError } from '../../../../src/net/ssh/index.ts';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { wrongAtRest } from './at-rest.ts';

describe('a boot', () => {
  it('that is stuck loading is given up, and the job runs on another machine', async () => {
    await using world = await aJobWorld();
    world.sim.fail('stuck-loading');
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 2 });
    const [first, second] = await world.process.records.attempts(record.id);
    expect(first).toMatchObject({ failure: 'no_capacity' });
    expect(second?.machineId).not.toBe(first?.machineId);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it.each([
    ['machine', 'no_capacity', 'succeeded', 2],
    ['launch', 'error', 'failed', 1],
  ] as const)(
    'whose pull fails by fault of the %s is %s',
    async (blame, kind, status, machines) => {
      // Which of the five messages comes is drawn from the seed: the first that blames this one is taken.
      for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']) {
        await using world = await aJobWorld({ sim: { seed } });
        world.sim.fail('fatal-pull');
        const job = countingJob();
        const retry = { ...job.retry, error: { forMs: undefined, times: 2 } };
        const record = await world.submit({ ...job, retry });
        const over = await world.drive(record);
        const [first] = await world.process.records.attempts(record.id);
        if (first?.failure !== kind) continue;
        expect(over).toMatchObject({ status });
        expect(world.sim.truth.instances()).toHaveLength(machines);
        expect(await wrongAtRest(world, [record])).toEqual([]);
        return;
      }
      throw new Error(`no seed blamed the ${blame}`);
    },
    30_000,
  );

  it('whose key is refused for a minute goes on when it is taken', async () => {
    let firstMs = Number.NaN;
    await using world = await aJobWorld({
      line: async (_, open) => {
        if (Number.isNaN(firstMs)) firstMs = world.clock.now();
        if (world.clock.now() < firstMs + MINUTE) throw new AuthRefusedError('no key fits yet');
        return await open();
      },
    });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('whose key is refused for ever ends on another machine', async () => {
    const faults = { 'key-refused': { probability: 1, untilMs: 5 * MINUTE } };
    await using world = await aJobWorld({ sim: { faults } });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(world.sim.faultCounts()['key-refused']).toBe(1);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('whose tunnel is stuck is rebooted, and the job runs there', async () => {
    await using world = await aJobWorld({
      line: async (instanceId, open) => {
        // The first who comes finds it stuck.
        if (world.sim.faultCounts()['stuck-tunnel'] === 0) world.sim.fail('stuck-tunnel', { id: instanceId });
        return await open();
      },
    });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(world.sim.truth.log().map(({ what }) => what)).toContain('rebooting');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('with other GPUs than were promised is given back', async () => {
    await using world = await aJobWorld();
    world.sim.fail('wrong-gpu');
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});
