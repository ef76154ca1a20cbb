// The default job, with the requests that the official client was recorded to send.
import { describe, expect, it } from 'vitest';
import type { MakeContainer } from '../../../src/sim/instances/index.ts';
import { DAY } from '../a-sim.ts';
import { aHost, type HostWorld, machineOf } from './a-host.ts';

const job = (machine: number) => ({
  machine,
  price_gpu: 0.2,
  price_inetu: 0.01,
  price_inetd: 0.01,
  image: 'img/x',
  args: ['a', 'b'],
});

/** GPUs of the machine on which the job runs, by the truth log. */
function running(host: HostWorld, machineId: number): number[] {
  const machineOfJob = new Map<number, number>();
  const gpus = new Map<number, readonly number[]>();
  for (const { noun, id, what, data } of host.sim.truth.log()) {
    if (noun !== 'instance') continue;
    if (what === 'created' && data.default_job === true) machineOfJob.set(id, data.machine_id as number);
    if (machineOfJob.get(id) === machineId) gpus.set(id, data.gpus as readonly number[]);
  }
  return [...gpus.values()].flat().sort((a, b) => a - b);
}

function unrented(host: HostWorld, machineId: number): number[] {
  return host.sim.truth
    .slots()
    .filter((slot) => slot.machineId === machineId && (slot.state === 'free' || slot.state === 'unlisted'))
    .map(({ gpuId }) => gpuId)
    .sort((a, b) => a - b);
}

describe('set defjob', () => {
  it('runs on the GPUs that nobody rents, and shows its definition', async () => {
    const host = aHost();
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => /x.*x/.test(letters));
    const id = machine?.id as number;
    const answer = await host.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    expect(answer).toMatchObject({ success: true, machine_id: id, you_sent: job(id) });
    expect((await host.machines()).find((each) => each.id === id)).toMatchObject({
      bid_gpu_cost: 0.2,
      bid_image: 'img/x',
      bid_image_args: ['a', 'b'],
      bid_image_args_str: 'a b',
    });
    expect(running(host, id).length).toBeGreaterThan(1);
    expect(running(host, id)).toEqual(unrented(host, id));
  });

  it('is instances of the host: interruptible, of no bundle, free of charge', async () => {
    const host = aHost();
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => /x.*x/.test(letters));
    const id = machine?.id as number;
    await host.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    const { instances } = (await host.hostJson('GET', '/api/v0/instances/?owner=me')) as {
      instances: Record<string, unknown>[];
    };
    expect(instances.length).toBe(unrented(host, id).length);
    for (const instance of instances) {
      expect(instance).toMatchObject({
        machine_id: id,
        bundle_id: null,
        is_bid: true,
        num_gpus: 1,
        actual_status: 'running',
        image_uuid: 'img/x',
        image_args: ['a', 'b'],
        dph_total: 0,
      });
    }
    await host.clock.step(DAY);
    expect(host.sim.truth.log().filter(({ noun }) => noun === 'charge')).toEqual([]);
  });

  it('does not come back where its host destroyed it', async () => {
    const host = aHost();
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => /x.*x/.test(letters));
    const id = machine?.id as number;
    await host.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    const listed = async () =>
      ((await host.hostJson('GET', '/api/v0/instances/')).instances as { id: number }[]).map(
        (each) => each.id,
      );
    const [own, ...others] = await listed();
    await host.hostJson('DELETE', `/api/v0/instances/${own}/`, {});
    expect(await listed()).toEqual(others);
    await host.clock.step(3 * DAY);
    expect(await listed()).not.toContain(own);
  });

  it('leaves alone what its host stopped', async () => {
    const host = aHost();
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => /x.*x/.test(letters));
    const id = machine?.id as number;
    await host.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    const { instances } = (await host.hostJson('GET', '/api/v0/instances/')) as {
      instances: { id: number }[];
    };
    const before = running(host, id).length;
    await host.hostJson('PUT', `/api/v0/instances/${instances[0]?.id}/`, { state: 'stopped' });
    expect(running(host, id).length).toBe(before - 1);
    await host.clock.step(60_000);
    expect(running(host, id).length).toBe(before - 1);
  });

  it('makes way for everybody and comes back, day after day', async () => {
    const host = aHost({ offers: 1_000 });
    const machines = await host.machines();
    for (const { id } of machines) await host.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    let displaced = 0;
    for (let day = 0; day < 12; day += 1) {
      await host.clock.step(DAY);
      for (const { id } of machines) expect(running(host, id)).toEqual(unrented(host, id));
      displaced = host.sim.truth.log().filter(({ what }) => what === 'default_job_displaced').length;
    }
    expect(displaced).toBeGreaterThan(5);
  });

  it('changes nothing for searches, for the crowd and for what a GPU is worth', async () => {
    const [plain, busy] = [aHost({ offers: 600 }), aHost({ offers: 600 })];
    for (const { id } of await busy.machines())
      await busy.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    await plain.clock.step(9 * DAY);
    await busy.clock.step(9 * DAY);
    expect(await busy.search()).toEqual(await plain.search());
    expect(busy.sim.truth.slots()).toEqual(plain.sim.truth.slots());
    const now = plain.clock.now();
    expect(busy.sim.truth.rentals(0, now)).toEqual(plain.sim.truth.rentals(0, now));
  });

  it('reads the arguments of old clients', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const { args: _, ...rest } = job(id);
    await host.hostJson('PUT', '/api/v0/machines/create_bids', { ...rest, args_str: 'c  d' });
    expect(await machineOf(host)).toMatchObject({ bid_image_args: ['c', 'd'] });
  });

  it.each([
    [{ image: null }],
    [{ image: '' }],
    [{ price_gpu: null }],
    [{ price_gpu: 0 }],
  ])('refuses %j with 400', async (wrong) => {
    const host = aHost();
    const { id } = await machineOf(host);
    const response = await host.asHost('PUT', '/api/v0/machines/create_bids', { ...job(id), ...wrong });
    expect(response.status).toBe(400);
    expect(running(host, id)).toEqual([]);
  });
});

describe('an instance of the default job', () => {
  const busyHost = async (makeContainer?: MakeContainer) => {
    const host = aHost({}, makeContainer);
    const machine = (await host.machines()).find(({ gpu_occupancy: letters }) => /x.*x/.test(letters));
    const id = machine?.id as number;
    await host.hostJson('PUT', '/api/v0/machines/create_bids/', job(id));
    const { instances } = (await host.hostJson('GET', '/api/v0/instances/')) as {
      instances: { id: number }[];
    };
    const own = instances[0]?.id as number;
    const state = async (wanted: string) =>
      await host.hostJson('PUT', `/api/v0/instances/${own}/`, { state: wanted });
    const truth = () => host.sim.truth.instances().find(({ instanceId }) => instanceId === own);
    return { host, id, own, state, truth };
  };

  it('goes on at once when its host starts it again and its GPU is free', async () => {
    const { host, state, truth } = await busyHost();
    // Its own work costs nothing: no credit is needed for it.
    await state('stopped');
    expect(truth()).toMatchObject({ holdsGpus: false, intended: 'stopped', actual: 'exited' });
    expect(await state('running')).toEqual({ success: true });
    expect(truth()).toMatchObject({ holdsGpus: true, intended: 'running', actual: 'running' });
    const before = host.sim.truth.log().length;
    await host.clock.step(10 * 60_000);
    expect(host.sim.truth.log(before).filter(({ noun }) => noun === 'instance')).toEqual([]);
  });

  it('waits when its GPU is taken meanwhile, and goes on when that is given back', async () => {
    const { host, id, own, state, truth } = await busyHost();
    await state('stopped');
    const gpu = truth()?.gpuIds[0] as number;
    const offer = (await host.offersOf(id)).find(
      ({ gpu_ids: gpus, rentable }) => rentable && gpus.includes(gpu),
    );
    const rented = await host.call(`/api/v0/asks/${offer?.id}/`, {
      method: 'PUT',
      body: JSON.stringify({ image: 'x', disk: 8 }),
    });
    const { new_contract: other } = (await rented.json()) as { new_contract: number };
    expect(await state('running')).toMatchObject({ success: false, error: 'resources_unavailable' });
    expect(truth()).toMatchObject({ holdsGpus: false, intended: 'running' });
    await host.call(`/api/v0/instances/${other}/`, { method: 'DELETE' });
    await host.clock.step(1);
    expect(truth()).toMatchObject({ holdsGpus: true, actual: 'running' });
    expect(own).toBeGreaterThan(0);
  });

  it('has a container, which runs while it has its GPU', async () => {
    const calls: string[] = [];
    const note = (word: string) => async () => void calls.push(word);
    const { own, host, state, id } = await busyHost((instance) => {
      const isFirst = instance.id === 20_000_001;
      const on = (word: string) => (isFirst ? note(word) : async () => undefined);
      return {
        start: on(`start with ${instance.launch.args.join(' ')} on ${instance.diskGb} GB`),
        stop: on('stop'),
        reboot: on('reboot'),
        recycle: on('recycle'),
        destroy: on('destroy'),
        sshPort: undefined,
        logs: async () => '',
        execute: async () => '',
        diskUsedGb: () => 0,
        trafficGb: () => ({ up: 0, down: 0 }),
        befall: async () => undefined,
      };
    });
    expect(own).toBe(20_000_001);
    await state('stopped');
    await state('running');
    await host.hostJson('DELETE', `/api/v0/machines/${id}/defjob/`, {});
    await host.clock.untilIdle();
    expect(calls).toEqual(['start with a b on 8 GB', 'stop', 'start with a b on 8 GB', 'destroy']);
  });

  it('does not come up without its GPU when it was rebooting as it lost that', async () => {
    const { host, id, own, truth } = await busyHost();
    await host.hostJson('PUT', `/api/v0/instances/reboot/${own}/`, {});
    expect(truth()?.actual).toBe('rebooting');
    const gpu = truth()?.gpuIds[0] as number;
    const offer = (await host.offersOf(id)).find(
      ({ gpu_ids: gpus, rentable }) => rentable && gpus.includes(gpu),
    );
    const body = JSON.stringify({ image: 'x', disk: 8 });
    expect((await host.call(`/api/v0/asks/${offer?.id}/`, { method: 'PUT', body })).status).toBe(200);
    await host.clock.step(60_000);
    expect(truth()).toMatchObject({ holdsGpus: false, actual: 'exited' });
  });
});

describe('remove defjob', () => {
  it('ends it everywhere; again it does nothing', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', '/api/v0/machines/create_bids', job(id));
    expect(await host.hostJson('DELETE', `/api/v0/machines/${id}/defjob/`, {})).toMatchObject({
      success: true,
    });
    await host.hostJson('DELETE', `/api/v0/machines/${id}/defjob/`, {});
    expect(running(host, id)).toEqual([]);
    await host.clock.step(5 * DAY);
    expect(running(host, id)).toEqual([]);
    expect(await machineOf(host)).toMatchObject({
      bid_gpu_cost: null,
      bid_image: null,
      bid_image_args: null,
    });
  });
});
