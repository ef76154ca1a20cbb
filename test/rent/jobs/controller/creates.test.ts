// What can befall the one create of a job: it is never sent twice on a doubt, and a refusal leads to the next offer.
import { describe, expect, it } from 'vitest';
import { aJobWorld, countingJob } from './a-job-world.ts';
import { wrongAtRest } from './at-rest.ts';

const CREATE = /PUT .*asks/;

function isCreate({ method, url }: Request): boolean {
  return method === 'PUT' && CREATE.test(`${method} ${url}`);
}

describe('a create', () => {
  it.each([
    'lost-answer',
    'gateway-timeout',
  ] as const)('is not repeated when %s hides its answer: the machine is found by its label', async (fault) => {
    await using world = await aJobWorld();
    world.sim.fail(fault, { times: 1, route: CREATE });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded' });
    expect(world.sim.faultCounts()[fault]).toBe(1);
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await world.statuses(record)).toContain('unknown');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that was lost before it arrived is proved absent, then another is sent', async () => {
    let sent = 0;
    await using world = await aJobWorld({
      send: (send) => async (input, init) => {
        const request = new Request(input, init);
        if (isCreate(request) && ++sent === 1) throw new TypeError('fetch failed');
        return await send(request);
      },
    });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded' });
    expect(sent).toBe(2);
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('goes to the next offer when three in a row have gone', async () => {
    let refused = 0;
    await using world = await aJobWorld({
      send: (send) => async (input, init) => {
        const request = new Request(input, init);
        if (!isCreate(request) || refused === 3) return await send(request);
        refused += 1;
        const body = { success: false, error: 'no_such_ask', msg: 'the offer is gone' };
        return Response.json(body, { status: 404 });
      },
    });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(refused).toBe(3);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('fails for want of credit at once, and nothing is tried again', async () => {
    await using world = await aJobWorld({ sim: { credit: 0 } });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('credit') });
    expect(over.failures).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});
