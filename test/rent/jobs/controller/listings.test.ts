// What the service tells of a machine is not always so: listings that cannot be believed, and machines that only seem away.
import { expect, it } from 'vitest';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { range, stepsIn, wrongAtRest } from './at-rest.ts';

const isListing = (request: Request) => request.method === 'GET' && /\/instances\/(\?.*)?$/.test(request.url);

it('gives no interrupted machine up while listings are unreadable', async () => {
  let isBroken = false;
  await using world = await aJobWorld({
    send: (send) => async (input, init) => {
      const request = new Request(input, init);
      return isBroken && isListing(request) ? Response.json({ instances: null }) : await send(request);
    },
  });
  const job = countingJob({ env: { STEPS: '60' } });
  const record = await world.submit({ ...job, resources: { ...job.resources, rental: 'interruptible' } });
  world.begin(record);
  await world.untilStatus(record, 'running');
  await world.pass(2 * MINUTE);
  const id = await world.instanceOf(record);
  world.sim.fail('outbid-wave', { id });
  await world.untilStatus(record, 'interrupted');
  isBroken = true;
  await world.pass(15 * MINUTE);
  expect(world.present()).toMatchObject([{ instanceId: id }]);
  expect(await world.get(record)).toMatchObject({ status: 'interrupted', attempt: 1 });
  isBroken = false;
  await world.untilStatus(record, 'succeeded');
  expect(await wrongAtRest(world, [record])).toEqual([]);
});

it('begins no run anew on a machine that only seemed to be offline, and on which it goes on', async () => {
  let seemsAway = false;
  await using world = await aJobWorld({
    send: (send) => async (input, init) => {
      const request = new Request(input, init);
      const answer = await send(request);
      if (!seemsAway || !isListing(request) || !answer.ok) return answer;
      const body = (await answer.json()) as { readonly instances: readonly object[] };
      const instances = body.instances.map((one) => ({ ...one, actual_status: 'offline' }));
      return Response.json({ ...body, instances });
    },
  });
  const record = await world.submit(countingJob({ env: { STEPS: '60' } }));
  world.begin(record);
  await world.untilStatus(record, 'running');
  await world.pass(2 * MINUTE);
  seemsAway = true;
  await world.untilStatus(record, 'interrupted');
  await world.pass(2 * MINUTE);
  seemsAway = false;
  expect(await world.untilStatus(record, 'succeeded')).toMatchObject({ attempt: 1 });
  expect(stepsIn(world.log(record, 1))).toEqual(range(1, 60));
  expect(world.sim.truth.instances()).toHaveLength(1);
  expect(await wrongAtRest(world, [record])).toEqual([]);
});
