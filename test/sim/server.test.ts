// The simulator on loopback sockets, called as any client would; stopping leaves nothing behind.
import { get, type IncomingHttpHeaders } from 'node:http';
import { createConnection } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { PacedClock, SteppedClock, systemClock } from '../../src/base/std/index.ts';
import { createSim, FAULTS, type SimOptions, type SimServer } from '../../src/sim/index.ts';

const running: SimServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serve(options: Partial<SimOptions> = {}) {
  const sim = createSim({ seed: 'socket', clock: new SteppedClock(), offers: 200, ...options });
  const server = await sim.serve();
  running.push(server);
  const search = (init: RequestInit = {}, path = 'bundles/') =>
    fetch(`${server.url}/api/v0/${path}`, {
      method: 'POST',
      body: '{"disable_bundling":true}',
      headers: { authorization: `Bearer ${server.apiKey}` },
      ...init,
    });
  const control = (path: string, init: RequestInit = {}) =>
    fetch(server.controlUrl + path, {
      ...init,
      headers: {
        authorization: `Bearer ${server.controlToken}`,
        ...(init.headers as Record<string, string>),
      },
    });
  return { sim, server, search, control };
}

/** The bytes as they come over the line: `fetch` would ask for gzip, and unpack it, by itself. */
async function rawAnswer(url: string, headers: Readonly<Record<string, string>>) {
  const answer = await new Promise<{ headers: IncomingHttpHeaders; bytes: Promise<Buffer> }>(
    (resolve, reject) => {
      get(url, { headers }, (message) => resolve({ headers: message.headers, bytes: buffer(message) })).on(
        'error',
        reject,
      );
    },
  );
  return { headers: answer.headers, bytes: await answer.bytes };
}

const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('the served API', () => {
  it('answers with the same bytes as in-process', async () => {
    const { sim, search } = await serve();
    const response = await search();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const inProcess = await sim.fetch('https://console.vast.ai/api/v0/bundles/', {
      method: 'POST',
      body: '{"disable_bundling":true}',
      headers: { authorization: `Bearer ${sim.apiKey}` },
    });
    expect(await response.text()).toBe(await inProcess.text());
  });

  it('packs a long answer where the caller takes gzip, and it unpacks to the same bytes', async () => {
    const { server } = await serve();
    const ask = (path: string, acceptEncoding: string | undefined) =>
      rawAnswer(`${server.url}/api/v0/${path}`, {
        authorization: `Bearer ${server.apiKey}`,
        ...(acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }),
      });
    const plain = await ask('bundles/', undefined);
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const takes of ['gzip', 'deflate, gzip;q=0.5', 'GZIP']) {
      const packed = await ask('bundles/', takes);
      expect(packed.headers['content-encoding'], takes).toBe('gzip');
      expect(packed.headers['content-type']).toBe('application/json');
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 3);
      expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
    }
    for (const refuses of ['identity', 'gzip;q=0', 'deflate, gzip; q=0.0', 'x-gzip']) {
      expect((await ask('bundles/', refuses)).bytes.equals(plain.bytes), refuses).toBe(true);
    }
    const short = await ask('gpu_names/unique/', 'gzip');
    expect(short.bytes.length).toBeLessThan(1_024);
    expect(short.headers['content-encoding']).toBeUndefined();
  });

  it('listens on loopback, on two ports, and only there holds the truth', async () => {
    const { server, search } = await serve();
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    expect(new URL(server.controlUrl).port).not.toBe(new URL(server.url).port);
    const onApi = await fetch(`${server.url}/control/truth/slots`, {
      headers: { authorization: `Bearer ${server.controlToken}` },
    });
    expect(onApi.status).toBe(404);
    expect(await (await search()).text()).not.toContain('lockedPrice');
  });

  it('runs on the system clock, too', async () => {
    const { search, control } = await serve({ clock: systemClock() });
    expect((await search()).status).toBe(200);
    const refused = await control('/control/step', { method: 'POST', body: '{"ms":1000}' });
    expect(refused.status).toBe(409);
  });

  it('breaks the line when an answer is lost', async () => {
    const { sim, search } = await serve();
    sim.fail('lost-answer');
    await expect(search()).rejects.toThrow('fetch failed');
    expect((await search()).status).toBe(200);
  });

  it('refuses an address that others can reach, unless that is understood', async () => {
    const { sim } = await serve();
    await expect(sim.serve({ host: '0.0.0.0' })).rejects.toThrow('could be reached by others');
    const server = await sim.serve({ host: '0.0.0.0', isOpenToOthers: true });
    running.push(server);
    expect(server.url).toContain('0.0.0.0');
  });

  it('says that a port is taken', async () => {
    const { sim, server } = await serve();
    await expect(sim.serve({ port: Number(new URL(server.url).port) })).rejects.toThrow('EADDRINUSE');
  });
});

describe('the control port', () => {
  it.each(['/control/truth/slots', '/control/faults', '/nothing'])('%s needs the token', async (path) => {
    const { server } = await serve();
    expect((await fetch(server.controlUrl + path)).status).toBe(401);
    const wrong = { authorization: `Bearer ${server.apiKey}` };
    expect((await fetch(server.controlUrl + path, { headers: wrong })).status).toBe(401);
  });

  it('tells the truth', async () => {
    const { sim, control, server } = await serve();
    expect((await bodyOf(await control('/control/truth/slots'))).slots).toEqual(
      JSON.parse(JSON.stringify(sim.truth.slots())),
    );
    expect((await bodyOf(await control('/control/truth/listed/'))).offer_ids).toEqual(
      sim.truth.listedOfferIds(),
    );
    const now = (await bodyOf(await control('/control/truth/listed'))).now_ms as number;
    const rentals = await bodyOf(await control(`/control/truth/rentals?from=${now}&to=${now + 1}`));
    expect((rentals.rentals as unknown[]).length).toBe(sim.truth.rentals(now, now + 1).length);
    expect((rentals.rentals as unknown[]).length).toBeGreaterThan(10);
    expect((await control('/control/truth/rentals?from=yesterday')).status).toBe(400);
    const byOtherHeader = await fetch(`${server.controlUrl}/control/truth/listed`, {
      headers: { 'x-vastdeck-control-token': server.controlToken },
    });
    expect(byOtherHeader.status).toBe(200);
  });

  it('steps the clock', async () => {
    const { sim, control } = await serve();
    const before = sim.truth.slots();
    const response = await control('/control/step', { method: 'POST', body: '{"ms":86400000}' });
    expect((await bodyOf(response)).now_ms).toBe(Date.UTC(2026, 0, 2));
    expect(sim.truth.slots()).not.toEqual(before);
    for (const body of ['{"ms":-1}', '{"ms":"1"}', '{}', 'x', '{"ms":1e15}']) {
      expect((await control('/control/step', { method: 'POST', body })).status).toBe(400);
    }
  });

  it('puts a clock that runs forward', async () => {
    const { control } = await serve({ clock: new PacedClock({ base: new SteppedClock(), speed: 60 }) });
    const before = (await bodyOf(await control('/control/time'))).now_ms as number;
    const response = await control('/control/step', { method: 'POST', body: '{"ms":3600000}' });
    expect((await bodyOf(response)).now_ms).toBe(before + 3_600_000);
  });

  it('tells what happened after an event that was seen', async () => {
    const { sim, control } = await serve();
    const events = (await bodyOf(await control('/control/truth/log'))).events as unknown[];
    expect(events.length).toBe(sim.truth.log().length);
    const rest = (await bodyOf(await control(`/control/truth/log?since=${events.length}`))).events;
    expect(rest).toEqual([]);
    expect((await control('/control/truth/log?since=-1')).status).toBe(400);
  });

  it('opens accounts with credit and pays into them', async () => {
    const { server, control } = await serve();
    const post = (path: string, body: unknown) =>
      control(path, { method: 'POST', body: JSON.stringify(body) });
    const opened = await bodyOf(await post('/control/accounts', { email: 'a@example.org', credit: 5 }));
    const user = await fetch(`${server.url}/api/v0/users/current/`, {
      headers: { authorization: `Bearer ${String(opened.apiKey)}` },
    });
    expect(await bodyOf(user)).toMatchObject({ email: 'a@example.org', credit: 5 });
    expect(await bodyOf(await post(`/control/accounts/${String(opened.id)}/deposits`, { usd: 2.5 }))).toEqual(
      { id: opened.id, creditUsd: 7.5 },
    );
    const { accounts } = await bodyOf(await control('/control/truth/accounts'));
    expect(accounts).toHaveLength(3);
    expect((accounts as unknown[])[2]).toMatchObject({ creditUsd: 7.5, spentUsd: 0, spendPerHour: 0 });
    for (const [path, body] of [
      ['/control/accounts', { email: 'a@example.org' }],
      ['/control/accounts', { hostId: 1 }],
      ['/control/accounts', { colour: 'blue' }],
      ['/control/accounts/1/deposits', { usd: 1 }],
      ['/control/accounts/x/deposits', { usd: 1 }],
      [`/control/accounts/${String(opened.id)}/deposits`, { usd: 'much' }],
    ] as const) {
      expect((await post(path, body)).status, path).toBe(400);
    }
  });

  it('tells of instances and what they were charged', async () => {
    const { server, search, control } = await serve();
    const { offers } = await bodyOf(await search());
    const free = (offers as { id: number; rentable: boolean }[]).find(({ rentable }) => rentable);
    const rented = await fetch(`${server.url}/api/v0/asks/${free?.id}/`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.apiKey}` },
      body: '{"image":"pytorch/pytorch:latest","disk":10,"runtype":"ssh"}',
    });
    const { new_contract: id } = await bodyOf(rented);
    await control('/control/step', { method: 'POST', body: '{"ms":7200000}' });
    const { instances } = await bodyOf(await control('/control/truth/instances'));
    expect(instances).toMatchObject([{ instanceId: id, actual: 'running', intended: 'running' }]);
    const all = (await bodyOf(await control('/control/truth/charges'))).charges as {
      kind: string;
      amountUsd: number;
    }[];
    expect(all.map(({ kind }) => kind)).toEqual(['disk', 'gpu']);
    const { accounts } = await bodyOf(await control('/control/truth/accounts'));
    const [{ creditUsd, spentUsd } = { creditUsd: 0, spentUsd: 0 }] = accounts as {
      creditUsd: number;
      spentUsd: number;
    }[];
    expect(spentUsd).toBeCloseTo(
      all.reduce((sum, { amountUsd }) => sum + amountUsd, 0),
      9,
    );
    expect(creditUsd).toBeCloseTo(100 - spentUsd, 9);
    const ofOther = await bodyOf(await control('/control/truth/charges?instance=1'));
    expect(ofOther.charges).toEqual([]);
    const none = await bodyOf(await control(`/control/truth/charges?to=${Date.UTC(2026, 0, 1)}`));
    expect(none.charges).toEqual([]);
    const load = (body: string, of = String(id)) =>
      control(`/control/instances/${of}/gpu-load`, { method: 'POST', body });
    expect((await bodyOf(await load('{"state":"busy"}'))).msg).toContain('"training"');
    expect((await bodyOf(await load('{"state":"hung"}'))).msg).toContain('no real machines');
    expect((await bodyOf(await load('{"state":"hung"}', '1'))).msg).toContain('no instance 1');
  });

  it('describes itself to everybody, for people and for programs', async () => {
    const { server } = await serve();
    const page = await (await fetch(`${server.controlUrl}/control`)).text();
    const document = await bodyOf(await fetch(`${server.controlUrl}/control/openapi.json`));
    const paths = Object.keys(document.paths as object);
    expect(paths).toContain('/control/truth/slots');
    for (const path of paths) expect(page).toContain(path);
    for (const fault of FAULTS) expect(page).toContain(fault);
    expect(page).not.toContain(server.controlToken);
    expect(page).not.toMatch(/https?:\/\/(?!127)/);
  });

  it('orders faults, sets their plan, counts them', async () => {
    const { search, control } = await serve({ searchesPerMinute: Number.POSITIVE_INFINITY });
    const send = (body: unknown) =>
      control('/control/faults', { method: 'POST', body: JSON.stringify(body) });
    expect((await send({ fault: 'server-error', times: 2, route: 'bundles' })).status).toBe(200);
    expect([(await search()).status, (await search()).status, (await search()).status]).toEqual([
      500, 500, 200,
    ]);
    expect((await send({ plan: { 'bad-gateway': 1 } })).status).toBe(200);
    expect((await search()).status).toBe(502);
    const { counts } = await bodyOf(await control('/control/faults'));
    expect(counts).toMatchObject({ 'server-error': 2, 'bad-gateway': 1, hang: 0 });
    const rule = { probability: 1, route: 'GET .*users', untilMs: 1_000 };
    expect((await send({ plan: { 'server-error': rule } })).status).toBe(200);
    expect((await search()).status).toBe(200);
    const user = () => search({ method: 'GET', body: null }, 'users/current/');
    expect((await user()).status).toBe(500);
    await control('/control/step', { method: 'POST', body: '{"ms":1000}' });
    expect((await user()).status).toBe(200);
    const badRules = [{ probability: 2 }, { probability: 1, route: '(' }, { chance: 1 }];
    for (const bad of badRules) expect((await send({ plan: { slow: bad } })).status).toBe(400);
    for (const wrong of [{}, { fault: 'boom' }, { plan: { slow: 2 } }, { fault: 'slow', route: '(' }, null]) {
      expect((await send(wrong)).status).toBe(400);
    }
  });
});

describe('stopping', () => {
  it('ends hanging requests and idle connections at once, and twice is harmless', async () => {
    const { sim, server, search } = await serve();
    sim.fail('hang');
    const hanging = search();
    hanging.catch(() => {});
    const idle = createConnection(Number(new URL(server.url).port), '127.0.0.1');
    const idleClosed = new Promise<void>((resolve) => {
      idle.on('close', () => resolve());
      idle.on('error', () => {});
    });
    await new Promise<void>((resolve) => {
      idle.on('connect', () => resolve());
    });
    // The hanging request has arrived when its fault has been counted.
    while (sim.faultCounts().hang === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([server.stop(), server.stop()]);
    await expect(hanging).rejects.toThrow();
    await idleClosed;
    await expect(search()).rejects.toThrow();
    await expect(fetch(server.controlUrl)).rejects.toThrow();
  });

  it('survives a caller who leaves in the middle of a large answer', async () => {
    const { server, search } = await serve({ offers: 3_000 });
    const gone = new AbortController();
    const response = await search({ signal: gone.signal });
    gone.abort();
    await expect(response.text()).rejects.toThrow();
    expect((await search()).status).toBe(200);
    await server.stop();
  });

  it('leaves the simulator usable in-process and to be served again', async () => {
    const { sim, server } = await serve();
    await server.stop();
    const again = await sim.serve();
    running.push(again);
    const response = await fetch(`${again.url}/api/v0/gpu_types/`);
    expect(response.status).toBe(200);
  });
});
