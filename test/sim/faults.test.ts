// Every fault does what its name says, is counted, and comes as often as was asked; without faults none comes.
import { describe, expect, it } from 'vitest';
import { REQUEST_FAULTS, type RequestFaultName } from '../../src/sim/faults/fault-table.ts';
import type { FaultName } from '../../src/sim/index.ts';
import { aSim, BASE, type Offer, type SimWorld } from './a-sim.ts';

const ask = (world: SimWorld) => world.post({ disable_bundling: true });

/** What the answer with this fault looks like; the world's next request has it. */
const effects: Record<RequestFaultName, (world: SimWorld) => Promise<void>> = {
  'rate-limit-text': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(429);
    expect(await response.text()).toBe('API requests too frequent: endpoint threshold=4.5');
  },
  'rate-limit-detail': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({ detail: 'API requests too frequent endpoint threshold=4.5' });
  },
  'rate-limit-msg': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ success: false, error: 'rate_limit_exceeded' });
  },
  'server-error': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ success: false });
  },
  'bad-gateway': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toContain('502 Bad Gateway');
  },
  slow: async (world) => {
    const startMs = world.clock.now();
    const answer = ask(world);
    await world.clock.step(4_999);
    expect(await Promise.race([answer, Promise.resolve('not yet')])).toBe('not yet');
    while (world.clock.pendingTimers > 0) await world.clock.stepToNext();
    const response = await answer;
    expect(response.status).toBe(200);
    expect(world.clock.now() - startMs).toBeGreaterThan(5_000);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(20_000);
  },
  hang: async (world) => {
    const gone = new AbortController();
    const answer = world.call('/api/v0/bundles/', { method: 'POST', body: '{}', signal: gone.signal });
    await world.clock.step(10 * 86_400_000);
    expect(await Promise.race([answer.catch(() => 'failed'), Promise.resolve('hangs')])).toBe('hangs');
    gone.abort(new Error('I have waited long enough'));
    await expect(answer).rejects.toThrow('I have waited long enough');
  },
  'truncated-json': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text.startsWith('{"')).toBe(true);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  },
  'wrong-content-type': async (world) => {
    const response = await ask(world);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.json()).toHaveProperty('offers');
  },
  'stray-line': async (world) => {
    const text = await (await ask(world)).text();
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    const json = text.slice(0, text.lastIndexOf('}') + 1);
    expect(JSON.parse(json)).toHaveProperty('offers');
    expect(text.slice(json.length).trim()).not.toBe('');
  },
  'rate-limit-storm': async (world) => {
    const statuses: number[] = [];
    for (let second = 0; second < 91; second += 1) {
      statuses.push((await ask(world)).status);
      await world.clock.step(1_000);
    }
    const calm = statuses.indexOf(200);
    expect(calm).toBeGreaterThanOrEqual(20);
    expect(new Set(statuses.slice(0, calm))).toEqual(new Set([429]));
    expect(new Set(statuses.slice(calm))).toEqual(new Set([200]));
    expect((await world.call('/api/v0/users/current/')).status).toBe(200);
  },
  'lost-answer': async (world) => {
    await expect(ask(world)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { code: 'ECONNRESET' },
    });
  },
  'gateway-timeout': async (world) => {
    const response = await ask(world);
    expect(response.status).toBe(504);
    expect(await response.text()).toContain('504 Gateway Time-out');
  },
  'wrong-success': async (world) => {
    await ask(world);
    const refused = await world.call('/api/v0/no-such-route/', { method: 'PUT', body: '{}' });
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ success: true, error: 'not_found' });
  },
  'short-listing': async (world) => {
    const half = await world.search();
    expect(half.length).toBe(Math.floor((await world.search()).length / 2));
  },
  'ill-typed-listing': async (world) => {
    const { offers } = (await (await ask(world)).json()) as { offers: unknown };
    expect(Array.isArray(offers)).toBe(false);
  },
  'legacy-list-gone': async (world) => {
    await ask(world);
    expect((await world.call('/api/v1/instances/')).status).not.toBe(410);
    expect((await world.call('/api/v0/instances/')).status).toBe(410);
  },
  'search-mismatch': async (world) => {
    const response = await world.post({ num_gpus: { eq: 2 }, disable_bundling: true });
    const { offers } = (await response.json()) as { offers: Offer[] };
    expect(offers.some((offer) => offer.num_gpus !== 2)).toBe(true);
  },
  'empty-listing': async (world) => {
    expect(await world.search()).toEqual([]);
  },
  'capped-listing': async (world) => {
    expect((await world.search()).length).toBe(64);
  },
  'vanished-field': async (world) => {
    const offers = await world.search();
    const whole = Object.keys((await world.search())[0] as Offer);
    const missing = whole.filter((name) => offers.every((offer) => !(name in offer)));
    expect(missing.length).toBe(1);
    expect(offers.every((offer) => Object.keys(offer).length === whole.length - 1)).toBe(true);
    expect(missing[0]).not.toBe('id');
  },
  'clock-skew': async (world) => {
    const skewed = new Map((await world.search()).map((offer) => [offer.id, offer]));
    const shifts = new Set(
      (await world.search()).map((offer) => Number(skewed.get(offer.id)?.end_date) - Number(offer.end_date)),
    );
    expect(shifts.size).toBe(1);
    expect([...shifts][0]).not.toBe(0);
  },
};

describe('a fault', () => {
  it.each([...REQUEST_FAULTS])('%s, ordered once, fires once and does what it says', async (fault) => {
    const world = aSim();
    world.sim.fail(fault);
    await effects[fault](world);
    const counts = Object.entries(world.sim.faultCounts()).filter(([, count]) => count > 0);
    expect(counts.map(([name]) => name)).toEqual([fault]);
    // A storm is ordered once and counts every call that it refuses.
    if (fault !== 'rate-limit-storm') expect(counts).toEqual([[fault, 1]]);
    expect((await world.search()).length).toBeGreaterThan(64);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('ordered three times fires three times', async () => {
    const world = aSim();
    world.sim.fail('server-error', { times: 3 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await ask(world)).status);
    expect(statuses).toEqual([500, 500, 500, 200, 200]);
    expect(world.sim.faultCounts()['server-error']).toBe(3);
  });

  it('ordered for a route waits for that route', async () => {
    const world = aSim();
    world.sim.fail('bad-gateway', { route: /GET .*users/g });
    expect((await ask(world)).status).toBe(200);
    expect((await world.call('/api/v0/users/current/')).status).toBe(502);
    expect((await world.call('/api/v0/users/current/')).status).toBe(200);
  });

  it('of rows waits for a search', async () => {
    const world = aSim();
    world.sim.fail('empty-listing');
    expect((await world.call('/api/v0/users/current/')).status).toBe(200);
    expect(world.sim.faultCounts()['empty-listing']).toBe(0);
    expect(await world.search()).toEqual([]);
  });

  it('with a name that is none is refused with the names there are', () => {
    expect(() => aSim().sim.fail('boom' as FaultName)).toThrow(
      '"boom" is not a fault; there are rate-limit-text',
    );
  });

  it('that hangs ends at once for a caller who had gone before', async () => {
    const world = aSim();
    world.sim.fail('hang');
    const gone = AbortSignal.abort(new Error('gone before'));
    await expect(
      world.call('/api/v0/bundles/', { method: 'POST', body: '{}', signal: gone }),
    ).rejects.toThrow('gone before');
    expect(world.sim.faultCounts().hang).toBe(0);
  });
});

describe('the probability of a fault', () => {
  const statuses = async (world: SimWorld, requests: number) => {
    const seen: number[] = [];
    for (let i = 0; i < requests; i += 1) seen.push((await world.call('/api/v0/users/current/')).status);
    return seen;
  };

  it('is met, and counted', async () => {
    const world = aSim({ offers: 5, faults: { 'server-error': 0.2, 'bad-gateway': 0.1 } });
    const seen = await statuses(world, 2_000);
    const { 'server-error': errors, 'bad-gateway': gateways } = world.sim.faultCounts();
    expect(seen.filter((status) => status === 500).length).toBe(errors);
    expect(seen.filter((status) => status === 502).length).toBe(gateways);
    // Standard errors are 18 and 13 requests.
    expect(Math.abs(errors - 400)).toBeLessThan(90);
    expect(Math.abs(gateways - 0.8 * 200)).toBeLessThan(65);
  });

  it('0 never, 1 always', async () => {
    expect(new Set(await statuses(aSim({ offers: 5, faults: { 'server-error': 0 } }), 300))).toEqual(
      new Set([200]),
    );
    expect(new Set(await statuses(aSim({ offers: 5, faults: { 'server-error': 1 } }), 300))).toEqual(
      new Set([500]),
    );
  });

  it('draws the same for the same seed, whatever other routes were called', async () => {
    const quiet = aSim({ offers: 5, faults: { 'server-error': 0.3 } });
    const busy = aSim({ offers: 5, faults: { 'server-error': 0.3 } });
    const seen: number[] = [];
    for (let i = 0; i < 100; i += 1) {
      await busy.call('/api/v0/gpu_types/');
      seen.push((await busy.call('/api/v0/users/current/')).status);
    }
    expect(seen).toEqual(await statuses(quiet, 100));
    expect(seen).toContain(500);
    expect(seen).toContain(200);
  });

  it('comes before the key is looked at, as a broken proxy does', async () => {
    const world = aSim({ faults: { 'bad-gateway': 1 } });
    expect((await world.sim.fetch(`${BASE}/api/v0/users/current/`)).status).toBe(502);
  });
});
