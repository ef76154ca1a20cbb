import { describe, expect, it } from 'vitest';
import { aRenter, type Json, type Renter } from './a-renter.ts';

const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));
const BY_ID = [{ col: 'id', dir: 'asc' }];

/** A renter with so many instances, some of them running. */
async function withInstances(count: number, labels: readonly (string | null)[] = [null]): Promise<Renter> {
  const renter = aRenter({ offers: 1_000 });
  const offers = await renter.search({
    rentable: { eq: true },
    disk_space: { gte: 20 },
    num_gpus: { eq: 1 },
  });
  for (let index = 0; index < count; index += 1) {
    await renter.rented(offers[index]?.id ?? 0, {
      label: labels[index % labels.length] ?? null,
      disk: 8 + (index % 4),
    });
  }
  return renter;
}

interface Page extends Json {
  readonly instances: readonly (Json & { readonly id: number })[];
  readonly next_token: string | null;
}

async function page(renter: Renter, query: string): Promise<Page> {
  const { status, body } = await renter.get(`/api/v1/instances/?${query}`);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body as unknown as Page;
}

describe('GET /api/v1/instances/', () => {
  it('answers pages of 25 as the official client asks for them, until the token is null', async () => {
    const renter = await withInstances(30, ['a', null, 'b']);
    const query = `select_filters=%7B%7D&order_by=${json(BY_ID)}&limit=25`;
    const first = await page(renter, query);
    expect(first).toMatchObject({
      success: true,
      instances_found: 25,
      total_instances: 30,
      label_counts: { a: 10, '': 10, b: 10 },
    });
    const token = first.next_token ?? '';
    expect(JSON.parse(Buffer.from(token, 'base64').toString())).toEqual({
      values: { id: first.instances[24]?.id },
    });
    const second = await page(renter, `${query}&after_token=${encodeURIComponent(token)}`);
    expect(second).toMatchObject({ instances_found: 5, total_instances: 30, next_token: null });
    const ids = [...first.instances, ...second.instances].map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 30 }, (_, index) => 20_000_001 + index));
  });

  it('goes on behind a row that is gone meanwhile', async () => {
    const renter = await withInstances(6);
    const first = await page(renter, 'limit=3');
    await renter.send('DELETE', `/api/v0/instances/${first.instances[2]?.id ?? 0}/`);
    const second = await page(renter, `limit=3&after_token=${encodeURIComponent(first.next_token ?? '')}`);
    expect(second.instances.map(({ id }) => id)).toEqual([20_000_004, 20_000_005, 20_000_006]);
  });

  it('goes on in any order, without losing rows of the same value', async () => {
    const renter = await withInstances(10);
    const order = json([
      { col: 'disk_space', dir: 'desc' },
      { col: 'id', dir: 'asc' },
    ]);
    const seen: number[] = [];
    let token: string | null = null;
    do {
      const after: string = token === null ? '' : `&after_token=${encodeURIComponent(token)}`;
      const answer: Page = await page(renter, `order_by=${order}&limit=3${after}`);
      seen.push(...answer.instances.map(({ id }) => id - 20_000_000));
      token = answer.next_token;
    } while (token !== null);
    expect(seen).toEqual([4, 8, 3, 7, 2, 6, 10, 1, 5, 9]);
  });

  it.each([
    ['limit=0', 5],
    ['limit=-1', 5],
    ['limit=1', 1],
    ['limit=25', 25],
    ['limit=26', 25],
    ['', 25],
  ])('%s answers %i rows', async (query, rows) => {
    const renter = await withInstances(27);
    expect((await page(renter, query)).instances).toHaveLength(rows);
  });

  it('filters by what is stored, and counts what it found', async () => {
    const renter = await withInstances(6, ['x', 'y', null]);
    const [first] = renter.sim.truth.instances();
    await renter.until(first?.instanceId ?? 0, ({ actual }) => actual === 'running');
    await renter.put(`/api/v0/instances/${first?.instanceId ?? 0}/`, { state: 'stopped' });
    const filtered = async (filters: unknown) =>
      (await page(renter, `select_filters=${json(filters)}`)).instances.map(({ id }) => id - 20_000_000);
    expect(await filtered({ actual_status: { in: ['exited'] } })).toEqual([1]);
    expect(await filtered({ label: { eq: 'y' } })).toEqual([2, 5]);
    expect(await filtered({ id: { gte: 20_000_005 } })).toEqual([5, 6]);
    expect(await filtered({ label: { eq: 'x' }, id: { gt: '20000001' } })).toEqual([4]);
    const counted = await page(renter, `select_filters=${json({ label: { eq: 'x' } })}&limit=1`);
    expect(counted).toMatchObject({ instances_found: 1, total_instances: 2, label_counts: { x: 2 } });
  });

  it.each([
    [`select_filters=${json({ dph_total: { lte: 1 } })}`, 'dph_total is not a valid search key'],
    [`select_filters=${json({ num_gpus: { eq: 1 } })}`, 'num_gpus is not a valid search key'],
    [`select_filters=${json({ id: { 0: 1 } })}`, '0 is not a valid search op'],
    ['select_filters={', 'select_filters is no JSON'],
    ['limit=many', 'limit many is not an integer'],
  ])('refuses %s', async (query, message) => {
    const renter = await withInstances(1);
    expect(await renter.get(`/api/v1/instances/?${query}`)).toEqual({
      status: 400,
      body: { success: false, error: 'invalid_request', msg: `Error in query parameters: ${message}` },
    });
  });

  it.each([
    'x',
    'bm9uc2Vuc2U=',
    Buffer.from('{"values":{}}').toString('base64'),
  ])('refuses the token %s', async (token) => {
    const renter = await withInstances(1);
    expect(await renter.get(`/api/v1/instances/?after_token=${encodeURIComponent(token)}`)).toMatchObject({
      status: 400,
      body: { error: 'invalid_token' },
    });
  });

  it('takes a direction that is none as ascending', async () => {
    const renter = await withInstances(3);
    const { instances } = await page(renter, `order_by=${json([{ col: 'id', dir: 'sideways' }])}`);
    expect(instances.map(({ id }) => id)).toEqual([20_000_001, 20_000_002, 20_000_003]);
    const down = await page(renter, `order_by=${json([{ col: 'id', dir: 'desc' }])}`);
    expect(down.instances.map(({ id }) => id)).toEqual([20_000_003, 20_000_002, 20_000_001]);
  });

  it('answers the columns that are asked for, null for one that there is not', async () => {
    const renter = await withInstances(1);
    const { instances } = await page(
      renter,
      `select_cols=${json(['id', 'disk_space', 'volume_info', 'nonsense'])}`,
    );
    expect(instances).toEqual([{ id: 20_000_001, disk_space: 8, volume_info: [], nonsense: null }]);
    const all = await page(renter, `select_cols=${json(['*'])}`);
    expect(Object.keys(all.instances[0] ?? {}).length).toBeGreaterThan(80);
  });

  it('shows nobody else’s', async () => {
    const renter = await withInstances(2);
    const { body } = await renter.get('/api/v1/instances/', renter.sim.hostApiKey);
    expect(body).toMatchObject({ total_instances: 0, instances: [], label_counts: {}, next_token: null });
    expect((await renter.get('/api/v0/instances/20000001/', renter.sim.hostApiKey)).body).toEqual({
      instances: null,
    });
    const stop = await renter.put('/api/v0/instances/20000001/', { state: 'stopped' }, renter.sim.hostApiKey);
    expect(stop.status).toBe(404);
  });
});

describe('the other listings', () => {
  it('the old one has all instances at once', async () => {
    const renter = await withInstances(27);
    const { body } = await renter.get('/api/v0/instances/?owner=me');
    expect(body.instances_found).toBe(27);
    expect(body.instances).toHaveLength(27);
  });

  it('a single one is an object under instances, without the two fields that only pages have', async () => {
    const renter = await withInstances(1);
    const { body } = await renter.get('/api/v0/instances/20000001/?owner=me');
    const single = body.instances as Json;
    const [row] = (await page(renter, '')).instances;
    expect(Object.keys(row ?? {}).filter((key) => !(key in single))).toEqual(['volume_info', 'country_code']);
    const { volume_info: _, country_code: country, ...rest } = row as Json;
    expect(single).toEqual(rest);
    expect(country).toMatch(/^[A-Z]{2}$/);
    expect((await renter.get('/api/v0/instances/4242/?owner=me')).body).toEqual({ instances: null });
  });

  it('filters names what occurs together, count counts, lite is short', async () => {
    const renter = await withInstances(3);
    const filters = (await renter.get('/api/v0/instances/filters/')).body.filters as Json[];
    expect(filters.length).toBeGreaterThanOrEqual(1);
    expect(Object.keys(filters[0] ?? {})).toEqual(['actual_status', 'gpu_name', 'verification']);
    expect((await renter.get('/api/v0/instances/count/')).body).toEqual({ success: true, count: 3 });
    const lite = (await renter.get('/api/v1/instances/lite/')).body.instances as Json[];
    expect(lite.map(({ id }) => id)).toEqual([20_000_001, 20_000_002, 20_000_003]);
  });
});

describe('the row of an instance', () => {
  it('writes every text in ASCII, labels too', async () => {
    const renter = await withInstances(1, ['Größe']);
    const text = await (await renter.call('/api/v1/instances/')).text();
    expect(text).toContain('"label_counts":{"Gr\\u00f6\\u00dfe":1}');
    expect(text).toMatch(/^[\x20-\x7e]*$/);
  });

  /** Fields of the two published schemas. */
  const PUBLISHED =
    'id machine_id host_id bundle_id actual_status intended_status cur_state next_state status_msg label template_id template_hash_id template_name image_uuid image_args image_runtype extra_env onstart jupyter_token ssh_host ssh_port ssh_idx machine_dir_ssh_port public_ipaddr local_ipaddrs direct_port_count direct_port_start direct_port_end static_ip num_gpus gpu_name gpu_arch gpu_frac gpu_lanes gpu_mem_bw bw_nvlink compute_cap gpu_ram gpu_totalram gpu_util gpu_temp cpu_name cpu_arch cpu_cores cpu_cores_effective cpu_ram cpu_util mem_usage mem_limit vmem_usage disk_space disk_usage disk_util disk_name disk_bw inet_up inet_down inet_up_cost inet_down_cost dph_base dph_total min_bid is_bid storage_cost storage_total_cost vram_costperhour search instance dlperf dlperf_per_dphtotal flops_per_dphtotal total_flops score reliability2 verification rentable external hosting_type os_version mobo_name pci_gen pcie_bw driver_version cuda_max_good logo webpage geolocation start_date end_date duration uptime_mins client_run_time host_run_time credit_balance credit_discount credit_discount_max time_remaining time_remaining_isbid';

  it('has every published field; ports only while it runs', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, { runtype: 'ssh_direc ssh_proxy' });
    const before = (await renter.row(id)) as Json;
    expect(PUBLISHED.split(' ').filter((field) => !(field in before))).toEqual([]);
    expect('ports' in before).toBe(false);
    await renter.until(id, ({ actual }) => actual === 'running');
    const { ports } = (await renter.row(id)) as { ports: Record<string, Json[]> };
    expect(ports).toEqual({ '22/tcp': [{ HostIp: '0.0.0.0', HostPort: expect.stringMatching(/^\d+$/) }] });
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    expect('ports' in ((await renter.row(id)) as Json)).toBe(false);
  });

  it('has prices that add up, times in seconds, sizes in their units', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer(2);
    const id = await renter.rented(offer.id, { disk: 20 });
    await renter.until(id, ({ actual }) => actual === 'running');
    await renter.wait(30 * 60_000);
    const row = (await renter.row(id)) as Record<string, number>;
    expect(row.dph_base).toBe(offer.dph_base);
    expect(row.dph_total).toBeCloseTo(offer.dph_base + (Number(offer.storage_cost) * 20) / 720, 12);
    expect(row.gpu_totalram).toBe(2 * (row.gpu_ram ?? 0));
    expect(row.start_date).toBe(Date.UTC(2026, 0, 1) / 1_000);
    expect(row.duration).toBeCloseTo((row.end_date ?? 0) - renter.clock.now() / 1_000, 0);
    expect(row.uptime_mins).toBeCloseTo(30, 0);
    expect(row.disk_space).toBe(20);
    expect(row.gpu_util).toBeGreaterThan(1);
    expect(row.gpu_util).toBeLessThanOrEqual(100);
    expect(row.cpu_util).toBeLessThanOrEqual(1);
  });

  it('has the same figures twice within a minute, and the next minute others', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id);
    await renter.until(id, ({ actual }) => actual === 'running');
    await renter.clock.step(60_000 - (renter.clock.now() % 60_000));
    const first = (await renter.row(id)) as Json;
    await renter.clock.step(30_000);
    expect((await renter.row(id))?.gpu_util).toBe(first.gpu_util);
    await renter.clock.step(60_000);
    expect((await renter.row(id))?.gpu_util).not.toBe(first.gpu_util);
  });

  it('is labelled up to 1,024 characters, together with a change of state', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id);
    const path = `/api/v0/instances/${id}/`;
    expect((await renter.put(path, { label: 'hello', state: 'stopped' })).body).toEqual({ success: true });
    expect(await renter.row(id)).toMatchObject({ label: 'hello', intended_status: 'stopped' });
    expect((await renter.put(path, { label: 'x'.repeat(1_024) })).status).toBe(200);
    expect(await renter.put(path, { label: 'x'.repeat(1_025) })).toMatchObject({
      status: 400,
      body: { error: 'label_too_long' },
    });
    expect((await renter.row(id))?.label).toBe('x'.repeat(1_024));
    expect((await renter.put(path, {})).status).toBe(400);
    expect((await renter.put(path, { state: 'paused' })).status).toBe(400);
    expect((await renter.put('/api/v0/instances/abc/', { state: 'running' })).body.error).toBe('invalid_id');
  });
});
