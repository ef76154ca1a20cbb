// Routes, keys, limits and shapes of the simulated API, apart from what a search finds.
import { describe, expect, it } from 'vitest';
import { aSim, BASE, DAY, HOUR } from './a-sim.ts';

const world = aSim();

const post = { method: 'POST', body: '{"limit":3}' };
const put = { method: 'PUT', body: '{"select_cols":["*"],"q":{"limit":3}}' };
const query = `?q=${encodeURIComponent('{"limit":3}')}`;

describe('a route', () => {
  const routes: [path: string, init: RequestInit, field: string][] = [
    ['/api/v0/bundles', post, 'offers'],
    ['/api/v0/search/asks', put, 'offers'],
    ['/api/v0/gpu_names/unique', {}, 'gpu_names'],
    ['/api/v0/gpu_types', {}, 'gpu_types'],
    ['/api/v0/users/current', {}, 'email'],
    ['/api/v0/metrics/gpu/current', {}, 'gpus'],
    ['/api/v0/metrics/gpu/history', {}, 'gpus'],
    ['/api/v0/metrics/gpu/locations', {}, 'locations'],
  ];
  it.each(routes)('%s answers with and without its last slash', async (path, init, field) => {
    const texts: string[] = [];
    for (const slash of ['', '/']) {
      const response = await world.call(path + slash, init);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      texts.push(await response.text());
    }
    expect(texts[1]).toBe(texts[0]);
    expect(JSON.parse(texts[0] as string)).toHaveProperty(field);
  });

  it('answers the search by query as the one by body', async () => {
    const byQuery = await (await world.call(`/api/v0/bundles/${query}`)).text();
    expect(byQuery).toBe(await (await world.call('/api/v0/bundles/', post)).text());
    expect((JSON.parse(byQuery) as { offers: unknown[] }).offers.length).toBe(3);
  });

  it.each([
    ['GET', '/api/v0/deployments/'],
    ['DELETE', '/api/v0/bundles/'],
    ['GET', '/'],
  ])('%s %s that is none is named in the 404', async (method, path) => {
    const response = await world.call(path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      success: false,
      error: 'not_found',
      msg: `The simulator has no route ${method} ${path}`,
    });
  });

  it('names the models of the market without a key', async () => {
    const response = await world.sim.fetch(`${BASE}/api/v0/gpu_names/unique/`);
    const { gpu_names: names } = (await response.json()) as { gpu_names: string[] };
    const seen = new Set((await world.search()).map((offer) => offer.gpu_name));
    for (const name of seen) expect(names).toContain(name);
    expect(names.length).toBeGreaterThan(15);
  });
});

describe('a key', () => {
  const ask = (headers: Record<string, string>, path = '/api/v0/bundles/', sim = world.sim) =>
    sim.fetch(BASE + path, { ...post, headers });

  it('is needed', async () => {
    for (const headers of [{}, { authorization: 'Basic x' }, { authorization: 'Bearer ' }]) {
      const response = await ask(headers);
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({
        success: false,
        error: 'auth_error',
        msg: 'This action requires login.',
      });
    }
  });

  it('must be known', async () => {
    const response = await ask({ authorization: 'Bearer nonsense' });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ success: false, error: 'auth_error', msg: 'Invalid user key' });
  });

  it('that is unknown is answered with 404 where that is wanted', async () => {
    const { sim } = aSim({ badKeyStatus: 404 });
    expect((await ask({ authorization: 'Bearer nonsense' }, undefined, sim)).status).toBe(404);
  });

  it('may stand in the query', async () => {
    expect((await ask({}, `/api/v0/bundles/?api_key=${world.sim.apiKey}`)).status).toBe(200);
  });

  it('is made from the seed, or given', () => {
    expect(aSim().sim.apiKey).toBe(world.sim.apiKey);
    expect(aSim({ seed: 'other' }).sim.apiKey).not.toBe(world.sim.apiKey);
    expect(aSim({ apiKeys: ['mine', 'yours'] }).sim.apiKey).toBe('mine');
    expect(() => aSim({ apiKeys: [] })).toThrow('API keys is empty');
  });
});

describe('the limit on searches', () => {
  it('lets 10 pass in any 60 s and refuses the 11th without counting it', async () => {
    const { post: search, clock } = aSim({ searchesPerMinute: 10 });
    const status = async () => (await search({ limit: 1 })).status;
    for (let i = 0; i < 10; i += 1) {
      expect(await status()).toBe(200);
      await clock.step(1_000);
    }
    // The first search is 10 s old now.
    expect(await status()).toBe(429);
    await clock.step(49_999);
    expect(await status()).toBe(429);
    await clock.step(1);
    expect(await status()).toBe(200);
    expect(await status()).toBe(429);
    await clock.step(1_000);
    expect(await status()).toBe(200);
  });

  it('is one for all ways to search, and another for every key', async () => {
    const { sim } = aSim({ searchesPerMinute: 1, apiKeys: ['one', 'two'] });
    const ask = (key: string, path: string, init: RequestInit) =>
      sim.fetch(BASE + path, { ...init, headers: { authorization: `Bearer ${key}` } });
    expect((await ask('one', '/api/v0/bundles/', post)).status).toBe(200);
    expect((await ask('one', '/api/v0/search/asks/', put)).status).toBe(429);
    expect((await ask('one', `/api/v0/bundles/${query}`, {})).status).toBe(429);
    expect((await ask('one', '/api/v0/users/current/', {})).status).toBe(200);
    expect((await ask('two', '/api/v0/bundles/', post)).status).toBe(200);
  });

  it.each([
    ['text', 'API requests too frequent: endpoint threshold=6.0'],
    ['detail', '{"detail":"API requests too frequent endpoint threshold=6.0"}'],
    [
      'msg',
      '{"success":false,"error":"rate_limit_exceeded","msg":"API requests too frequent endpoint threshold=6.0"}',
    ],
  ] as const)('is told as %s', async (rateLimitBody, body) => {
    const { post: search } = aSim({ searchesPerMinute: 10, rateLimitBody });
    for (let i = 0; i < 10; i += 1) await search({ limit: 1 });
    const response = await search({ limit: 1 });
    expect(response.status).toBe(429);
    expect(await response.text()).toBe(body);
    expect(response.headers.has('retry-after')).toBe(false);
  });
});

interface CurrentMetrics {
  readonly gpus: readonly (Readonly<Record<string, number>> & { readonly gpu_name: string })[];
}

describe('market metrics', () => {
  const metrics = async <Body>(path: string, sim = world) =>
    (await (await sim.call(`/api/v0/metrics/gpu/${path}`)).json()) as Body;

  it('count the truth', async () => {
    const { gpus } = await metrics<CurrentMetrics>('current/?verified=all');
    const total = gpus.reduce((sum, gpu) => sum + (gpu.total as number), 0);
    const rented = gpus.reduce(
      (sum, gpu) => sum + Number(gpu.rented_verified) + Number(gpu.rented_unverified),
      0,
    );
    const slots = world.sim.truth.slots();
    const shown = new Set((await world.search()).flatMap((offer) => offer.gpu_ids));
    const shownSlots = slots.filter(({ gpuId }) => shown.has(gpuId));
    expect(total).toBe(shownSlots.length);
    // Offline machines keep their contracts, so the service counts at least what is really running.
    expect(rented).toBeGreaterThanOrEqual(shownSlots.filter(({ state }) => state === 'on-demand').length);
    for (const gpu of gpus) {
      const parts = ['rented_verified', 'avail_verified', 'rented_unverified', 'avail_unverified'] as const;
      expect(parts.reduce((sum, part) => sum + Number(gpu[part]), 0)).toBe(gpu.total);
      expect(gpu.price_p10).toBeLessThanOrEqual(gpu.price_median as number);
      expect(gpu.price_median).toBeLessThanOrEqual(gpu.price_p90 as number);
    }
  });

  it('hold verified machines only unless asked for all', async () => {
    const all = await metrics<CurrentMetrics>('current/?verified=all');
    const verified = await metrics<CurrentMetrics>('current/');
    const unverified = await metrics<CurrentMetrics>('current/?verified=no');
    const gpus = ({ gpus: list }: CurrentMetrics) => list.reduce((sum, gpu) => sum + Number(gpu.total), 0);
    expect(gpus(verified)).toBeGreaterThan(0);
    expect(gpus(unverified)).toBeGreaterThan(0);
    expect(gpus(verified) + gpus(unverified)).toBe(gpus(all));
  });

  it('tell the past as it was', async () => {
    const later = aSim();
    const before = (await metrics<CurrentMetrics>('current/?verified=all', later)).gpus.find(
      ({ gpu_name: name }) => name === 'RTX 4090',
    );
    await later.clock.step(2 * DAY);
    const start = later.clock.now() / 1_000 - (2 * DAY) / 1_000;
    interface History {
      readonly gpus: Record<
        string,
        { supply_demand: Record<string, number[]>; pricing: Record<string, number[]> }
      >;
    }
    const { gpus } = await metrics<History>(
      `history/?gpu_name=RTX+4090&verified=all&start=${start}&step=${HOUR / 1_000}`,
      later,
    );
    const { supply_demand: supply, pricing } = gpus['RTX 4090'] as History['gpus'][string];
    expect(supply.timestamps?.length).toBe(49);
    expect(supply.timestamps?.[0]).toBe(start);
    const rentedThen = Number(supply.rented_verified?.[0]) + Number(supply.rented_unverified?.[0]);
    const rentedBefore = Number(before?.rented_verified) + Number(before?.rented_unverified);
    // Machines that are hidden at either time are in one figure and not in the other.
    expect(Math.abs(rentedThen - rentedBefore)).toBeLessThanOrEqual(4);
    expect(new Set(supply.rented_verified).size).toBeGreaterThan(1);
    expect(new Set([...(pricing.avail_median ?? []), ...(pricing.avail_p10 ?? [])]).size).toBeGreaterThan(1);
  });

  it('are for hosts with machines', async () => {
    const renter = aSim({ account: 'renter' });
    expect((await renter.call('/api/v0/metrics/gpu/current/')).status).toBe(401);
    const newcomer = aSim({ account: 'host-without-machines' });
    expect(await metrics('current/', newcomer)).toEqual({ success: true, gpus: [], needs_machine: true });
    expect(await metrics('history/', newcomer)).toEqual({ success: true, gpus: {}, needs_machine: true });
  });

  it('put machines on the map', async () => {
    const { locations } = await metrics<{ locations: Record<string, unknown>[] }>('locations/');
    expect(locations.length).toBe(new Set((await world.search()).map((offer) => offer.machine_id)).size);
    for (const place of locations) expect(place.country_code).toMatch(/^[A-Z]{2}$/);
  });
});

describe('options that make no sense', () => {
  it.each([
    [{ offers: 0 }, 'A market of 0 offers'],
    [{ offers: Number.NaN }, 'A market of NaN offers'],
    [{ offers: 500_001 }, 'A market of 500001 offers'],
    [{ cap: 0 }, 'The cap is 0'],
    [{ cap: [] }, 'The cap is []'],
    [{ cap: [64, -1] }, 'The cap is [64,-1]'],
    [{ faults: { slow: 1.1 } }, 'The probability of slow is 1.1'],
    [{ faults: { slwo: 0.1 } as never }, '"slwo" is not a fault'],
  ])('%j are refused', (options, message) => {
    expect(() => aSim(options)).toThrow(message);
  });
});
