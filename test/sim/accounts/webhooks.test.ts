// Notification webhooks: set up, delivered with a signature, tried again; and the preferences behind them.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SimOptions } from '../../../src/sim/index.ts';
import { aSim, HOUR } from '../a-sim.ts';
import { asking, type Body } from './ask.ts';

interface Received {
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
  readonly atMs: number;
}

/** A receiver that answers with these statuses in turn (then 204), or throws for `lost`, or says nothing for `mute`. */
function aReceiver(answers: readonly (number | 'lost' | 'mute')[] = [], options: Partial<SimOptions> = {}) {
  const received: Received[] = [];
  const left = [...answers];
  const world = aSim({
    ...options,
    webhooks: {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        received.push({
          url: request.url,
          headers: request.headers,
          text: await request.text(),
          atMs: world.clock.now(),
        });
        const answer = left.shift() ?? 204;
        if (answer === 'lost') throw new TypeError('no connection');
        if (answer === 'mute') {
          return await new Promise<never>((_, reject) => {
            init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error), {
              once: true,
            });
          });
        }
        return new Response(null, { status: answer });
      },
    },
  });
  /** Lets `ms` pass, and the simulation with it. */
  const pass = async (ms: number) => {
    await world.clock.step(ms);
    world.sim.step();
    await world.clock.untilIdle();
  };
  return { ...world, received, pass, ask: asking(world.sim) };
}

const HOOK = {
  name: 'Ops',
  webhook_url: 'https://hooks.example.com/vast',
  event_types: ['client:credit_received'],
};
const PATH = '/api/v0/webhooks/';

/** Somebody sends credit to the first account. */
async function give({ sim, pass }: ReturnType<typeof aReceiver>, amount = 1) {
  const giver = sim.accounts.add({ credit: 10 });
  await asking(sim, giver.apiKey)('PUT', '/api/v0/commands/transfer_credit/', {
    recipient: 'simulated@example.com',
    amount,
  });
  await pass(1);
}

describe('a webhook', () => {
  it('is told what it asked for, with a signature that its secret explains', async () => {
    const world = aReceiver();
    const { body } = await world.ask('POST', PATH, HOOK);
    expect(body.enabled_notification_preferences).toEqual(['client:credit_received']);
    const { webhook_secret: secret } = body.webhook as Body;
    await give(world, 2.5);
    expect(world.received).toHaveLength(1);
    const [{ url, headers, text }] = world.received as [Received];
    expect(url).toBe(HOOK.webhook_url);
    const sent = JSON.parse(text) as Body;
    expect(sent).toMatchObject({
      user_id: 100_001,
      notif_type: 'credit_received',
      message: 'You received $2.50 of credit.',
      data: { amount: 2.5 },
      data_truncated: false,
    });
    expect(sent.event_id).toBe(headers.get('x-vast-event-id'));
    expect(headers.get('x-vast-delivery-attempt')).toBe('1');
    expect(headers.get('content-type')).toBe('application/json');
    const stamp = headers.get('x-vast-timestamp');
    const expected = createHmac('sha256', String(secret)).update(`${stamp}.${text}`).digest('hex');
    expect(headers.get('x-vast-signature-256')).toBe(`sha256=${expected}`);
  });

  it('is not told what it did not ask for, nor what its owner switched off', async () => {
    const world = aReceiver();
    await world.ask('POST', PATH, { ...HOOK, event_types: ['client:low_credit'] });
    await give(world);
    expect(world.received).toEqual([]);
    await world.ask('PUT', `${PATH}1/`, { event_types: ['client:credit_received'] });
    await give(world);
    expect(world.received).toHaveLength(1);
    await world.ask('PUT', '/api/v0/users/me/notification-prefs/', { notification_preferences: {} });
    await give(world);
    expect(world.received).toHaveLength(1);
  });

  it.each([
    ['a server that fails', 503],
    ['one that is busy', 429],
    ['one that timed out by itself', 408],
    ['no connection', 'lost'],
  ] as const)('is tried again after %s, with the same event', async (_, answer) => {
    const world = aReceiver([answer, answer]);
    await world.ask('POST', PATH, HOOK);
    await give(world);
    await world.pass(9_999);
    expect(world.received).toHaveLength(1);
    await world.pass(2);
    expect(world.received).toHaveLength(2);
    await world.pass(60_000);
    expect(world.received.map(({ headers }) => headers.get('x-vast-delivery-attempt'))).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(new Set(world.received.map(({ headers }) => headers.get('x-vast-event-id'))).size).toBe(1);
    await world.pass(24 * HOUR);
    expect(world.received).toHaveLength(3);
    const outcomes = world.sim.truth.log().filter(({ what }) => what === 'webhook_sent');
    expect(outcomes.map(({ data }) => data.outcome)).toEqual(['retry', 'retry', 'accepted']);
  });

  it.each([301, 400, 404, 410])('is not tried again after %i', async (answer) => {
    const world = aReceiver([answer]);
    await world.ask('POST', PATH, HOOK);
    await give(world);
    await world.pass(24 * HOUR);
    expect(world.received).toHaveLength(1);
  });

  it('has 10 s to answer, and is then tried again', async () => {
    const world = aReceiver(['mute']);
    await world.ask('POST', PATH, HOOK);
    await give(world);
    await world.pass(9_998);
    const sent = () => world.sim.truth.log().filter(({ what }) => what === 'webhook_sent').length;
    expect(sent()).toBe(0);
    await world.pass(2);
    expect(sent()).toBe(1);
    await world.pass(10_000);
    expect(world.received).toHaveLength(2);
  });

  it('is given up after five attempts', async () => {
    const world = aReceiver([500, 500, 500, 500, 500, 500]);
    await world.ask('POST', PATH, HOOK);
    await give(world);
    for (let i = 0; i < 10; i += 1) await world.pass(HOUR);
    expect(world.received).toHaveLength(5);
  });

  it('may be one of four, and not of five', async () => {
    const { ask } = aReceiver();
    for (let i = 0; i < 4; i += 1) expect((await ask('POST', PATH, HOOK)).status).toBe(200);
    expect((await ask('POST', PATH, HOOK)).status).toBe(400);
    expect((await ask('DELETE', `${PATH}2/`)).body).toEqual({ success: true });
    expect((await ask('POST', PATH, HOOK)).status).toBe(200);
    const { body } = await ask('GET', PATH);
    expect((body.webhooks as Body[]).map(({ id }) => id)).toEqual([1, 3, 4, 5]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it.each([
    { webhook_url: 'http://hooks.example.com/' },
    { webhook_url: 'http://127.0.0.1:8080/' },
    { webhook_url: 'nonsense' },
    { webhook_url: `https://example.com/${'x'.repeat(2_048)}` },
    { name: 'x'.repeat(121) },
    { name: 'a\nb' },
    { event_types: [] },
    { event_types: ['client:nonsense'] },
    { event_types: null },
  ])('with %j is refused', async (changes) => {
    const { ask } = aReceiver();
    expect((await ask('POST', PATH, { ...HOOK, ...changes })).status).toBe(400);
    expect((await ask('GET', PATH)).body.webhooks).toEqual([]);
  });

  it('at an address of this machine or a private network is never called', async () => {
    const world = aReceiver();
    for (const host of ['localhost', '10.1.2.3', '192.168.0.9', '[::1]']) {
      await world.ask('POST', PATH, { ...HOOK, webhook_url: `https://${host}/` });
    }
    await give(world);
    await world.pass(HOUR);
    expect(world.received).toEqual([]);
  });

  it('may be plain http to loopback where the simulator is told so', async () => {
    const received: string[] = [];
    const { sim, clock } = aSim({
      webhooks: {
        allowsLoopback: true,
        fetch: async (input) => {
          received.push(new Request(input).url);
          return new Response(null, { status: 200 });
        },
      },
    });
    const ask = asking(sim);
    const url = 'http://127.0.0.1:8080/hook';
    expect((await ask('POST', PATH, { ...HOOK, webhook_url: url })).status).toBe(200);
    expect((await ask('POST', PATH, { ...HOOK, webhook_url: 'http://example.com/' })).status).toBe(400);
    const { body } = await ask('POST', `${PATH}1/test/`);
    await clock.untilIdle();
    expect([body.msg, received]).toEqual(['Test webhook delivered', [url]]);
  });

  it('can be tested, once and without retries', async () => {
    const world = aReceiver([500]);
    await world.ask('POST', PATH, HOOK);
    expect((await world.ask('POST', `${PATH}1/test/`)).status).toBe(400);
    await world.pass(HOUR);
    expect(world.received).toHaveLength(1);
    expect(JSON.parse((world.received[0] as Received).text)).toMatchObject({
      notif_type: 'webhook_test',
      data: null,
    });
    expect((await world.ask('POST', `${PATH}1/test/`)).status).toBe(200);
  });

  it('signs with its new secret after it was rotated', async () => {
    const world = aReceiver();
    const first = (await world.ask('POST', PATH, HOOK)).body.webhook as Body;
    const next = (await world.ask('POST', `${PATH}1/rotate-secret/`)).body.webhook as Body;
    expect(next.webhook_secret).not.toBe(first.webhook_secret);
    await world.ask('POST', `${PATH}1/test/`);
    const [{ headers, text }] = world.received as [Received];
    const mac = createHmac('sha256', String(next.webhook_secret));
    const expected = mac.update(`${headers.get('x-vast-timestamp')}.${text}`).digest('hex');
    expect(headers.get('x-vast-signature-256')).toBe(`sha256=${expected}`);
  });

  it('of somebody else is not found', async () => {
    const { sim, ask } = aReceiver();
    await ask('POST', PATH, HOOK);
    const stranger = asking(sim, sim.accounts.add().apiKey);
    for (const [method, path] of [
      ['PUT', `${PATH}1/`],
      ['DELETE', `${PATH}1/`],
      ['POST', `${PATH}1/test/`],
      ['POST', `${PATH}1/rotate-secret/`],
    ] as const) {
      expect((await stranger(method, path)).status).toBe(404);
    }
  });
});

describe('notifications', () => {
  it('have types with keys, and preferences for each of them', async () => {
    const { ask } = aReceiver();
    const { body } = await ask('GET', '/api/v0/notification-types/');
    const types = body.notification_types as Body[];
    expect(types.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['client:low_credit', 'client:outbid', 'host:machine_offline']),
    );
    const put = await ask('PUT', '/api/v0/users/100001/notification-prefs/', {
      notification_preferences: { client: { outbid: { email: false, webhooks: true } } },
    });
    const shown = put.body.notification_preferences as Record<string, Record<string, Body>>;
    expect(shown.client?.outbid).toEqual({ email: false, webhooks: true });
    expect(shown.client?.low_credit).toEqual({ email: true, webhooks: false });
    expect(Object.keys(shown.client ?? {}).length + Object.keys(shown.host ?? {}).length).toBe(types.length);
    expect(
      (
        await ask('PUT', '/api/v0/users/me/notification-prefs/', {
          notification_preferences: { client: { x: {} } },
        })
      ).status,
    ).toBe(400);
    expect((await ask('GET', '/api/v0/users/1/notification-prefs/')).status).toBe(403);
  });

  it('tell the life of an instance in order', async () => {
    const world = aReceiver();
    const keys = ['created', 'started', 'stopped', 'deleted'].map((word) => `client:instance_${word}`);
    await world.ask('POST', PATH, { ...HOOK, event_types: keys });
    const [offer] = await world.search({
      rentable: { eq: true },
      order: [['dph_total', 'asc']],
      disable_bundling: true,
    });
    const { body } = await world.ask('PUT', `/api/v0/asks/${offer?.id}/`, {
      image: 'pytorch/pytorch',
      disk: 10,
    });
    const path = `/api/v0/instances/${String(body.new_contract)}/`;
    await world.pass(2 * HOUR);
    await world.ask('PUT', path, { state: 'stopped' });
    await world.pass(60_000);
    await world.ask('DELETE', path);
    await world.pass(60_000);
    const told = world.received.map(({ text }) => JSON.parse(text) as Body);
    expect(told.map(({ notif_type: type }) => type)).toEqual([
      'instance_created',
      'instance_started',
      'instance_stopped',
      'instance_deleted',
    ]);
    expect(told.every(({ data }) => (data as Body).instance_id === body.new_contract)).toBe(true);
  });

  it('tell of low credit once, at the threshold', async () => {
    const world = aReceiver([], { credit: 1 });
    await world.ask('POST', PATH, { ...HOOK, event_types: ['client:low_credit'] });
    await world.ask('PUT', '/api/v0/users/', { balance_threshold: 0.9, balance_threshold_enabled: true });
    const [offer] = await world.search({
      rentable: { eq: true },
      order: [['dph_total', 'asc']],
      disable_bundling: true,
    });
    await world.ask('PUT', `/api/v0/asks/${offer?.id}/`, { image: 'pytorch/pytorch', disk: 10 });
    for (let i = 0; i < 12; i += 1) await world.pass(HOUR);
    const told = world.received.map(({ text }) => JSON.parse(text) as Body);
    expect(told).toHaveLength(1);
    const { balance, threshold } = (told[0] as { data: { balance: number; threshold: number } }).data;
    expect(threshold).toBe(0.9);
    expect(balance).toBeCloseTo(0.9, 5);
  });
});
