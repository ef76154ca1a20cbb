// A machine that holds a result and cannot be entered: whatever helps is done until it is done, and nothing is given up for
// one request that was refused.
import { expect, it } from 'vitest';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { range, stepsIn, wrongAtRest } from './at-rest.ts';

it('is rebooted though the service refuses that three times, and what ran is found there', async () => {
  let refused = 0;
  await using world = await aJobWorld({
    send: (send) => async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.includes('/instances/reboot/') || refused === 3) return await send(request);
      refused += 1;
      return Response.json({ success: false, msg: 'try again later' }, { status: 500 });
    },
  });
  const record = await world.submit(countingJob({ env: { STEPS: '30' } }));
  world.begin(record);
  await world.untilStatus(record, 'running');
  await world.pass(2 * MINUTE);
  world.sim.fail('stuck-tunnel', { id: await world.instanceOf(record) });
  const over = await world.untilStatus(record, 'succeeded');
  expect(refused).toBe(3);
  expect(over.attempt).toBe(1);
  expect(stepsIn(world.log(record, 1))).toEqual(range(1, 30));
  expect(world.sim.truth.log().filter(({ what }) => what === 'rebooting')).toHaveLength(1);
  expect(await wrongAtRest(world, [record])).toEqual([]);
});

it('gets the key that it has lost behind a tunnel that was stuck, though the first request for that is refused', async () => {
  let refused = 0;
  await using world = await aJobWorld({
    send: (send) => async (input, init) => {
      const request = new Request(input, init);
      const isKey = request.method === 'POST' && /\/instances\/\d+\/ssh\//.test(request.url);
      if (!isKey || world.sim.faultCounts()['key-lost'] === 0 || refused > 0) return await send(request);
      refused += 1;
      return Response.json({ success: false, msg: 'try again later' }, { status: 500 });
    },
  });
  const record = await world.submit(countingJob({ env: { STEPS: '30' } }));
  world.begin(record);
  await world.untilStatus(record, 'running');
  await world.pass(2 * MINUTE);
  const id = await world.instanceOf(record);
  world.sim.fail('stuck-tunnel', { id });
  await world.pass(MINUTE);
  world.sim.fail('key-lost', { id });
  const over = await world.untilStatus(record, 'succeeded');
  expect(refused).toBe(1);
  expect(over.attempt).toBe(1);
  expect(stepsIn(world.log(record, 1))).toEqual(range(1, 30));
  expect(await wrongAtRest(world, [record])).toEqual([]);
});
