import { describe, expect, it } from 'vitest';
import { aRenter, type Renter } from './a-renter.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** An on-demand instance that runs, and its renter. */
async function running(changes = {}, options = {}): Promise<{ renter: Renter; id: number }> {
  const renter = aRenter(options);
  const offer = await renter.anOffer();
  const id = await renter.rented(offer.id, changes);
  await renter.until(id, ({ actual }) => actual === 'running');
  return { renter, id };
}

/** Somebody else takes the GPUs of a stopped instance, on demand. */
async function takeGpus(renter: Renter, id: number): Promise<number> {
  const { gpuIds, machineId } = renter.truthOf(id);
  const offers = await renter.search({ machine_id: { eq: machineId }, disable_bundling: true });
  const offer = offers.find(({ gpu_ids }) => gpuIds.every((gpuId) => gpu_ids.includes(gpuId)));
  return await renter.rented(offer?.id ?? 0);
}

describe('a new instance', () => {
  it('goes from null over created and loading to running, with the daemon’s words', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, { image: 'pytorch/pytorch:2.4.0-devel' });
    const seen: unknown[] = [];
    const messages = new Set<unknown>();
    for (let second = 0; second < 3_600; second += 1) {
      const row = await renter.row(id);
      if (row?.actual_status !== seen.at(-1)) seen.push(row?.actual_status);
      messages.add(row?.status_msg);
      if (row?.actual_status === 'running') break;
      await renter.clock.step(500);
    }
    expect(seen).toEqual([null, 'created', 'loading', 'running']);
    expect([...messages]).toEqual([
      null,
      '2.4.0-devel: Pulling from pytorch/pytorch\n',
      'Status: Downloaded newer image for pytorch/pytorch:2.4.0-devel\n',
      'success, running pytorch/pytorch_2.4.0-devel/ssh',
    ]);
  });

  it('pulls for as long as its image is large and its line slow, and within seconds where the image is', async () => {
    const renter = aRenter({ seed: 4 });
    const offer = await renter.anOffer(2);
    const pullMs = async (image: string) => {
      const id = await renter.rented(offer.id, { image });
      await renter.until(id, ({ actual }) => actual === 'running');
      const log = renter.sim.truth.log().filter((event) => event.id === id);
      const at = (what: string) => log.find((event) => event.what === what)?.atMs ?? 0;
      await renter.send('DELETE', `/api/v0/instances/${id}/`);
      return at('pulled') - at('loading');
    };
    const large = await pullMs('somebody/large-image:1');
    expect(large).toBeGreaterThan(10 * SECOND);
    expect(await pullMs('somebody/large-image:1')).toBeLessThan(5 * SECOND);
    expect(await pullMs('alpine:3')).toBeLessThan(5 * SECOND);
  });

  it('is billed for its disk from its creation, and for its GPU from when it runs', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const id = await renter.rented(offer.id);
    const booting = renter.truthOf(id);
    expect(booting.billedPerHour.gpu).toBe(0);
    expect(booting.billedPerHour.disk).toBeCloseTo((Number(offer.storage_cost) * 10) / 720, 12);
    await renter.until(id, ({ actual }) => actual === 'running');
    expect(renter.truthOf(id).billedPerHour.gpu).toBe(offer.dph_base);
  });

  it('is not started when it is to be stopped, and boots later', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, { target_state: 'stopped' });
    await renter.wait(10 * MINUTE);
    expect(renter.truthOf(id)).toMatchObject({ intended: 'stopped', actual: 'created', holdsGpus: false });
    await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    await renter.until(id, ({ actual }) => actual === 'running');
  });
});

describe('each act leads from one state to the next', () => {
  type Step = readonly [
    name: string,
    act: (renter: Renter, id: number) => Promise<unknown>,
    after: object,
    afterwards?: object,
  ];
  const path = (id: number) => `/api/v0/instances/${id}/`;
  const table: readonly Step[] = [
    [
      'stop',
      (renter, id) => renter.put(path(id), { state: 'stopped' }),
      { actual: 'exited', intended: 'stopped', holdsGpus: false, billedPerHour: { gpu: 0 } },
    ],
    [
      'bulk stop',
      (renter, id) => renter.put('/api/v0/instances/', { state: 'stopped', ids: [id] }),
      { actual: 'exited', intended: 'stopped', holdsGpus: false },
    ],
    [
      'reboot',
      (renter, id) => renter.put(`/api/v0/instances/reboot/${id}/`),
      { actual: 'rebooting', intended: 'running', holdsGpus: true, billedPerHour: { gpu: 0 } },
      { actual: 'running', holdsGpus: true },
    ],
    [
      'recycle',
      (renter, id) => renter.put(`/api/v0/instances/recycle/${id}/`),
      { actual: 'recycling', intended: 'running', holdsGpus: true, billedPerHour: { gpu: 0 } },
      { actual: 'running', holdsGpus: true },
    ],
    [
      'snapshot',
      (renter, id) =>
        renter.send('POST', `/api/v0/instances/take_snapshot/${id}/`, {
          id: String(id),
          container_registry: 'docker.io',
          personal_repo: 'r',
          docker_login_user: 'u',
          docker_login_pass: 'p',
          pause: 'true',
        }),
      { actual: 'frozen', intended: 'running', holdsGpus: true },
      { actual: 'running', holdsGpus: true },
    ],
    [
      'snapshot without a pause',
      (renter, id) =>
        renter.send('POST', `/api/v0/instances/take_snapshot/${id}/`, { personal_repo: 'r', pause: 'false' }),
      { actual: 'running' },
    ],
    [
      'destroy',
      (renter, id) => renter.send('DELETE', path(id)),
      { holdsGpus: false, billedPerHour: { gpu: 0, disk: 0 }, destroyedMs: expect.any(Number) },
    ],
    [
      'bulk destroy',
      (renter, id) => renter.send('DELETE', '/api/v0/instances/', { instance_ids: [id] }),
      { holdsGpus: false, billedPerHour: { gpu: 0, disk: 0 }, destroyedMs: expect.any(Number) },
    ],
  ];
  it.each(table.map(([name, act, after, later]) => ({ name, act, after, later })))('$name', async ({
    act,
    after,
    later,
  }) => {
    const { renter, id } = await running();
    expect(await act(renter, id)).toMatchObject({ status: 200, body: { success: true } });
    expect(renter.truthOf(id)).toMatchObject(after);
    if (!later) return;
    await renter.wait(10 * MINUTE);
    expect(renter.truthOf(id)).toMatchObject(later);
  });

  it('and repeated calls for what is gone do no harm in bulk, but are refused one by one', async () => {
    const { renter, id } = await running();
    for (let time = 0; time < 6; time += 1) {
      expect((await renter.send('DELETE', '/api/v0/instances/', { instance_ids: [id, 4_243] })).body).toEqual(
        { success: true },
      );
    }
    expect(renter.log(id).filter((what) => what === 'destroyed')).toHaveLength(1);
    expect(await renter.send('DELETE', path(id))).toMatchObject({
      status: 404,
      body: { error: 'not_found' },
    });
    expect(await renter.put(path(id), { state: 'running' })).toMatchObject({
      status: 404,
      body: { error: 'no_such_instance' },
    });
    expect(await renter.row(id)).toBeUndefined();
  });

  it('a stopped one keeps its disk and pays for it, and cannot be rebooted', async () => {
    const { renter, id } = await running();
    await renter.put(path(id), { state: 'stopped' });
    expect(renter.truthOf(id).billedPerHour.disk).toBeGreaterThan(0);
    expect((await renter.put(`/api/v0/instances/reboot/${id}/`)).status).toBe(400);
    expect((await renter.put(`/api/v0/instances/recycle/${id}/`)).status).toBe(400);
    expect(await renter.row(id)).toMatchObject({
      actual_status: 'exited',
      intended_status: 'stopped',
      cur_state: 'stopped',
      next_state: 'stopped',
      instance: { gpuCostPerHour: 0 },
    });
  });

  it('its own key starts, stops and destroys it, and nothing else', async () => {
    const renter = aRenter();
    const { body } = await renter.rent((await renter.anOffer()).id);
    const id = body.new_contract as number;
    const key = body.instance_api_key as string;
    await renter.until(id, ({ actual }) => actual === 'running');
    const other = await renter.rented((await renter.anOffer(2)).id);
    expect((await renter.put(path(id), { state: 'stopped' }, key)).status).toBe(200);
    expect((await renter.put(path(other), { state: 'stopped' }, key)).status).toBe(403);
    expect((await renter.put(`/api/v0/instances/reboot/${id}/`, {}, key)).status).toBe(403);
    expect((await renter.get('/api/v1/instances/', key)).status).toBe(403);
    expect((await renter.get(path(id), key)).status).toBe(403);
    expect((await renter.send('DELETE', path(id), {}, key)).status).toBe(200);
    expect((await renter.get(path(id), key)).status).toBe(401);
  });
});

describe('starting a stopped instance', () => {
  it('boots quickly when its GPU is free', async () => {
    const { renter, id } = await running();
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    await renter.wait(MINUTE);
    const { body } = await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    expect(body).toEqual({ success: true });
    await renter.wait(20 * SECOND);
    expect(renter.truthOf(id)).toMatchObject({ actual: 'running', holdsGpus: true });
  });

  it('answers 200 with success false when its GPU is taken, and starts when it is given back', async () => {
    const { renter, id } = await running();
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    const other = await takeGpus(renter, id);
    expect(await renter.put(`/api/v0/instances/${id}/`, { state: 'running' })).toEqual({
      status: 200,
      body: {
        success: false,
        error: 'resources_unavailable',
        msg: 'Required resources are currently unavailable, state change queued.',
      },
    });
    expect(await renter.row(id)).toMatchObject({
      actual_status: 'exited',
      intended_status: 'running',
      cur_state: 'stopped',
    });
    await renter.wait(10 * MINUTE);
    expect(renter.truthOf(id)).toMatchObject({ waiting: 'queued', holdsGpus: false });
    await renter.send('DELETE', `/api/v0/instances/${other}/`);
    await renter.wait(MINUTE);
    expect(renter.truthOf(id)).toMatchObject({ actual: 'running', holdsGpus: true, waiting: undefined });
  });

  it('is given up by stopping again', async () => {
    const { renter, id } = await running();
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    const other = await takeGpus(renter, id);
    await renter.put('/api/v0/instances/', { state: 'running', ids: [id] });
    expect(renter.truthOf(id).waiting).toBe('queued');
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    await renter.send('DELETE', `/api/v0/instances/${other}/`);
    await renter.wait(10 * MINUTE);
    expect(renter.truthOf(id)).toMatchObject({ actual: 'exited', holdsGpus: false, waiting: undefined });
  });

  it('is refused without credit', async () => {
    const { renter, id } = await running();
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    renter.sim.fail('credit-exhaustion');
    expect(await renter.put(`/api/v0/instances/${id}/`, { state: 'running' })).toMatchObject({
      status: 400,
      body: { error: 'missing_billing' },
    });
    expect(renter.truthOf(id).holdsGpus).toBe(false);
  });
});

describe('credit that runs out', () => {
  it('stops every instance at that moment; disk goes on being billed', async () => {
    const renter = aRenter({ credit: 1 });
    const offer = await renter.anOffer();
    const id = await renter.rented(offer.id);
    const waiting = await renter.rented((await renter.anOffer(2)).id, { target_state: 'stopped' });
    await renter.until(id, ({ actual }) => actual === 'running');
    const days = Math.ceil(1 / (offer.dph_base * 24)) + 1;
    for (let day = 0; day < days; day += 1) await renter.wait(24 * HOUR);
    expect(renter.truthOf(id)).toMatchObject({ intended: 'stopped', holdsGpus: false });
    expect(renter.truthOf(id).billedPerHour.gpu).toBe(0);
    expect(renter.truthOf(waiting)).toMatchObject({ intended: 'stopped' });
    const log = renter.sim.truth.log();
    const exhausted = log.find(({ what }) => what === 'credit_exhausted');
    const stopped = log.find((event) => event.id === id && event.what === 'stopped');
    expect(stopped?.atMs).toBe(exhausted?.atMs);
    expect(stopped?.data.why).toBe('credit');
  });
});

describe('a machine that is lost', () => {
  const lost = async (seed: string | number) => {
    const { renter, id } = await running({}, { seed });
    for (let hour = 0; hour < 24 * 60; hour += 1) {
      await renter.clock.step(HOUR);
      if (renter.log(id).includes('online')) break;
    }
    return { renter, id, log: renter.sim.truth.log().filter((event) => event.id === id) };
  };

  it('shows as unknown, after a minute as offline without any bill, and comes back', async () => {
    const { log } = await lost(1);
    const at = log.findIndex(({ what }) => what === 'heartbeat_lost');
    const [unknown, offline, online] = log.slice(at).filter(({ noun }) => noun === 'instance') as [
      (typeof log)[0],
      (typeof log)[0],
      (typeof log)[0],
    ];
    expect(unknown.data.actual_status).toBe('unknown');
    expect(offline).toMatchObject({ what: 'offline', atMs: unknown.atMs + MINUTE });
    expect(online.what).toBe('online');
    expect(['running', 'exited']).toContain(online.data.actual_status);
    const charges = log.filter(({ noun }) => noun === 'charge');
    expect(charges.find(({ what }) => what === 'gpu')?.atMs).toBe(unknown.atMs);
    expect(charges.find(({ what }) => what === 'disk')?.atMs).toBe(offline.atMs);
  });

  it('comes back running or exited, and what exited is started again', async () => {
    const ways = new Set<string>();
    for (let seed = 1; seed <= 8; seed += 1) {
      const { renter, id, log } = await lost(seed);
      const online = log.find(({ what }) => what === 'online');
      ways.add(String(online?.data.actual_status));
      await renter.wait(2 * MINUTE);
      expect(['running', 'exited']).toContain(renter.truthOf(id).actual);
    }
    expect(ways).toEqual(new Set(['exited', 'running']));
  }, 20_000);
});

describe('a contract that ends', () => {
  it('stops its instance, which cannot be started again and is deleted 48 hours later', async () => {
    const renter = aRenter({ seed: 3, credit: 100_000 });
    const offers = await renter.search({
      rentable: { eq: true },
      duration: { gte: 2 * 86_400, lte: 12 * 86_400 },
      disk_space: { gte: 16 },
    });
    const offer = offers[0] as (typeof offers)[0];
    const id = await renter.rented(offer.id);
    const { endMs } = renter.truthOf(id);
    expect((await renter.row(id))?.end_date).toBe(offer.end_date);
    await renter.clock.step(endMs - renter.clock.now() - 1);
    expect(renter.log(id)).not.toContain('expired');
    await renter.clock.step(1);
    expect(renter.truthOf(id)).toMatchObject({ intended: 'stopped', holdsGpus: false });
    expect(renter.log(id)).toContain('expired');
    const refused = await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    expect(refused.status).toBe(400);
    expect(refused.body.msg).toContain('ended');
    await renter.clock.step(48 * HOUR - 1);
    expect(renter.truthOf(id).destroyedMs).toBeUndefined();
    await renter.clock.step(1);
    expect(renter.truthOf(id).destroyedMs).toBe(endMs + 48 * HOUR);
    expect(await renter.row(id)).toBeUndefined();
  });
});
