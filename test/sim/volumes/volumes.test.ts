// Volumes, with the requests that the official client was recorded to send.
import { describe, expect, it } from 'vitest';
import { aSim, HOUR, type Offer, type SimWorld } from '../a-sim.ts';
import { aHost, askBody, CREATE_ASKS, machineOf } from '../hosts/a-host.ts';

const SEARCH = {
  verified: { eq: true },
  external: { eq: false },
  disk_space: { gte: 1 },
  order: [['score', 'desc']],
  allocated_storage: 1.0,
};

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
const send = (world: SimWorld, method: string, path: string, body: unknown = {}) =>
  world.call(path, { method, body: JSON.stringify(body) });
const searchVolumes = async (world: SimWorld, body: object = SEARCH) =>
  (await json(await send(world, 'POST', '/api/v0/volumes/search/', body))).offers as Offer[];
const list = async (world: SimWorld, type = 'all_volume') =>
  (await json(await world.call(`/api/v0/volumes?owner=me&type=${type}`))).volumes as Record<
    string,
    unknown
  >[];
const create = async (world: SimWorld, offer: Offer, size = 20) =>
  await json(await send(world, 'PUT', '/api/v0/volumes/', { size, id: offer.id, name: 'v' }));

async function largest(world: SimWorld): Promise<Offer> {
  const offers = await searchVolumes(world, { order: [['disk_space', 'desc']], limit: 5 });
  return offers[0] as Offer;
}

/** A rentable offer on a machine that offers over 30 GB for volumes, and the offer of those. */
async function withDisk(world: SimWorld): Promise<{ rentable: Offer; offer: Offer }> {
  const rentable = (await world.search({ rentable: { eq: true }, disable_bundling: true })).find(
    (row) => (row.avail_vol_size as number) > 30,
  ) as Offer;
  const [offer] = await searchVolumes(world, { machine_id: { eq: rentable.machine_id } });
  return { rentable, offer: offer as Offer };
}

const rent = async (world: SimWorld, { id }: Offer, volume: object, disk = 10) =>
  await json(
    await send(world, 'PUT', `/api/v0/asks/${id}/`, {
      client_id: 'me',
      image: 'x',
      disk,
      runtype: 'ssh',
      volume_info: { mount_path: '/data', ...volume },
    }),
  );

const noted = ({ sim }: SimWorld, volumeId: number) =>
  sim.truth
    .log()
    .filter(({ noun, id }) => noun === 'volume' && id === volumeId)
    .map(({ what }) => what);

describe('search volumes', () => {
  it('finds the disk that goes with listings: the same ids, sizes and prices as beside the GPUs', async () => {
    const world = aHost();
    const offers = await searchVolumes(world);
    expect(offers.length).toBeGreaterThan(20);
    expect(offers.length).toBeLessThanOrEqual(64);
    const rows = new Map((await world.search()).map((row) => [row.avail_vol_ask_id, row]));
    for (const offer of offers) {
      const row = rows.get(offer.id);
      expect(row).toMatchObject({ machine_id: offer.machine_id, avail_vol_size: offer.disk_space });
      expect(row?.avail_vol_dph).toBeCloseTo((offer.storage_cost as number) / 720, 12);
      expect(offer.verification).toBe('verified');
      for (const value of Object.values(offer)) expect(value).not.toBe(undefined);
    }
  });

  it('filters and sorts like a search of offers, and refuses what that refuses', async () => {
    const world = aHost();
    const offers = await searchVolumes(world, {
      disk_space: { gte: '500' },
      order: [['storage_cost', 'asc']],
    });
    expect(offers.length).toBeGreaterThan(2);
    const costs = offers.map((offer) => offer.storage_cost as number);
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
    for (const offer of offers) expect(offer.disk_space).toBeGreaterThanOrEqual(500);
    expect((await send(world, 'POST', '/api/v0/volumes/search/', { nonsense: { eq: 1 } })).status).toBe(400);
  });

  it('finds no network volumes', async () => {
    expect(await json(await send(aHost(), 'POST', '/api/v0/network_volumes/search/', SEARCH))).toEqual({
      offers: [],
    });
  });
});

describe('create volume', () => {
  it('takes the disk from its offer, lists it, and bills it by the second', async () => {
    const world = aHost();
    const offer = await largest(world);
    const answer = await create(world, offer);
    expect(answer).toMatchObject({ success: true, volume_name: `V.${answer.volume_id as number}` });
    const [volume] = await list(world);
    expect(volume).toMatchObject({
      id: answer.volume_id,
      label: 'v',
      disk_space: 20,
      machine_id: offer.machine_id,
      start_date: world.clock.now() / 1_000,
      instances: [],
    });
    const perHour = ((offer.storage_cost as number) * 20) / 720;
    expect(volume?.storage_total_cost).toBeCloseTo(perHour, 12);
    const [after] = await searchVolumes(world, { machine_id: { eq: offer.machine_id } });
    expect(after).toMatchObject({ id: offer.id, disk_space: (offer.disk_space as number) - 20 });
    const credit = async () => (await json(await world.call('/api/v0/users/current'))).credit as number;
    const before = await credit();
    await world.clock.step(2 * HOUR);
    expect(before - (await credit())).toBeCloseTo(2 * perHour, 6);
    expect(await list(world, 'local_volume')).toHaveLength(1);
    expect(await list(world, 'network_volume')).toEqual([]);
  });

  it('is refused for more than there is, for parts of a GB, and for an unknown offer', async () => {
    const world = aHost();
    const offer = await largest(world);
    const status = async (body: object) => (await send(world, 'PUT', '/api/v0/volumes/', body)).status;
    const most = offer.disk_space as number;
    expect(await status({ id: offer.id, size: Math.floor(most) + 1 })).toBe(400);
    expect(await status({ id: offer.id, size: 0 })).toBe(400);
    expect(await status({ id: offer.id, size: 1.5 })).toBe(400);
    expect(await status({ id: offer.id })).toBe(400);
    expect(await status({ id: 55, size: 20 })).toBe(404);
    expect(await list(world)).toEqual([]);
    expect(await status({ id: String(offer.id), size: String(Math.floor(most)) })).toBe(200);
  });

  it('counts in the host’s listing, and survives unlisting', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson('PUT', CREATE_ASKS, askBody(id, { vol_size: 100, vol_price: 0.3 }));
    const [offer] = await searchVolumes(host, { machine_id: { eq: id } });
    expect(offer).toMatchObject({ disk_space: 100, storage_cost: 0.3 / 0.75 });
    await create(host, offer as Offer, 30);
    expect(await machineOf(host)).toMatchObject({ volume_rented_size: 30, listed_volume_cost: 0.3 });
    await host.hostJson('DELETE', `/api/v0/machines/${id}/asks/`, {});
    expect(await searchVolumes(host, { machine_id: { eq: id } })).toEqual([]);
    expect(await list(host)).toHaveLength(1);
  });
});

describe('delete volume', () => {
  it('gives the disk back and ends the bill; the id stands in the query or in the body', async () => {
    const world = aHost();
    const offer = await largest(world);
    for (const where of ['query', 'body'] as const) {
      const id = (await create(world, offer)).volume_id as number;
      const path = where === 'query' ? `/api/v0/volumes/?id=${id}` : '/api/v0/volumes/';
      expect((await send(world, 'DELETE', path, where === 'body' ? { id } : {})).status).toBe(200);
      expect(await list(world)).toEqual([]);
      const [after] = await searchVolumes(world, { machine_id: { eq: offer.machine_id } });
      expect(after?.disk_space).toBe(offer.disk_space);
      const credit = async () => (await json(await world.call('/api/v0/users/current'))).credit;
      const before = await credit();
      await world.clock.step(HOUR);
      expect(await credit()).toBe(before);
      expect((await send(world, 'DELETE', path, where === 'body' ? { id } : {})).status).toBe(404);
    }
  });

  it('of somebody else is 404', async () => {
    const host = aHost();
    const id = (await create(host, await largest(host))).volume_id as number;
    expect((await host.asHost('DELETE', `/api/v0/volumes/?id=${id}`, {})).status).toBe(404);
    expect(await list(host)).toHaveLength(1);
  });

  it('is refused while an instance mounts it, and possible when that is destroyed', async () => {
    const world = aHost();
    const { rentable, offer } = await withDisk(world);
    const id = (await create(world, offer)).volume_id as number;
    const instance = (await rent(world, rentable, { create_new: false, volume_id: id }))
      .new_contract as number;
    expect((await list(world))[0]).toMatchObject({ instances: [instance] });
    const remove = async () => (await send(world, 'DELETE', `/api/v0/volumes/?id=${id}`)).status;
    expect(await remove()).toBe(400);
    await send(world, 'DELETE', `/api/v0/instances/${instance}/`);
    await world.clock.step(29_999);
    expect(await remove()).toBe(400);
    expect((await list(world))[0]).toMatchObject({ instances: [instance] });
    await world.clock.step(1);
    expect((await list(world))[0]).toMatchObject({ instances: [] });
    expect(await remove()).toBe(200);
    expect(noted(world, id)).toEqual(['created', 'mounted', 'left', 'deleted']);
  });
});

describe('create instance with a volume', () => {
  it('creates it with the instance: billed, listed, mounted, and there when the instance is gone', async () => {
    const world = aHost();
    const { rentable, offer } = await withDisk(world);
    const before = offer.disk_space as number;
    const answer = await rent(world, rentable, {
      create_new: true,
      volume_id: offer.id,
      name: 'v1',
      size: 20,
    });
    const instance = answer.new_contract as number;
    const [volume] = await list(world);
    expect(volume).toMatchObject({ label: 'v1', disk_space: 20, instances: [instance] });
    const { instances } = await json(await world.call('/api/v1/instances/'));
    expect((instances as Offer[])[0]?.volume_info).toMatchObject([
      { id: volume?.id, name: 'v1', mount_path: '/data', total_space: 20, avail_space: 20 },
    ]);
    const [after] = await searchVolumes(world, { machine_id: { eq: offer.machine_id } });
    expect(after?.disk_space).toBe(before - 20);
    await send(world, 'DELETE', `/api/v0/instances/${instance}/`);
    await world.clock.step(2 * HOUR);
    expect(await list(world)).toHaveLength(1);
    const charged = world.sim.truth.charges().filter(({ contract }) => contract === 'volume');
    expect(charged).toMatchObject([{ instanceId: volume?.id, kind: 'disk', quantity: 2 }]);
    expect(charged[0]?.price).toBeCloseTo(((offer.storage_cost as number) * 20) / 720, 12);
  });

  it('makes it 15 GB large when no size is said', async () => {
    const world = aHost();
    const { rentable, offer } = await withDisk(world);
    await rent(world, rentable, { create_new: true, volume_id: offer.id });
    expect(await list(world)).toMatchObject([{ disk_space: 15, label: null }]);
  });

  it.each([
    ['an offer that is none', () => ({ create_new: true, volume_id: 55 }), 'no_such_ask'],
    [
      'an offer on another machine',
      (other: Offer) => ({ create_new: true, volume_id: other.id }),
      'invalid_args',
    ],
    ['a volume that is nobody’s', () => ({ create_new: false, volume_id: 30_000_001 }), 'no_such_volume'],
    [
      'more than there is',
      (_: Offer, own: Offer) => ({ create_new: true, volume_id: own.id, size: 1e7 }),
      'invalid_args',
    ],
    ['no id', () => ({ create_new: true }), 'invalid_args'],
  ])('is refused for %s, and nothing is rented', async (_, info, slug) => {
    const world = aHost();
    const { rentable, offer } = await withDisk(world);
    const [other] = await searchVolumes(world, { machine_id: { neq: offer.machine_id } });
    const answer = await rent(world, rentable, info(other as Offer, offer));
    expect(answer).toMatchObject({ success: false, error: slug });
    expect(world.sim.truth.instances()).toEqual([]);
    expect(await list(world)).toEqual([]);
  });

  it('is refused for a volume on another machine', async () => {
    const world = aHost();
    const { rentable, offer } = await withDisk(world);
    const [other] = await searchVolumes(world, { machine_id: { neq: offer.machine_id } });
    const id = (await create(world, other as Offer)).volume_id;
    const answer = await rent(world, rentable, { create_new: false, volume_id: id });
    expect(answer).toMatchObject({ success: false, error: 'invalid_args' });
    expect(world.sim.truth.instances()).toEqual([]);
  });

  it('leaves no volume behind when the rental is refused', async () => {
    const world = aHost();
    const { rentable, offer } = await withDisk(world);
    const wanted = { create_new: true, volume_id: offer.id };
    expect((await rent(world, rentable, wanted, 1e7)).success).toBe(false);
    expect(await list(world)).toEqual([]);
  });
});

describe('a volume that nobody pays for', () => {
  it('is deleted when the grace is over, also while an instance mounts it', async () => {
    const world = aSim({ credit: 0.5 });
    const { rentable, offer } = await withDisk(world);
    const size = Math.floor(offer.disk_space as number);
    await rent(world, rentable, { create_new: true, volume_id: offer.id, size });
    expect(await list(world)).toHaveLength(1);
    for (let hours = 0; hours < 40 * 24; hours += 6) await world.clock.step(6 * HOUR);
    expect(await list(world)).toEqual([]);
    expect(noted(world, 30_000_001)).toEqual(['created', 'mounted', 'deleted']);
    expect(world.sim.truth.instances()[0]?.destroyedMs).toBeDefined();
    expect(world.sim.truth.accounts()[0]?.spendPerHour).toBe(0);
  });
});

describe('clone volume', () => {
  it('makes another one from an offer on any machine, as large or larger', async () => {
    const world = aHost();
    const offer = await largest(world);
    const [other] = await searchVolumes(world, {
      machine_id: { neq: offer.machine_id },
      disk_space: { gte: 50 },
    });
    const id = (await create(world, offer)).volume_id as number;
    const copy = async (body: object) => await json(await send(world, 'POST', '/api/v0/volumes/copy/', body));
    const same = await copy({ src_id: id, dst_id: other?.id });
    const larger = await copy({ src_id: String(id), dst_id: other?.id, size: 30 });
    expect(await list(world)).toMatchObject([
      { id, machine_id: offer.machine_id, disk_space: 20, label: 'v' },
      { id: same.volume_id, machine_id: other?.machine_id, disk_space: 20, label: 'v' },
      { id: larger.volume_id, machine_id: other?.machine_id, disk_space: 30, label: 'v' },
    ]);
    const log = world.sim.truth.log().filter(({ noun, what }) => noun === 'volume' && what === 'created');
    expect(log.map(({ data }) => data.clone_of)).toEqual([undefined, id, id]);
    expect((await copy({ src_id: id, dst_id: other?.id, size: 19 })).success).toBe(false);
    expect((await copy({ src_id: 5, dst_id: other?.id })).error).toBe('no_such_volume');
    expect((await copy({ src_id: id, dst_id: 5 })).error).toBe('no_such_ask');
    expect(await list(world)).toHaveLength(3);
  });
});

describe('a host', () => {
  it('offers disk for volumes and takes the offer back', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    const answer = await host.hostJson('POST', '/api/v0/volumes/', {
      machine: id,
      size: 40,
      price_disk: 0.15,
    });
    const [offer] = await searchVolumes(host, { machine_id: { eq: id } });
    expect(offer).toMatchObject({ id: answer.volume_ask_id, disk_space: 40, storage_cost: 0.15 / 0.75 });
    expect((await host.asHost('POST', '/api/v0/volumes/', { machine: id, size: 1e9 })).status).toBe(400);
    await host.hostJson('POST', '/api/v0/volumes/unlist', { id: offer?.id });
    expect(await searchVolumes(host, { machine_id: { eq: id } })).toEqual([]);
    expect((await host.asHost('POST', '/api/v0/volumes/unlist', { id: 5 })).status).toBe(404);
    expect((await send(host, 'POST', '/api/v0/volumes/', { machine: id, size: 10 })).status).toBe(403);
  });

  it('is not paid for volumes while its machine is down', async () => {
    const host = aHost();
    const { id } = await machineOf(host);
    await host.hostJson(
      'PUT',
      CREATE_ASKS,
      askBody(id, { vol_size: 100, vol_price: 0.3, duration: '1 year' }),
    );
    const [offer] = await searchVolumes(host, { machine_id: { eq: id } });
    await create(host, offer as Offer, 100);
    const credit = async () => (await json(await host.call('/api/v0/users/current'))).credit as number;
    const perHour = ((0.3 / 0.75) * 100) / 720;
    await host.hostJson('PUT', `/api/v0/machines/${id}/dnotify`, {
      sdate: host.clock.now() / 1_000 + 3_600,
      duration: 5,
      maintenance_category: 'disk',
    });
    const before = await credit();
    await host.clock.step(8 * HOUR);
    expect(before - (await credit())).toBeCloseTo(3 * perHour, 6);
  });
});
