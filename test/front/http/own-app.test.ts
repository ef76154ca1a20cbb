// Goal: callers in the same process have every route that the daemon has for them, though its nouns are loaded one by one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Secret, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { openStore } from '../../../src/base/store/index.ts';
import type { HttpDeps } from '../../../src/front/http/deps.ts';
import { callApp, createHttpApp, createOwnApp } from '../../../src/front/http/index.ts';

/** Of browsers and scrapers. */
const NOT_FOR_CALLERS = ['/', '/health', '/openapi.json', '/metrics'];

const folder = mkdtempSync(join(tmpdir(), 'vd-own-app-'));
const clock = new SteppedClock(0);
const store = await openStore({ url: join(folder, 'state.db'), clock, log: silentLog, migrations: [] });
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const token = new Secret('a token that is long enough for anybody who looks');
/** Nothing else is there: a handler that is reached fails, and one that is not found says so. */
const deps = {
  store,
  tokens: { full: token, read: token },
  hostNames: [],
  clock,
  log: silentLog,
} as unknown as HttpDeps;
const daemon = createHttpApp(deps);
const own = callApp(createOwnApp(deps));
/** Checks of what is asked stand beside the handlers, as routes of the same name. */
const names = new Set(
  daemon.routes
    .filter(({ method, path }) => method !== 'ALL' && !NOT_FOR_CALLERS.includes(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, 'a')}`),
);

const ask = (fetch: typeof globalThis.fetch, method: string, path: string) =>
  fetch(`http://127.0.0.1${path}`, { method, headers: { authorization: `Bearer ${token.reveal()}` } });

it('the daemon has routes to compare with', () => {
  expect(names.size).toBeGreaterThan(30);
});

it.each([...names])('%s has its handler', async (name) => {
  const [method = '', path = ''] = name.split(' ');
  const answer = await ask(own.fetch, method, path);
  expect(await answer.text()).not.toContain('There is no');
  expect(answer.status).not.toBe(404);
});

it('what the daemon does not have is answered as there', async () => {
  for (const path of ['/v1/fleets', '/v2/budget', '/v1', '/v1/budget/a']) {
    const there = await ask(callApp(daemon).fetch, 'GET', path);
    const here = await ask(own.fetch, 'GET', path);
    expect([here.status, await here.text()]).toEqual([there.status, await there.text()]);
  }
});
