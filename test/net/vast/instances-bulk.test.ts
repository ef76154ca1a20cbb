// Several instances in one call, and the service's own choice, against the simulator with the truth beside it.
import { InvalidRequestError, makeOfferQuery, OutcomeUnknownError } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { aTenant } from './a-tenant.ts';

describe('several instances', () => {
  it('are stopped in one call, and started in one', async () => {
    const { client, clock, done, running, truthOf } = aTenant();
    const ids = [await running('a'), await running('b')];
    await done(client.instances.setStateMany(ids, 'stopped'));
    expect(ids.map((id) => truthOf(id)?.intended)).toEqual(['stopped', 'stopped']);
    await clock.step(5_000);
    await done(client.instances.setStateMany(ids, 'running'));
    expect(ids.map((id) => truthOf(id)?.intended)).toEqual(['running', 'running']);
  });

  it('are at most a hundred, with ids that are some, and none is no call', async () => {
    const { client, sim } = aTenant();
    const many = Array.from({ length: 101 }, (_, index) => index + 1);
    await expect(client.instances.setStateMany(many, 'stopped')).rejects.toThrow(InvalidRequestError);
    await expect(client.instances.setStateMany([Number.NaN], 'stopped')).rejects.toThrow(/NaN/);
    await client.instances.setStateMany([], 'stopped');
    expect(sim.truth.instances()).toEqual([]);
  });

  it('that were started without an answer are not started again', async () => {
    const { client, done, failed, running, sim } = aTenant();
    const id = await running();
    await done(client.instances.setStateMany([id], 'stopped'));
    const before = sim.truth.log().length;
    sim.fail('lost-answer', { times: 1, route: /instances\/$/ });
    expect(await failed(client.instances.setStateMany([id], 'running'))).toBeInstanceOf(OutcomeUnknownError);
    const started = sim.truth
      .log()
      .slice(before)
      .filter((event) => event.id === id && event.data.intended_status === 'running');
    expect(started.length).toBeGreaterThan(0);
  });

  it('are told by kind, each combination once', async () => {
    const { client, done, running, truthOf } = aTenant();
    const ids = [await running('a'), await running('b')];
    const kinds = await done(client.instances.kinds());
    const names = new Set(ids.map((id) => truthOf(id)?.gpuName));
    expect(new Set(kinds.map((kind) => kind.gpuName))).toEqual(names);
    expect(new Set(kinds.map((kind) => kind.actualStatus))).toEqual(new Set(['running']));
  });
});

describe('the service’s own choice', () => {
  it('is rented, and meets the query', async () => {
    const { client, done, truthOf, sim } = aTenant();
    const [slot] = sim.truth.instances();
    expect(slot).toBeUndefined();
    const query = makeOfferQuery({ filters: [{ field: 'num_gpus', op: 'eq', value: 1 }], limit: 3 });
    const { instanceId } = await done(client.instances.launch(query, { image: 'busybox', label: 'chosen' }));
    expect(truthOf(instanceId)?.gpuIds).toHaveLength(1);
    expect((await done(client.instances.get(instanceId)))?.label).toBe('chosen');
  });

  it('is looked up and never repeated when no answer came', async () => {
    const { client, failed, sim } = aTenant();
    sim.fail('lost-answer', { times: 1, route: /launch_instance/ });
    const error = await failed(
      client.instances.launch(makeOfferQuery(), { image: 'busybox', label: 'mine' }),
    );
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error as OutcomeUnknownError).lookUp).toContain('"mine"');
    expect(sim.truth.instances()).toHaveLength(1);
  });
});
