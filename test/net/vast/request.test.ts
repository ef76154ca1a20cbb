// How a call is made: headers, timeout, abort, repetition, turns.
import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  createVastClient,
  InvalidRequestError,
  MalformedAnswerError,
  makeOfferQuery,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import {
  createLimiter,
  createRandom,
  type LimiterStore,
  memoryLimiterStore,
  Secret,
  SteppedClock,
  silentLog,
} from '../../../src/base/std/index.ts';
import { anOfferRow } from './offer-rows.ts';
import { API_KEY, failureOf, json, raw, scriptedService, settle } from './scripted-service.ts';

const QUERY = makeOfferQuery();
const OFFERS = () => json({ offers: [anOfferRow()] });
const DOWN = () => json({ msg: 'down' }, { status: 503 });
const TOO_OFTEN = (threshold: number) =>
  json({ detail: `API requests too frequent endpoint threshold=${threshold}` }, { status: 429 });

describe('a request', () => {
  it('carries the key as a bearer token, plain JSON and a wish for gzip', async () => {
    const { client, clock, seen } = scriptedService([OFFERS()]);
    await settle(clock, client.offers.search(QUERY));
    const [request] = seen;
    expect(request?.url).toBe('https://console.vast.ai/api/v0/bundles/');
    expect(request?.method).toBe('POST');
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      accept: 'application/json',
      'accept-encoding': 'gzip',
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
    });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ type: 'on-demand', allocated_storage: 5 });
  });

  it('goes below a base URL with a path, with or without a slash at its end', async () => {
    for (const baseUrl of ['http://127.0.0.1:9/sim/api/v0', 'http://127.0.0.1:9/sim/api/v0/']) {
      const { client, clock, seen } = scriptedService([json({ gpu_names: ['RTX 4090'] })], { baseUrl });
      await settle(clock, client.gpuNames.list());
      expect(seen[0]?.url).toBe('http://127.0.0.1:9/sim/api/v0/gpu_names/unique/');
    }
  });

  it('for the GPU names carries no key', async () => {
    const { client, clock, seen } = scriptedService([json({ gpu_names: ['RTX 4090', 'A10'] })]);
    expect(await settle(clock, client.gpuNames.list())).toEqual(['A10', 'RTX 4090']);
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });

  it('drops white space around the key', async () => {
    const { client, clock, seen } = scriptedService([OFFERS()], { apiKey: new Secret(` ${API_KEY}\n`) });
    await settle(clock, client.offers.search(QUERY));
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${API_KEY}`);
  });

  it.each([
    'nonsense',
    'ftp://console.vast.ai',
    'https://user:pass@console.vast.ai/api/v0',
    'https://x.example/?api_key=1',
  ])('is refused for the base URL %s', (baseUrl) => {
    expect(() => scriptedService([], { baseUrl })).toThrow(InvalidRequestError);
  });

  it('over a socket reads a compressed answer and knows its length after decompression', async () => {
    const body = JSON.stringify({ offers: [anOfferRow({ cpu_name: 'Xeon® E5' })] });
    let accepted: string | undefined;
    const server = createServer((request, response) => {
      accepted = request.headers['accept-encoding'] as string;
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const client = createVastClient({
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v0`,
        fetch: globalThis.fetch,
        clock: new SteppedClock(),
        random: createRandom(1),
        log: silentLog,
      });
      const answer = await client.offers.search(QUERY);
      expect(answer.bytes).toBe(Buffer.byteLength(body));
      expect(answer.offers[0]?.cpuName).toBe('Xeon® E5');
      expect(accepted).toBe('gzip');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('does not follow a redirect, which would carry the key on', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(301, { location: '/api/v1/bundles/' });
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const client = createVastClient({
        apiKey: new Secret(API_KEY),
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v0`,
        fetch: globalThis.fetch,
        clock: new SteppedClock(),
        random: createRandom(1),
        log: silentLog,
      });
      await expect(client.offers.search(QUERY)).rejects.toThrow(/a redirect to \/api\/v1\/bundles\//);
      expect(asked).toEqual(['/api/v0/bundles/']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('over a socket that closes in the middle of the body is UnavailableError', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"offers": [');
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const client = createVastClient({
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v0`,
        fetch: globalThis.fetch,
        clock: new SteppedClock(),
        random: createRandom(1),
        log: silentLog,
        attempts: 1,
      });
      await expect(client.offers.search(QUERY)).rejects.toBeInstanceOf(UnavailableError);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('time', () => {
  it('ends a call that is not answered at the limit, and not before', async () => {
    const { client, clock, seen } = scriptedService(['hang'], { timeoutMs: 5_000, attempts: 1 });
    let failure: unknown;
    client.offers.search(QUERY).catch((error: unknown) => {
      failure = error;
    });
    await clock.step(4_999);
    expect(failure).toBeUndefined();
    await clock.step(1);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect((failure as Error).message).toContain('within 5 s');
    expect(seen[0]?.signal?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts the reading of the body', async () => {
    const endless = () =>
      new Response(
        new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"offers": [')) }),
        {
          headers: { 'content-type': 'application/json' },
        },
      );
    const { client, clock } = scriptedService([endless], { timeoutMs: 5_000, attempts: 1 });
    const failure = await failureOf(clock, client.offers.search(QUERY));
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(clock.monotonic()).toBe(5_000);
  });

  it('leaves nothing on a signal that lives on', async () => {
    const abort = new AbortController();
    const { client, clock } = scriptedService([DOWN(), OFFERS()]);
    await settle(clock, client.offers.search(QUERY, { signal: abort.signal }));
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('is given back when the signal is aborted: before the call, in it, at the limiter, between tries', async () => {
    const reason = new Error('the user pressed Ctrl-C');
    const before = scriptedService([OFFERS()]);
    await expect(before.client.offers.search(QUERY, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(before.seen).toHaveLength(0);

    const waits = [
      { world: scriptedService(['hang']), calls: 1, afterMs: 10 },
      { world: scriptedService([OFFERS()]), calls: 2, afterMs: 10 },
      {
        world: scriptedService([DOWN()], { random: { ...createRandom(1), next: () => 0.9 } }),
        calls: 1,
        afterMs: 10,
      },
    ];
    for (const { world, calls, afterMs } of waits) {
      const abort = new AbortController();
      const promises = Array.from({ length: calls }, () =>
        world.client.offers.search(QUERY, { signal: abort.signal }),
      );
      const last = promises.at(-1) as Promise<unknown>;
      for (const promise of promises) promise.catch(() => {});
      await world.clock.step(afterMs);
      abort.abort(reason);
      await expect(last).rejects.toBe(reason);
      expect(world.seen).toHaveLength(1);
      expect(world.clock.pendingTimers).toBe(0);
    }
  });
});

describe('a failed read', () => {
  it.each([
    ['an unavailable service', DOWN],
    ['a cut answer', () => raw('{"offers": [')],
    ['a page in place of JSON', () => raw('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['a failed connection', () => new TypeError('fetch failed')],
    ['a rate limit', () => TOO_OFTEN(6)],
  ])('is repeated after %s, and the good answer counts', async (_what, failure) => {
    const { client, clock, seen } = scriptedService([failure(), failure(), OFFERS()]);
    const answer = await settle(clock, client.offers.search(QUERY));
    expect(answer.offers).toHaveLength(1);
    expect(seen).toHaveLength(3);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given up after the tries are used up, with the last error', async () => {
    const { client, clock, seen } = scriptedService([new TypeError('fetch failed'), DOWN()], { attempts: 4 });
    const failure = await failureOf(clock, client.offers.search(QUERY));
    expect(failure).toMatchObject({ name: 'UnavailableError', status: 503 });
    expect(seen).toHaveLength(4);
  });

  it.each([
    ['a wrong key', () => json({ error: 'auth_error' }, { status: 401 }), UnauthorizedError],
    ['a bad request', () => json({ error: 'invalid_request' }, { status: 400 }), InvalidRequestError],
    ['an answer without offers', () => json({ success: true }), MalformedAnswerError],
    ['a limit that asks for an hour', () => json({ retry_after: 3_600 }, { status: 429 }), RateLimitedError],
  ])('is not repeated after %s', async (_what, answer, error) => {
    const { client, clock, seen } = scriptedService([answer()]);
    expect(await failureOf(clock, client.offers.search(QUERY))).toBeInstanceOf(error);
    expect(seen).toHaveLength(1);
  });

  it('waits as long as Retry-After asks', async () => {
    const { client, clock, seen } = scriptedService([json({ retry_after: 42 }, { status: 429 }), OFFERS()]);
    await settle(clock, client.offers.search(QUERY));
    expect(seen[1]?.atMs).toBeGreaterThanOrEqual(42_000);
  });
});

describe('turns', () => {
  it('lie six seconds apart for searches, and each try takes one', async () => {
    const { client, clock, seen } = scriptedService([OFFERS(), DOWN(), OFFERS()]);
    await settle(clock, client.offers.search(QUERY));
    await settle(clock, Promise.all([client.offers.search(QUERY), client.offers.search(QUERY)]));
    const times = seen.map(({ atMs }) => atMs);
    expect(times).toHaveLength(4);
    for (let i = 1; i < times.length; i += 1) {
      expect((times[i] as number) - (times[i - 1] as number)).toBeGreaterThanOrEqual(6_000);
    }
  });

  it('are not used up by a request that never left, and are by one that broke off', async () => {
    for (const [code, isKept] of [
      ['ECONNREFUSED', true],
      ['ENOTFOUND', true],
      ['ECONNRESET', false],
    ] as const) {
      const failure = new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
      const { client, clock, seen } = scriptedService([failure, failure, OFFERS()]);
      await settle(clock, client.offers.search(QUERY));
      await settle(clock, client.offers.search(QUERY));
      const times = seen.map(({ atMs }) => atMs) as [number, number, number, number];
      expect(times).toHaveLength(4);
      expect(times[2] < 6_000).toBe(isKept);
      expect(times[3] - times[0]).toBeGreaterThanOrEqual(6_000);
    }
  });

  it('follow a longer interval that a 429 taught, and not a shorter one', async () => {
    for (const [threshold, intervalMs] of [
      [8.5, 8_500],
      [1.5, 6_000],
    ] as const) {
      const { client, clock, seen } = scriptedService([TOO_OFTEN(threshold), OFFERS()]);
      await settle(clock, client.offers.search(QUERY));
      await settle(clock, client.offers.search(QUERY));
      const [first, second, third] = seen.map(({ atMs }) => atMs) as [number, number, number];
      expect(second - first).toBeGreaterThanOrEqual(intervalMs);
      expect(third - second).toBe(intervalMs);
    }
  });

  it('are asked for by endpoint and address, with the published interval', async () => {
    const store = memoryLimiterStore();
    const asked: unknown[] = [];
    const watching: LimiterStore = {
      ...store,
      tryAcquire: (request) => {
        asked.push([request.key, request.minIntervalMs, request.priority]);
        return store.tryAcquire(request);
      },
    };
    const clock = new SteppedClock();
    const limiter = createLimiter({ store: watching, clock, makeTicket: () => 'one' });
    const { client } = scriptedService(
      [OFFERS(), json({ id: 1 }), json({ gpus: [] }), json({ gpu_names: [] })],
      {
        limiter,
        clock,
        priority: 'collector',
      },
    );
    await client.offers.search(QUERY);
    await client.users.current({ priority: 'person' });
    await client.metrics.gpuCurrent();
    await client.gpuNames.list();
    expect(asked).toEqual([
      ['POST /bundles/ console.vast.ai', 6_000, 'collector'],
      ['GET /users/current/ console.vast.ai', 1_000, 'person'],
      ['GET /metrics/gpu/current/ console.vast.ai', 3_000, 'collector'],
      ['GET /gpu_names/unique/ console.vast.ai', 1_000, 'collector'],
    ]);
  });

  it('let a person go before a collector that waited longer', async () => {
    const clock = new SteppedClock();
    let tickets = 0;
    const limiter = createLimiter({
      store: memoryLimiterStore(),
      clock,
      makeTicket: () => String(++tickets),
    });
    const { client } = scriptedService([OFFERS()], { limiter, clock });
    const order: string[] = [];
    const search = (name: string, priority: 'person' | 'collector') =>
      client.offers.search(QUERY, { priority }).then(() => order.push(name));
    const all = [search('first', 'collector'), search('collector', 'collector'), search('person', 'person')];
    await settle(clock, Promise.all(all));
    expect(order).toEqual(['first', 'person', 'collector']);
  });
});
