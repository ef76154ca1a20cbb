// Goal: what is asked and done about the account and its money over the routes: the figures are the ledger's and the service's
// own, what fails is said, and every act has its asker.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEventsSince } from '../../../src/base/store/index.ts';
import { callApp, createDaemonClient, type DaemonClient } from '../../../src/front/http/index.ts';
import { anHttpWorld, type HttpWorld, PART } from './http-world.ts';

let world: HttpWorld;
/** Of the same handlers, without a socket: what asks the service goes by the stepped clock. */
let own: DaemonClient;
/** Requests that the service answers with an error, or not at all, by a part of their path. */
const far = { failing: 'none', hanging: 'none', hung: 0, ended: 0 };

beforeAll(async () => {
  world = await anHttpWorld({
    parts: () => [],
    send: (send) => (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : String(input));
      if (pathname.includes(far.failing)) return Promise.resolve(new Response('{}', { status: 500 }));
      if (!pathname.includes(far.hanging)) return send(input, init);
      far.hung += 1;
      const { signal } = input instanceof Request ? input : new Request(input, init);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          far.ended += 1;
          reject(signal.reason);
        });
      });
    },
  });
  own = inProcess(world);
  const { process: ours } = world.world;
  await live(ours.rentBox('lab'));
  while ((await own.rentals()).rentals[0]?.status !== 'ready') {
    await live(ours.controller.round());
    await world.world.pass(10_000);
  }
});
afterAll(() => world[Symbol.asyncDispose]());

function inProcess({ app, tokens }: HttpWorld): DaemonClient {
  return createDaemonClient({
    address: 'http://127.0.0.1',
    token: tokens.full,
    who: 'tester',
    ...callApp(app),
  });
}

const live = <T>(work: Promise<T>) => world.world.live(work);

const actsOf = async () =>
  (await readEventsSince(world.world.store.db, 0, { noun: 'act', limit: 1_000 })).map(
    ({ id, status, data }) => [data.verb, id, status, 'by', data.who, 'from', data.from].join(' '),
  );

describe('who answers', () => {
  it('is told with version, account and service', async () => {
    const { version, account, baseUrl, pid } = await world.client.daemon();
    expect({ version, baseUrl, pid }).toEqual({
      version: '0.0.0',
      baseUrl: 'https://console.vast.ai/api/v0',
      pid: 1,
    });
    expect(account).toBe((await world.client.status()).account);
  });
});

describe('a cap', () => {
  it('is set, shown with what is under it, and removed', async () => {
    const { client } = world;
    const set = await client.setCap({ whose: 'label:a night', window: 'day', limitUsd: 2.5 });
    expect(set).toMatchObject({
      whose: 'label:a night',
      limitUsd: 2.5,
      spentUsd: 0,
      leftUsd: 2.5,
      setBy: 'tester',
    });
    expect((await client.budget()).caps).toEqual([set]);
    expect(await client.removeCap({ whose: 'label:a night', window: 'day' })).toEqual({
      removed: 'label:a night/day',
    });
    expect((await client.budget()).caps).toEqual([]);
    await expect(client.removeCap({ whose: 'label:a night', window: 'day' })).rejects.toMatchObject({
      status: 404,
    });
    expect(await actsOf()).toEqual([
      'budget set label:a night/day asked by tester from 127.0.0.1',
      'budget remove label:a night/day asked by tester from 127.0.0.1',
      'budget remove label:a night/day asked by tester from 127.0.0.1',
    ]);
  });

  it('counts what is set aside for a box, and tells how many acts that are', async () => {
    await world.client.setCap({ whose: 'total', window: 'month', limitUsd: 1_000 });
    const { caps, open } = await world.client.budget();
    expect(open.acts).toBe(1);
    expect(open.heldUsd).toBeGreaterThan(0);
    expect(caps[0]?.reservedUsd).toBeGreaterThan(0);
    await world.client.removeCap({ whose: 'total', window: 'month' });
  });

  it('of the account alone is that of the key', async () => {
    const { account } = await world.client.daemon();
    const { whose } = await world.client.setCap({ whose: 'account', window: 'all', limitUsd: 7 });
    expect(whose).toBe(`account:${account}`);
    await world.client.removeCap({ whose: 'account', window: 'all' });
  });

  it.each([
    [{ whose: 'nobody', window: 'day', limitUsd: 1 }, /does not say whose money/],
    [{ whose: 'total:x', window: 'day', limitUsd: 1 }, /does not say whose money/],
    [{ whose: 'label:', window: 'day', limitUsd: 1 }, /does not say whose money/],
    [{ whose: 'total', window: 'week', limitUsd: 1 }, /window/],
    [{ whose: 'total', window: 'day', limitUsd: -1 }, /limitUsd/],
    [{ whose: 'total', window: 'day' }, /limitUsd/],
  ])('of %j is refused', async (body, sentence) => {
    const answer = await world.ask('/v1/budget/caps', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(sentence);
    expect((await world.client.budget()).caps).toEqual([]);
  });
});

describe('a limit', () => {
  it('is set, replaced and removed, with a name of any letters', async () => {
    const { client } = world;
    const name = 'ein Limit/für alles';
    const limit = { type: 'daily-loss', limit: 0.5, timeWindowMs: 43_200_000, whose: 'label:x' } as const;
    expect(await client.setLimit(name, limit)).toMatchObject({
      name,
      ...limit,
      enforce: true,
      setBy: 'tester',
    });
    await client.setLimit(name, { type: 'frequency', limit: 3, timeWindowMs: 1, enforce: false });
    expect((await client.budget()).limits).toMatchObject([
      { name, type: 'frequency', limit: 3, enforce: false, whose: 'total' },
    ]);
    expect(await client.removeLimit(name)).toEqual({ removed: name });
    await expect(client.removeLimit(name)).rejects.toMatchObject({ status: 404 });
  });

  it('on acts is a whole number', async () => {
    const half = { type: 'frequency', limit: 1.5, timeWindowMs: 1 } as const;
    await expect(world.client.setLimit('half', half)).rejects.toMatchObject({ status: 400 });
  });
});

describe('the switch', () => {
  it('tells what it found', async () => {
    const { client } = world;
    expect((await client.halt('first')).before.isHalted).toBe(false);
    expect(await client.halt('second')).toMatchObject({ reason: 'first', before: { reason: 'first' } });
    expect(await client.resume()).toMatchObject({
      isHalted: false,
      before: { by: 'tester', reason: 'first' },
    });
    expect((await client.resume()).before.isHalted).toBe(false);
  });
});

describe('what it cost', () => {
  it('is told in groups beside what was charged, and for the account', async () => {
    await world.world.pass(600_000);
    expect((await live(own.lookAfterRentals())).outcome).toBe('done');
    const told = await live(own.cost({ by: ['label', 'total'] }));
    expect(told.groups.map(({ by }) => by)).toEqual(['label', 'total']);
    expect(told.groups[1]?.rows[0]?.spentUsd).toBe(told.spentUsd);
    expect(told.spentUsd).toBeGreaterThan(0);
    expect(told.charged).not.toBeNull();
    expect(told.chargedFault).toBe('');
    expect(told.oursUsdPerHour).toBeGreaterThan(0);
    expect(told.untilMs - told.sinceMs).toBe(30 * 86_400_000);
  });

  it('is told by our ledger alone when the service does not say, with why', async () => {
    far.failing = '/charges';
    const told = await live(own.cost());
    far.failing = 'none';
    expect(told.charged).toBeNull();
    expect(told.chargedFault).not.toBe('');
    expect(told.spentUsd).toBeGreaterThan(0);
  });
});

describe('a round', () => {
  it('is left to a daemon that makes them', async () => {
    await using daemon = await anHttpWorld({ parts: () => [PART] });
    expect(await daemon.client.lookAfterRentals()).toEqual({
      outcome: 'needless',
      reason: 'the daemon makes its rounds',
    });
  });

  it('is made where the part for it has died', async () => {
    await using daemon = await anHttpWorld({ parts: () => [{ ...PART, status: 'failing' }] });
    expect(await daemon.world.live(inProcess(daemon).lookAfterRentals())).toEqual({
      outcome: 'done',
      reason: '',
    });
  });
});

describe('looking anew', () => {
  it('lists the account, asks for the credit, and answers with what it found', async () => {
    await world.world.pass(120_000);
    expect((await own.instances()).viewAgeMs).toBeGreaterThan(60_000);
    const seen = await live(own.refreshInstances({ hasRound: false }));
    expect(seen.viewAgeMs).toBeLessThan(60_000);
    expect(seen.creditUsd).toBeGreaterThan(0);
    expect(seen.instances).toMatchObject([{ name: 'lab' }]);
  });

  it('ends when the asker leaves, and with it what was asked of the service', async () => {
    far.hanging = '/users/current';
    const leaving = new AbortController();
    const asked = world.client.refreshInstances({ hasRound: true }, leaving.signal);
    const refused = asked.catch((error: unknown) => error);
    await expect
      .poll(async () => {
        await world.world.clock.step(1_000);
        if (far.hung > 0) leaving.abort(new Error('enough'));
        return far.ended;
      })
      .toBe(1);
    expect(await refused).toMatchObject({ message: 'enough' });
    far.hanging = 'none';
  });
});

describe('a story', () => {
  it('is told with what the service knows of it, and without when nobody is to be asked', async () => {
    const { entries, target, remarks } = await live(own.why('lab'));
    expect(target).toMatchObject({ name: 'lab', isGone: false });
    expect(remarks).toEqual([]);
    expect(entries.map(({ about }) => about)).toContain('account');
    const offline = await world.client.why('lab', { isOffline: true });
    expect(offline.entries.map(({ about }) => about)).not.toContain('account');
    expect(offline.entries.length).toBeGreaterThan(3);
    const { instanceId } = target;
    expect((await world.client.why(String(instanceId), { isOffline: true })).target).toEqual(offline.target);
  });

  it('holds nothing of what was sent that may be a secret', async () => {
    const { client } = world.world.process;
    const id = (await own.instances()).instances[0]?.id ?? 0;
    await live(client.instances.sshKeys.attach(id, 'ssh-ed25519 AAAASECRET me'));
    const { entries } = await live(own.why('lab'));
    const text = JSON.stringify(entries);
    expect(text).toContain('/ssh/');
    expect(text).toContain('(not told)');
    expect(text).not.toContain('AAAASECRET');
  });

  it('of nobody is not found', async () => {
    await expect(world.client.why('nobody', { isOffline: true })).rejects.toMatchObject({
      status: 404,
      kind: 'NoSuchTargetError',
    });
  });
});

describe('what fails', () => {
  /** Nobody knows it at the front. */
  class StrangeError extends Error {
    override name = 'StrangeError';
  }
  const failingWith = (error: Error) => anHttpWorld({ deps: { service: () => Promise.reject(error) } });

  it('unforeseen is itself in its own process, and no more than a name over a socket', async () => {
    const strange = new StrangeError('/home/ann/secret is a folder');
    await using broken = await failingWith(strange);
    await expect(inProcess(broken).cost()).rejects.toBe(strange);
    await expect(broken.client.cost()).rejects.toMatchObject({
      status: 500,
      message: expect.not.stringContaining('ann'),
    });
  });

  it('in a known way is the same answer in both', async () => {
    const denied = Object.assign(new Error('There is no API key'), { name: 'UsageError' });
    await using broken = await failingWith(denied);
    for (const client of [inProcess(broken), broken.client]) {
      await expect(client.cost()).rejects.toMatchObject({
        name: 'DaemonAnswerError',
        status: 400,
        kind: 'UsageError',
        message: 'There is no API key',
      });
    }
  });
});

describe('the token that reads', () => {
  it('is refused by every route that is no reading, and changes nothing', async () => {
    const document = (await (await world.ask('/openapi.json')).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const acts = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        // Saying what is looked at is looking.
        .filter((method) => method !== 'get' && path !== '/v1/runs/viewers/{viewer}')
        .map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')] as const),
    );
    expect(acts.length).toBeGreaterThan(8);
    const before = await actsOf();
    for (const [method, path] of acts) {
      const headers = { authorization: `Bearer ${world.tokens.read.reveal()}` };
      expect((await world.ask(path, { method, headers })).status, `${method} ${path}`).toBe(403);
    }
    expect(await actsOf()).toEqual(before);
  });
});
