// Changes whose answer is lost, cut, late or wrong: sent once, and never called done or refused when nobody knows.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createVastClient,
  InvalidRequestError,
  OutcomeUnknownError,
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
  type Priority,
  Secret,
  SteppedClock,
  silentLog,
} from '../../../src/base/std/index.ts';
import type { FaultName } from '../../../src/sim/index.ts';
import { aTenant } from './a-tenant.ts';
import { failureOf, json, raw, type ScriptedAnswer, scriptedService, settle } from './scripted-service.ts';

const CREATE = /^PUT \/api\/v0\/asks\//;
const DELETE = /^DELETE \/api\/v0\/instances\/\d+/;
const PUT = /^PUT \/api\/v0\/instances\/\d+/;
const WISH = { image: 'ubuntu', label: 'job 7' } as const;
const CREATED = () => json({ success: true, new_contract: 7, instance_api_key: 'k' });
const REFUSED = Object.assign(new TypeError('fetch failed'), {
  cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
});
const RESET = Object.assign(new TypeError('fetch failed'), {
  cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
});

describe('a rental whose answer does not come', () => {
  it.each<FaultName>([
    'lost-answer',
    'gateway-timeout',
    'truncated-json',
    'wrong-content-type',
    'wrong-success',
  ])('by the fault %s has happened once, and is said to be unknown', async (fault) => {
    const { client, failed, anOffer, sim } = aTenant();
    const offer = await anOffer();
    sim.fail(fault, { route: CREATE, times: 9 });
    const failure = await failed(client.instances.create(offer.id, WISH));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({
      endpoint: `PUT /asks/${offer.id}/`,
      lookUp: 'list the instances and look for the label "job 7"',
    });
    expect(failure.message).toContain('do not repeat it: list the instances');
    expect(sim.truth.instances()).toHaveLength(1);
    expect(sim.faultCounts()[fault]).toBe(1);
  });

  it.each<FaultName>([
    'server-error',
    'bad-gateway',
    'hang',
  ])('by the fault %s has not happened, which nobody can know', async (fault) => {
    const { client, failed, anOffer, sim } = aTenant();
    const offer = await anOffer();
    sim.fail(fault, { route: CREATE, times: 9 });
    expect(await failed(client.instances.create(offer.id, WISH))).toBeInstanceOf(OutcomeUnknownError);
    expect(sim.truth.instances()).toHaveLength(0);
    expect(sim.faultCounts()[fault]).toBe(1);
  });

  it('but has a line of text behind it is done', async () => {
    const { client, done, anOffer, sim } = aTenant();
    const offer = await anOffer();
    sim.fail('stray-line', { route: CREATE });
    const { instanceId } = await done(client.instances.create(offer.id, WISH));
    expect(sim.truth.instances()[0]?.instanceId).toBe(instanceId);
  });

  it.each<[string, ScriptedAnswer]>([
    ['an empty 200', raw('')],
    ['a 200 that is no JSON', raw('ok')],
    ['a 200 without the id', json({ success: true })],
    ['a 200 with an id that is none', json({ success: true, new_contract: 'soon' })],
    ['a list', json([7])],
    ['null', json(null)],
    ['a failure without a word for it', json({ success: false })],
    ['a failure that holds an id', json({ success: false, new_contract: 7 })],
    ['408', json({ msg: 'late' }, { status: 408 })],
    ['a reset connection', RESET],
    ['a fetch that fails for no reason', new TypeError('fetch failed')],
    ['something that was no error of ours', new RangeError('bug')],
  ])('%s is unknown, and not repeated', async (_what, answer) => {
    const { client, clock, seen } = scriptedService([answer, CREATED()]);
    const failure = await failureOf(clock, client.instances.create(5, WISH));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.cause).toBeDefined();
    expect(seen).toHaveLength(1);
  });

  it('within its time is unknown', async () => {
    const { client, clock, seen } = scriptedService(['hang', CREATED()], { timeoutMs: 5_000 });
    const failure = await failureOf(clock, client.instances.create(5, WISH));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.cause).toBeInstanceOf(UnavailableError);
    expect(seen).toHaveLength(1);
  });

  it('before the caller gives up is unknown, with his reason as its cause', async () => {
    const { client, clock, seen } = scriptedService(['hang', CREATED()]);
    const abort = new AbortController();
    const call = client.instances.create(5, WISH, { signal: abort.signal });
    clock.setTimer(1_000, () => abort.abort(new Error('enough')));
    const failure = await failureOf(clock, call);
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.cause).toMatchObject({ message: 'enough' });
    expect(seen).toHaveLength(1);
  });

  it('given up while it waits for its turn has not been sent, and says so', async () => {
    const { client, clock, seen } = scriptedService([CREATED()]);
    await settle(clock, client.instances.create(5, WISH));
    const abort = new AbortController();
    const call = client.instances.create(6, WISH, { signal: abort.signal });
    clock.setTimer(1_000, () => abort.abort(new Error('enough')));
    expect(await failureOf(clock, call)).toMatchObject({ name: 'Error', message: 'enough' });
    expect(seen).toHaveLength(1);
  });
});

describe('a rental that provably did not happen', () => {
  it('since it never left, is repeated', async () => {
    const { client, clock, seen } = scriptedService([REFUSED, REFUSED, CREATED()]);
    expect((await settle(clock, client.instances.create(5, WISH))).instanceId).toBe(7);
    expect(seen).toHaveLength(3);
  });

  it('since it never left, fails as unreachable when that stays so', async () => {
    const { client, clock, seen } = scriptedService([REFUSED]);
    const failure = await failureOf(clock, client.instances.create(5, WISH));
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(seen).toHaveLength(3);
  });

  it('since it came too soon, waits what the service says and is repeated', async () => {
    for (const fault of ['rate-limit-text', 'rate-limit-detail', 'rate-limit-msg'] as const) {
      const { client, done, anOffer, sim, clock } = aTenant();
      const offer = await anOffer();
      sim.fail(fault, { route: CREATE });
      const startMs = clock.monotonic();
      const { instanceId } = await done(client.instances.create(offer.id, WISH));
      expect(sim.truth.instances().map((each) => each.instanceId)).toEqual([instanceId]);
      expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(4_500);
      expect(sim.faultCounts()[fault]).toBe(1);
    }
  });

  it('since it came too soon, three times over, says so', async () => {
    const tooSoon = new Response('API requests too frequent: endpoint threshold=4.5', { status: 429 });
    const { client, clock, seen } = scriptedService([tooSoon]);
    expect(await failureOf(clock, client.instances.create(5, WISH))).toBeInstanceOf(RateLimitedError);
    expect(seen).toHaveLength(3);
  });

  it('since the service refused it with a word, is an error of its kind', async () => {
    const refusal = json({ success: false, error: 'invalid_args', msg: 'no such image' });
    const { client, clock, seen } = scriptedService([refusal, CREATED()]);
    const failure = await failureOf(clock, client.instances.create(5, WISH));
    expect(failure).toBeInstanceOf(InvalidRequestError);
    expect(failure.message).toContain('no such image');
    expect(seen).toHaveLength(1);
  });

  it('first unknown and then too soon cannot be: it is not repeated after doubt', async () => {
    const { client, clock, seen } = scriptedService([RESET, CREATED()]);
    await failureOf(clock, client.instances.create(5, WISH));
    expect(seen).toHaveLength(1);
  });
});

describe('what is the same done twice', () => {
  it.each<FaultName>([
    'lost-answer',
    'gateway-timeout',
    'truncated-json',
    'wrong-success',
    'server-error',
    'hang',
  ])('is repeated under the fault %s until it is done: a destroy', async (fault) => {
    const { client, done, running, truthOf, sim } = aTenant();
    const id = await running();
    sim.fail(fault, { route: DELETE });
    const end = await done(client.instances.destroy(id));
    // The first try may have done it; then the second finds nothing.
    expect(['accepted', 'not-found']).toContain(end);
    expect(truthOf(id).destroyedMs).toBeDefined();
    expect(sim.faultCounts()[fault]).toBe(1);
  });

  it('is unknown when all its tries are', async () => {
    const { client, failed, running, sim } = aTenant();
    const id = await running();
    sim.fail('gateway-timeout', { route: PUT, times: 3 });
    const failure = await failed(client.instances.label(id, 'x'));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(sim.faultCounts()['gateway-timeout']).toBe(3);
  });

  it('is unknown when it was lost once and then refused', async () => {
    const refusal = json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, { status: 401 });
    const { client, clock, seen } = scriptedService([RESET, refusal]);
    const failure = await failureOf(clock, client.instances.destroy(5));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.cause).toBeInstanceOf(UnauthorizedError);
    expect(seen).toHaveLength(2);
  });

  it('is stopped under a lost answer, but not started again', async () => {
    const { client, done, failed, running, truthOf, sim } = aTenant();
    const id = await running();
    sim.fail('lost-answer', { route: PUT });
    expect(await done(client.instances.setState(id, 'stopped'))).toBe('done');
    expect(truthOf(id).intended).toBe('stopped');
    sim.fail('lost-answer', { route: PUT });
    expect(await failed(client.instances.setState(id, 'running'))).toBeInstanceOf(OutcomeUnknownError);
    expect(truthOf(id).intended).toBe('running');
  });
});

describe('what is not the same done twice', () => {
  it('is sent once: a credit transfer, a prepayment, a reboot, a new key, a volume', async () => {
    for (const call of [
      (c: ReturnType<typeof scriptedService>['client']) => c.users.transferCredit('a@example.org', 5),
      (c) => c.instances.prepay(7, 50),
      (c) => c.instances.reboot(7),
      (c) => c.instances.changeBid(7, 0.3),
      (c) => c.apiKeys.create({ name: 'x', scopes: {} }),
      (c) => c.volumes.create(7, { sizeGb: 10 }),
      (c) => c.schedule.create({ instanceId: 7, action: 'stop', startMs: 1, endMs: 2, frequency: 'DAILY' }),
      (c) => c.instances.execute(7, 'rm -rf /workspace/old'),
    ] satisfies ((c: ReturnType<typeof scriptedService>['client']) => Promise<unknown>)[]) {
      const { client, clock, seen } = scriptedService([RESET, json({ success: true })]);
      expect(await failureOf(clock, call(client))).toBeInstanceOf(OutcomeUnknownError);
      expect(seen).toHaveLength(1);
    }
  });
});

describe('over a socket', () => {
  const clientOf = (port: number) =>
    createVastClient({
      apiKey: new Secret('0123456789abcdef'),
      baseUrl: `http://127.0.0.1:${port}/api/v0`,
      fetch: globalThis.fetch,
      clock: new SteppedClock(),
      random: createRandom(1),
      log: silentLog,
      pace: 'learned',
      attempts: 1,
    });
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  const listening = async (server: Server) =>
    new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  it('a connection that breaks after the request, or in the midst of the answer, leaves it unknown and is not repeated', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        bodies.push(body);
        if (bodies.length === 1) request.socket.destroy();
        else {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
          response.write('{"success": true, "new_contract": 7', () => request.socket.destroy());
        }
      });
    });
    await listening(server);
    try {
      const client = clientOf(portOf(server));
      for (const sent of [1, 2]) {
        await expect(client.instances.create(5, WISH)).rejects.toBeInstanceOf(OutcomeUnknownError);
        expect(bodies).toHaveLength(sent);
      }
      expect(bodies[0]).toContain('"label":"job 7"');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('nobody who listens means that it was not sent', async () => {
    const server = createServer();
    await listening(server);
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(clientOf(port).instances.create(5, WISH)).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe('the order at the limiter', () => {
  it('is by route and not by instance, destroys with their own urgency', async () => {
    const asked: { key: string; priority: Priority; ms: number }[] = [];
    const { client, clock } = scriptedService([json({ success: true })], {
      limiter: {
        acquire: async (key, ms, priority) => void asked.push({ key, priority, ms }),
        learn: async () => {},
      },
    });
    await settle(clock, client.instances.destroy(1));
    await settle(clock, client.instances.destroy(2));
    await settle(clock, client.instances.label(3, 'x', { priority: 'controller' }));
    expect(asked).toEqual([
      { key: 'DELETE /instances/{id}/ console.vast.ai', priority: 'destroy', ms: 3_000 },
      { key: 'DELETE /instances/{id}/ console.vast.ai', priority: 'destroy', ms: 3_000 },
      { key: 'PUT /instances/{id}/ console.vast.ai', priority: 'controller', ms: 1_000 },
    ]);
  });

  it('keeps to the published intervals, so that the simulator refuses nothing', async () => {
    const { client, done, running, sim, clock } = aTenant({ credit: 10_000 });
    const ids = [await running(), await running(), await running()];
    const startMs = clock.monotonic();
    const ends = await done(Promise.all(ids.map((id) => client.instances.destroy(id))));
    expect(ends).toEqual(['accepted', 'accepted', 'accepted']);
    expect(clock.monotonic() - startMs).toBe(6_000);
    expect(sim.truth.instances().every(({ destroyedMs }) => destroyedMs !== undefined)).toBe(true);
  });

  it('is shared with other processes by its store', async () => {
    const store: LimiterStore = memoryLimiterStore();
    const { client, clientOf, done, clock, sim, anOffer } = aTenant();
    let tickets = 0;
    const limiter = () => createLimiter({ store, clock, makeTicket: () => `t${++tickets}` });
    const one = clientOf(sim.apiKey, { limiter: limiter() });
    const two = clientOf(sim.apiKey, { limiter: limiter() });
    const offer = await anOffer();
    await done(one.instances.create(offer.id, WISH));
    const startMs = clock.monotonic();
    const next = await anOffer();
    await done(two.instances.create(next.id, WISH));
    expect(clock.monotonic() - startMs).toBe(4_500);
    expect((await done(client.instances.list())).total).toBe(2);
  });
});

describe('the body of a rental', () => {
  const bodyOf = async (
    wish: Parameters<ReturnType<typeof scriptedService>['client']['instances']['create']>[1],
  ) => {
    const { client, clock, seen } = scriptedService([CREATED()]);
    await settle(clock, client.instances.create(31_000_001, wish));
    expect(seen[0]).toMatchObject({ method: 'PUT', url: 'https://console.vast.ai/api/v0/asks/31000001/' });
    return JSON.parse(seen[0]?.body ?? '') as unknown;
  };

  it('is in the words of the official client, with nothing that was not asked for', async () => {
    expect(
      await bodyOf({
        image: 'pytorch/pytorch:latest',
        diskGb: 20,
        label: 't1',
        onstart: 'echo hi',
        env: { TZ: 'UTC' },
        ports: [{ port: 8081, protocol: 'udp' }, { port: 80 }],
        hostname: 'billybob',
      }),
    ).toEqual({
      client_id: 'me',
      image: 'pytorch/pytorch:latest',
      env: { '-p 8081:8081/udp': '1', '-p 80:80': '1', TZ: 'UTC', '-h': 'billybob' },
      disk: 20,
      label: 't1',
      onstart: 'echo hi',
      cancel_unavail: true,
      runtype: 'ssh_direc ssh_proxy',
    });
  });

  it.each([
    [{ image: 'x', runtype: 'ssh', access: 'proxy' } as const, 'ssh_proxy'],
    [{ image: 'x', runtype: 'jupyter' } as const, 'jupyter_direc ssh_direc ssh_proxy'],
    [{ image: 'x', runtype: 'jupyter', access: 'proxy' } as const, 'jupyter_proxy ssh_proxy'],
    [{ image: 'x', runtype: 'args', args: ['-c', 'sleep 9'] } as const, 'args'],
  ])('of %j spells the runtype %s', async (wish, runtype) => {
    expect(await bodyOf(wish)).toMatchObject({ runtype, disk: 10 });
  });

  it('with a template leaves to it what was not asked for', async () => {
    expect(await bodyOf({ templateHashId: 'abc', whenTaken: 'wait' })).toEqual({
      client_id: 'me',
      env: {},
      cancel_unavail: false,
      template_hash_id: 'abc',
    });
  });

  it('names a volume of the account, or the offer for a new one', async () => {
    expect(await bodyOf({ image: 'x', volume: { mountPath: '/data', volumeId: 12 } })).toMatchObject({
      volume_info: { mount_path: '/data', create_new: false, volume_id: 12 },
    });
    const made = { mountPath: '/data', offerId: 55, sizeGb: 20, name: 'v1' };
    expect(await bodyOf({ image: 'x', volume: made })).toMatchObject({
      volume_info: { mount_path: '/data', create_new: true, volume_id: 55, name: 'v1', size: 20 },
    });
  });

  it('with a figure that JSON makes null is never sent: a bid of null is any price', async () => {
    for (const wish of [
      { image: 'x', bidPerHour: Number.NaN },
      { image: 'x', bidPerHour: Number.POSITIVE_INFINITY },
      { image: 'x', bidPerHour: 0 },
      { image: 'x', diskGb: Number.NaN },
      { image: 'x', volume: { mountPath: '/d', offerId: Number.NaN, sizeGb: 10 } },
      { image: 'x', ports: [{ port: Number.NaN }] },
      { label: 'neither image nor template' },
      { image: 'x', args: ['a'] },
    ]) {
      const { client, clock, seen } = scriptedService([CREATED()]);
      expect(await failureOf(clock, client.instances.create(5, wish))).toBeInstanceOf(InvalidRequestError);
      expect(await failureOf(clock, client.instances.changeBid(5, Number.NaN))).toBeInstanceOf(
        InvalidRequestError,
      );
      expect(seen).toHaveLength(0);
    }
  });
});
