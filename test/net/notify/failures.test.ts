// Everything that a far end can do instead of taking a message, against a real server on loopback.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../src/base/std/index.ts';
import { ENGINES } from '../../support/stores.ts';
import { anAlert, BOT_TOKEN, notifyWorld, SIGNING_KEY, webhookTo } from './notify-world.ts';
import { type ScriptedAnswer, startReceiver } from './receiver.ts';

const START_MS = Date.UTC(2026, 0, 1);

const worldWith = async (...answers: ScriptedAnswer[]) => {
  const receiver = await startReceiver();
  receiver.answer(...answers);
  const world = await notifyWorld('sqlite', { hook: webhookTo(receiver.url) });
  return { receiver, ...world };
};

describe('a channel', () => {
  it('that asks to wait is left alone until then, by its header in seconds', async () => {
    const { outbox, clock, receiver } = await worldWith(
      { status: 429, headers: { 'retry-after': '90' } },
      {},
    );
    await outbox.enqueue(anAlert());
    expect(await outbox.deliver()).toEqual({ sent: 0, failed: 1, nextAtMs: START_MS + 90_000 });
    clock.jump(89_999);
    expect(await outbox.deliver()).toEqual({ sent: 0, failed: 0, nextAtMs: START_MS + 90_000 });
    clock.jump(1);
    expect((await outbox.deliver()).sent).toBe(1);
    expect(receiver.received.map(({ headers }) => headers['x-vastdeck-attempt'])).toEqual(['1', '2']);
  });

  it('that names a date is left alone until then', async () => {
    const until = new Date(START_MS + 120_000).toUTCString();
    const { outbox } = await worldWith({ status: 503, headers: { 'retry-after': until } });
    await outbox.enqueue(anAlert());
    expect((await outbox.deliver()).nextAtMs).toBe(START_MS + 120_000);
  });

  it('that asks to wait for days is tried again after an hour', async () => {
    const { outbox } = await worldWith({ status: 429, headers: { 'retry-after': '999999999999' } });
    await outbox.enqueue(anAlert());
    expect((await outbox.deliver()).nextAtMs).toBe(START_MS + HOUR_MS);
  });

  it('that fails is said to after three failures, and to be well again after one success', async () => {
    const { outbox, clock, events } = await worldWith(
      { status: 500 },
      { status: 502 },
      { status: 503, body: 'down' },
      { status: 503 },
      {},
    );
    await outbox.enqueue(anAlert());
    for (let n = 0; n < 5; n += 1) {
      await outbox.deliver();
      clock.jump(10 * 60_000);
    }
    const said = (await events('notify-channel')).map(({ status, reason }) => `${status} ${reason}`);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^failing 127\.0\.0\.1:\d+ answered 503: down$/);
    expect(said[1]).toBe('ok ');
  });

  it('that refuses us is said to at once', async () => {
    const { outbox, events } = await worldWith({ status: 403, body: 'forbidden' });
    await outbox.enqueue(anAlert());
    await outbox.deliver();
    expect(await events('notify-channel')).toMatchObject([{ id: 'hook', status: 'refused' }]);
  });

  it('waits longer and longer, up to the longest wait and with chance in it', async () => {
    const { outbox, clock } = await worldWith({ status: 500 });
    await outbox.enqueue(anAlert());
    const waits: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const { nextAtMs = 0 } = await outbox.deliver();
      waits.push(nextAtMs - clock.now());
      clock.jump(10 * 60_000);
    }
    for (const [n, waitMs] of waits.entries()) {
      expect(waitMs).toBeLessThanOrEqual(Math.min(600_000, 5_000 * 2 ** n));
    }
    expect(Math.max(...waits)).toBeGreaterThan(60_000);
    expect(new Set(waits).size).toBeGreaterThan(8);
  });

  it('that is not there is tried again, and its sentence holds no secret', async () => {
    const receiver = await startReceiver();
    const { outbox, log } = await notifyWorld('sqlite', { hook: webhookTo(receiver.url) });
    await receiver.close();
    await outbox.enqueue(anAlert());
    expect((await outbox.deliver()).failed).toBe(1);
    const [status] = await outbox.listChannels();
    expect(status?.reason).toMatch(/^127\.0\.0\.1:\d+ did not answer \(ECONNREFUSED: /);
    expect(JSON.stringify([status, log])).not.toContain('s3cr3t');
  });

  it.each(['hang', 'head-only'] as const)('that is slow (%s) is given ten seconds', async (answer) => {
    const { outbox, clock, receiver } = await worldWith(answer, {});
    await outbox.enqueue(anAlert());
    const delivering = outbox.deliver();
    await receiver.came(1);
    await clock.step(9_999);
    expect((await outbox.listChannels())[0]?.reason).toBe('');
    await clock.step(1);
    expect((await delivering).failed).toBe(1);
    expect((await outbox.listChannels())[0]?.reason).toContain(
      'did not answer (no whole answer within 10 s)',
    );
    expect(clock.pendingTimers).toBe(0);
    await clock.step(10 * 60_000);
    expect((await outbox.deliver()).sent).toBe(1);
  });

  it('that breaks the connection is tried again', async () => {
    const { outbox, clock } = await worldWith('reset', {});
    await outbox.enqueue(anAlert());
    expect((await outbox.deliver()).failed).toBe(1);
    clock.jump(60_000);
    expect((await outbox.deliver()).sent).toBe(1);
  });

  it('is never followed to where it redirects', async () => {
    const elsewhere = await startReceiver();
    const { outbox, events } = await worldWith({ status: 307, headers: { location: elsewhere.url } });
    await outbox.enqueue(anAlert());
    expect((await outbox.deliver()).failed).toBe(1);
    expect(elsewhere.received).toEqual([]);
    expect(await events('notify-channel')).toMatchObject([{ status: 'refused' }]);
  });

  it('that rejects one message loses that one alone, with an event', async () => {
    const { outbox, events } = await worldWith({ status: 400, body: 'bad words' }, {});
    await outbox.enqueue(anAlert());
    await outbox.enqueue(anAlert({ key: 'second' }));
    const report = await outbox.deliver();
    expect(report).toEqual({ sent: 1, failed: 1, nextAtMs: undefined });
    const [, , undelivered] = await events('alert');
    expect(undelivered).toMatchObject({ status: 'undelivered', id: 'host-down:1' });
    expect(undelivered?.reason).toContain('answered 400: bad words');
  });

  it('that rejects a summary gets its alerts one by one', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 413 }, {});
    const { outbox, clock } = await notifyWorld('sqlite', {
      hook: webhookTo(receiver.url, { perMinute: 1 }),
    });
    for (const key of ['a', 'b', 'c']) await outbox.enqueue(anAlert({ key }));
    for (let n = 0; n < 5; n += 1) {
      await outbox.deliver();
      clock.jump(60_000);
    }
    const counts = receiver.received.map(({ body }) => JSON.parse(body).alerts.length);
    expect(counts).toEqual([3, 1, 1, 1]);
  });

  it('that one message breaks gets the others', async () => {
    const receiver = await startReceiver();
    const { outbox, clock } = await notifyWorld('sqlite', { hook: webhookTo(receiver.url) });
    await outbox.enqueue(anAlert({ key: 'poison', severity: 'critical' }));
    receiver.answer({ status: 500 });
    for (let n = 0; n < 3; n += 1) {
      await outbox.deliver();
      clock.jump(10 * 60_000);
    }
    await outbox.enqueue(anAlert({ key: 'other' }));
    receiver.answer({}, { status: 500 });
    expect(await outbox.deliver()).toMatchObject({ sent: 1, failed: 1 });
    expect(JSON.parse(receiver.received[3]?.body ?? '').alerts[0].key).toBe('other');
  });

  it('answers without a secret in it, whatever the far end echoes', async () => {
    const receiver = await startReceiver();
    const { outbox, log, events } = await notifyWorld('sqlite', {
      hook: webhookTo(receiver.url),
      bot: { type: 'telegram', server: receiver.url, token: BOT_TOKEN, chatId: 1 },
      push: { type: 'ntfy', server: receiver.url, topic: 'hidden-topic', token: 'tk_hidden_token' },
      team: { type: 'slack', webhookUrl: `${receiver.url}/services/T0/B0/hidden-hook` },
    });
    receiver.answer({
      status: 403,
      body: `${SIGNING_KEY} /hook/s3cr3t-path /bot${BOT_TOKEN}/ hidden-topic tk_hidden_token /services/T0/B0/hidden-hook`,
    });
    await outbox.enqueue(anAlert());
    await outbox.deliver();
    // Each channel hides its own: what is left of the echo are the other three's.
    const own = {
      hook: ['s3cr3t', SIGNING_KEY],
      bot: [BOT_TOKEN],
      push: ['hidden-topic', 'tk_hidden'],
      team: ['hidden-hook'],
    };
    for (const { name, reason } of await outbox.listChannels()) {
      expect(reason).toContain('****');
      for (const secret of own[name as keyof typeof own]) expect(reason).not.toContain(secret);
    }
    const texts = [...log, ...(await events())].map((line) => JSON.stringify(line));
    for (const [name, secrets] of Object.entries(own)) {
      const mine = texts.filter((text) => text.includes(`"${name}"`) && !text.includes('"raised"'));
      expect(mine.length).toBeGreaterThan(0);
      for (const secret of secrets) expect(mine.join('\n')).not.toContain(secret);
    }
  });
});

describe('a stop', () => {
  it('in the middle of a send frees the channel at once, and the message goes out again', async () => {
    const { outbox, receiver, another, clock } = await worldWith('hang', {});
    await outbox.enqueue(anAlert());
    const stopping = new AbortController();
    const delivering = outbox.deliver(stopping.signal);
    await receiver.came(1);
    stopping.abort(new Error('stopped'));
    await expect(delivering).rejects.toThrow('stopped');
    expect(clock.pendingTimers).toBe(0);
    expect((await (await another()).deliver()).sent).toBe(1);
  });
});

describe.each(ENGINES)('several processes on %s', (engine) => {
  it('send a message once, however many deliver at the same moment', async () => {
    const receiver = await startReceiver();
    const { outbox, another } = await notifyWorld(engine, { hook: webhookTo(receiver.url) });
    for (let n = 0; n < 10; n += 1) await outbox.enqueue(anAlert({ key: `k${n}` }));
    const others = await Promise.all([another(), another(), another()]);
    await Promise.all([outbox, ...others].map((each) => each.deliver()));
    await outbox.deliver();
    const ids = receiver.received.map(({ headers }) => headers['x-vastdeck-event-id']);
    expect(ids).toHaveLength(10);
    expect(new Set(ids).size).toBe(10);
  });

  it('take over from one that sleeps in a send, which then changes nothing of theirs', async () => {
    const receiver = await startReceiver();
    receiver.answer('hang', { status: 429, headers: { 'retry-after': '600' } });
    const { outbox, another, clock, log } = await notifyWorld(engine, { hook: webhookTo(receiver.url) });
    await outbox.enqueue(anAlert());
    const sleeping = outbox.deliver();
    await receiver.came(1);
    const other = await another();
    expect(await other.deliver()).toEqual({ sent: 0, failed: 0, nextAtMs: START_MS + 30_000 });
    clock.jump(30_000);
    expect(await other.deliver()).toEqual({ sent: 0, failed: 1, nextAtMs: START_MS + 630_000 });
    await clock.step(10_000);
    await sleeping;
    expect((await outbox.deliver()).nextAtMs).toBe(START_MS + 630_000);
    expect(log.map(({ message }) => message)).toContain(
      'notification was taken over by another process while it was sent',
    );
  });
});

it('a claim of a dead process is free after its time although the clock was set back by a day', async () => {
  const receiver = await startReceiver();
  receiver.answer('hang', {});
  const { outbox, another, clock } = await notifyWorld('sqlite', { hook: webhookTo(receiver.url) });
  await outbox.enqueue(anAlert());
  const dying = outbox.deliver();
  await receiver.came(1);
  clock.jump(-24 * HOUR_MS);
  const other = await another();
  expect((await other.deliver()).nextAtMs).toBe(clock.now() + 30_000);
  clock.jump(30_000);
  expect((await other.deliver()).sent).toBe(1);
  await clock.step(10_000);
  await dying;
});

it('a process killed between a send and its record sends twice at most, with one event id', async () => {
  const receiver = await startReceiver();
  receiver.answer('hang', {});
  const channels = { hook: webhookTo(receiver.url) };
  const { outbox, url, clock } = await notifyWorld('sqlite', channels);
  await outbox.enqueue(anAlert());
  const script = new URL('./deliver.process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, url, JSON.stringify({ channels }), String(clock.now())], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  await receiver.came(1);
  child.kill('SIGKILL');
  await exited;
  expect((await outbox.deliver()).sent).toBe(0);
  clock.jump(30_000);
  expect((await outbox.deliver()).sent).toBe(1);
  clock.jump(HOUR_MS);
  expect(await outbox.deliver()).toEqual({ sent: 0, failed: 0, nextAtMs: undefined });
  const ids = receiver.received.map(({ headers }) => headers['x-vastdeck-event-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});
