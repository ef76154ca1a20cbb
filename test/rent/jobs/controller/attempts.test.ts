// What one attempt leaves to the next: the time that max_duration still allows, and how far the work had come. And who asks
// for the end of a job before an attempt has really begun.
import { expect, it } from 'vitest';
import { ConnectRefusedError } from '../../../../src/net/ssh/index.ts';
import { HOUR } from '../../a-renting.ts';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { stepsIn, wrongAtRest } from './at-rest.ts';

it('on a second machine has what the first left of max_duration, and goes on from its checkpoint', async () => {
  await using world = await aJobWorld({ policy: { checkpointMs: MINUTE, comeBackMs: MINUTE } });
  const job = countingJob({ env: { STEPS: '400' }, maxDurationMs: 30 * MINUTE });
  const record = await world.submit({ ...job, resources: { ...job.resources, rental: 'interruptible' } });
  world.begin(record);
  await world.untilStatus(record, 'running');
  await world.pass(10 * MINUTE);
  world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
  await world.until(async () => {
    const now = await world.get(record);
    return now.attempt === 2 && now.status === 'booting';
  });
  const [first, second] = await world.process.records.attempts(record.id);
  // Of the record itself it must not have moved with the second machine.
  const startedAtMs = first?.startedAtMs ?? 0;
  expect(first?.checkpoint).toMatch(/^out\/ckpt-\d+@/);
  expect(second).toMatchObject({ checkpoint: first?.checkpoint });
  const rental = await world.process.rentals.get(second?.rentalId ?? '');
  expect(rental?.prepaidUntilMs).toBeLessThanOrEqual(startedAtMs + 30 * MINUTE + HOUR);
  const over = await world.untilStatus(record, 'failed');
  expect(over.reason).toContain('max_duration');
  expect((over.endedAtMs ?? 0) - startedAtMs).toBeLessThan(33 * MINUTE);
  expect(stepsIn(world.log(record, 2))[0]).toBeGreaterThan(6);
  expect(await wrongAtRest(world, [record])).toEqual([]);
});

it('that is cancelled while others are before it in renting never has a machine', async () => {
  await using world = await aJobWorld();
  world.sim.fail('slow', { times: 20, route: /PUT .*asks/ });
  const records = [];
  for (let number = 1; number <= 5; number += 1) {
    records.push(
      await world.submit(countingJob({ name: `job-${number}`, run: 'mkdir -p out; echo > out/model.txt' })),
    );
  }
  for (const record of records) world.begin(record);
  let waiting: string | undefined;
  await world.until(async () => {
    const live = await world.process.records.list({ isLive: true });
    waiting = live.findLast(({ reason }) => reason.includes('before it in renting'))?.id;
    return waiting !== undefined;
  });
  await world.process.jobs.cancel(waiting ?? '');
  await world.until(async () => (await world.process.records.list({ isLive: true })).length === 0);
  for (const record of records) {
    const { id, account } = record;
    const isCancelled = id === waiting;
    expect(await world.get(record)).toMatchObject({ status: isCancelled ? 'cancelled' : 'succeeded' });
    expect(await world.process.rentals.list({ account, need: `job ${id}` })).toHaveLength(
      isCancelled ? 0 : 1,
    );
  }
  expect(await wrongAtRest(world, records)).toEqual([]);
});

it('that is cancelled before its run begins begins none', async () => {
  let isShut = false;
  await using world = await aJobWorld({
    line: async (_, open) => {
      if (isShut) throw new ConnectRefusedError('nothing listens there');
      return await open();
    },
  });
  const record = await world.submit(countingJob());
  world.begin(record, world.process, {
    onChange: ({ status }) => {
      if (status !== 'setting-up' || isShut) return;
      isShut = true;
      for (const { instanceId } of world.present()) world.sim.fail('ssh-reset', { id: instanceId });
    },
  });
  await world.untilStatus(record, 'unknown');
  await world.process.jobs.cancel(record.id);
  isShut = false;
  await world.untilStatus(record, 'cancelled');
  const [attempt] = await world.process.records.attempts(record.id);
  expect(attempt).toMatchObject({ logBytes: 0, exitCode: undefined });
  expect(await wrongAtRest(world, [record])).toEqual([]);
});
