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
  const search = (init: RequestInit = {}) =>
    fetch(`${server.url}/api/v0/bundles/`, {
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
