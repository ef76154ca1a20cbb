// Goal: nobody reaches the daemon but whoever holds a token, no page in a browser does, and the token that reads cannot act.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anHttpWorld, type HttpWorld } from './http-world.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await anHttpWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** With headers that `fetch` would set itself. */
function raw(path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<number> {
  const { hostname, port } = new URL(world.address);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers, method }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
const full = () => ({ authorization: `Bearer ${world.tokens.full.reveal()}` });
const read = () => ({ authorization: `Bearer ${world.tokens.read.reveal()}` });
const json = { 'content-type': 'application/json' };

describe('the token', () => {
  it('is needed for everything but life, the reference and its document', async () => {
    for (const path of ['/health', '/', '/openapi.json']) expect(await raw(path, {}), path).toBe(200);
    const document = (await (await fetch(`${world.address}/openapi.json`)).json()) as { paths: object };
    const paths = Object.keys(document.paths).filter((path) => path !== '/health');
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      for (const method of ['GET', 'POST'])
        expect(await raw(path, {}, method), `${method} ${path}`).toBe(401);
    }
    expect(await raw('/nothing/there', {})).toBe(401);
    expect(await raw('/health', {}, 'POST')).toBe(401);
  });

  it.each([
    ['', 401],
    ['Bearer', 401],
    ['Bearer x', 401],
    ['Basic dGVzdA==', 401],
  ])('of "%s" is answered with %i', async (authorization, status) => {
    expect(await raw('/v1/status', { authorization })).toBe(status);
  });

  it('is taken whole: a part of it, or more than it, opens nothing', async () => {
    const token = world.tokens.full.reveal();
    expect(await raw('/v1/status', full())).toBe(200);
    expect(await raw('/v1/status', { authorization: `Bearer ${token.slice(0, -1)}` })).toBe(401);
    expect(await raw('/v1/status', { authorization: `Bearer ${token}a` })).toBe(401);
  });

  it('that reads does not act', async () => {
    expect(await raw('/v1/status', read())).toBe(200);
    expect(await raw('/metrics', read())).toBe(200);
    expect(await raw('/v1/halt', { ...read(), ...json }, 'POST', '{"reason":"x"}')).toBe(403);
    expect(await raw('/v1/jobs/none/cancel', read(), 'POST')).toBe(403);
    expect((await world.client.budget()).halt.isHalted).toBe(false);
    expect(await raw('/v1/jobs/none/cancel', full(), 'POST')).toBe(404);
  });
});

describe('the host', () => {
  it.each([
    ['127.0.0.1:1234', 200],
    ['localhost', 200],
    ['LOCALHOST:80', 200],
    ['[::1]:99', 200],
    ['192.168.7.7', 200],
    ['my-box:4747', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['my-box.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
  ])('%s is answered with %i', async (host, status) => {
    expect(await raw('/v1/status', { ...full(), host })).toBe(status);
    expect(await raw('/health', { host })).toBe(status);
  });
});

describe('a page in a browser', () => {
  it('of another origin is refused, also with the token', async () => {
    const host = new URL(world.address).host;
    expect(await raw('/v1/status', { ...full(), origin: `http://${host}` })).toBe(200);
    for (const origin of ['http://evil.example', 'null', `http://${host}.evil.example`, 'http://127.0.0.1:1'])
      expect(await raw('/v1/status', { ...full(), origin }), origin).toBe(403);
  });

  it('is told to load nothing from anywhere, and every answer says so', async () => {
    for (const path of ['/', '/v1/status', '/nothing', '/metrics']) {
      const { headers } = await world.ask(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('a body', () => {
  it('that is too long, or of no said length, is not read', async () => {
    const headers = { ...full(), ...json };
    const tooLong = JSON.stringify({ reason: 'x'.repeat(1_000_001) });
    expect((await world.ask('/v1/halt', { method: 'POST', body: tooLong, headers: json })).status).toBe(413);
    expect(
      await raw('/v1/halt', { ...headers, 'transfer-encoding': 'chunked' }, 'POST', '{"reason":"x"}'),
    ).toBe(411);
  });

  it.each([
    '',
    '{',
    '[]',
    '{"reason":7}',
    '{"reason":"  "}',
    'null',
  ])('of %j is refused in a sentence', async (body) => {
    const answer = await world.ask('/v1/halt', { method: 'POST', body, headers: json });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).not.toBe('');
    expect((await world.client.budget()).halt.isHalted).toBe(false);
  });
});
