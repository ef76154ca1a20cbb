// The outbox: durable, told once for a condition, summarised in a burst, held in quiet hours, given up in the end.
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import { appendEvents } from '../../../src/base/store/index.ts';
import { UnknownChannelError } from '../../../src/net/notify/index.ts';
import { ENGINES } from '../../support/stores.ts';
import { anAlert, notifyWorld, webhookTo } from './notify-world.ts';
import { startReceiver } from './receiver.ts';

const MINUTE_MS = 60_000;
const titlesOf = (body: string) => (JSON.parse(body).alerts as { title: string }[]).map(({ title }) => title);

describe.each(ENGINES)('the outbox on %s', (engine) => {
  it('delivers an alert that another process queued, once', async () => {
    const receiver = await startReceiver();
    const { outbox, another, events } = await notifyWorld(engine, { hook: webhookTo(receiver.url) });
    const queued = await outbox.enqueue(anAlert());
    expect(queued).toMatchObject({ kind: 'queued', channels: ['hook'] });
    const other = await another();
    expect(await other.deliver()).toEqual({ sent: 1, failed: 0, nextAtMs: undefined });
    expect(await outbox.deliver()).toEqual({ sent: 0, failed: 0, nextAtMs: undefined });
    expect(receiver.received.map(({ body }) => titlesOf(body))).toEqual([['box does not answer']]);
    expect(await events('alert')).toMatchObject([{ id: 'host-down:1', status: 'raised' }]);
  });

  it('tells a condition that lasts again after its interval, not a millisecond before', async () => {
    const { outbox, clock } = await notifyWorld(engine, {});
    await outbox.enqueue(anAlert());
    const untilMs = clock.now() + 15 * MINUTE_MS;
    clock.jump(15 * MINUTE_MS - 1);
    expect(await outbox.enqueue(anAlert())).toEqual({ kind: 'duplicate', untilMs });
    clock.jump(1);
    expect((await outbox.enqueue(anAlert())).kind).toBe('queued');
    expect((await outbox.enqueue(anAlert({ key: 'host-down:2' }))).kind).toBe('queued');
  });

  it('tells what nobody was told of as soon as there is a channel for it', async () => {
    const { outbox, another } = await notifyWorld(engine, {});
    await outbox.enqueue(anAlert());
    expect((await outbox.enqueue(anAlert())).kind).toBe('duplicate');
    const other = await another({ channels: { hook: webhookTo('http://127.0.0.1:9') } });
    expect(await other.enqueue(anAlert())).toMatchObject({ kind: 'queued', channels: ['hook'] });
    expect((await other.enqueue(anAlert())).kind).toBe('duplicate');
  });

  it('repeats what costs money daily, and as often as the settings say', async () => {
    const { outbox, clock, another } = await notifyWorld(engine, {});
    const red = anAlert({ key: 'red-list:1', kind: 'red-list' });
    await outbox.enqueue(red);
    clock.jump(DAY_MS - 1);
    expect((await outbox.enqueue(red)).kind).toBe('duplicate');
    const hourly = await another({ repeat: { 'red-list': '1h' } });
    expect((await hourly.enqueue(red)).kind).toBe('queued');
    clock.jump(1);
    expect((await outbox.enqueue(red)).kind).toBe('duplicate');
    clock.jump(DAY_MS - 1);
    expect((await outbox.enqueue(red)).kind).toBe('queued');
  });

  it('tells a greater severity at once, and a lesser one not', async () => {
    const { outbox } = await notifyWorld(engine, {});
    await outbox.enqueue(anAlert());
    expect((await outbox.enqueue(anAlert({ severity: 'info' }))).kind).toBe('duplicate');
    expect((await outbox.enqueue(anAlert({ severity: 'critical' }))).kind).toBe('queued');
    expect((await outbox.enqueue(anAlert({ severity: 'warning' }))).kind).toBe('duplicate');
    expect((await outbox.enqueue(anAlert({ severity: 'critical' }))).kind).toBe('duplicate');
  });

  it('tells a condition that ended and came back, but not while it flaps', async () => {
    const { outbox, clock, events } = await notifyWorld(engine, {});
    expect(await outbox.clear('host-down:1')).toBe(false);
    await outbox.enqueue(anAlert());
    expect(await outbox.clear('host-down:1')).toBe(true);
    expect(await outbox.clear('host-down:1')).toBe(false);
    clock.jump(2 * MINUTE_MS - 1);
    expect((await outbox.enqueue(anAlert())).kind).toBe('duplicate');
    clock.jump(1);
    expect((await outbox.enqueue(anAlert())).kind).toBe('queued');
    expect((await events('alert')).map(({ status }) => status)).toEqual(['raised', 'cleared', 'raised']);
  });

  it('withdraws what was not sent when its condition ended', async () => {
    const receiver = await startReceiver();
    const { outbox } = await notifyWorld(engine, { hook: webhookTo(receiver.url) });
    await outbox.enqueue(anAlert());
    await outbox.enqueue(anAlert({ key: 'host-down:2', title: 'second' }));
    await outbox.clear('host-down:1');
    await outbox.deliver();
    expect(receiver.received.map(({ body }) => titlesOf(body))).toEqual([['second']]);
  });

  it('tells a condition again after the interval although the clock was set back meanwhile', async () => {
    const { outbox, clock } = await notifyWorld(engine, {});
    await outbox.enqueue(anAlert());
    clock.jump(-DAY_MS);
    const again = await outbox.enqueue(anAlert());
    expect(again).toEqual({ kind: 'duplicate', untilMs: clock.now() + 15 * MINUTE_MS });
    clock.jump(15 * MINUTE_MS - 1);
    expect((await outbox.enqueue(anAlert())).kind).toBe('duplicate');
    clock.jump(1);
    expect((await outbox.enqueue(anAlert())).kind).toBe('queued');
  });

  it('sends within an hour although the clock was set back while the channel was held up', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 429, headers: { 'retry-after': '1800' } }, {});
    const { outbox, clock } = await notifyWorld(engine, { hook: webhookTo(receiver.url, { perMinute: 1 }) });
    await outbox.enqueue(anAlert());
    await outbox.deliver();
    clock.jump(-DAY_MS);
    const report = await outbox.deliver();
    expect(report).toEqual({ sent: 0, failed: 0, nextAtMs: clock.now() + HOUR_MS });
    clock.jump(HOUR_MS);
    expect((await outbox.deliver()).sent).toBe(1);
  });

  it('queues one of many that come at the same moment from two processes', async () => {
    const { outbox, another } = await notifyWorld(engine, {});
    const other = await another();
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? outbox : other).enqueue(anAlert())),
    );
    expect(results.filter(({ kind }) => kind === 'queued')).toHaveLength(1);
  });

  it('keeps an alert with the transaction that it is part of, and loses it with it', async () => {
    const { outbox, store, events } = await notifyWorld(engine, {});
    const failing = store.transaction(async (trx) => {
      await outbox.enqueue(anAlert(), trx);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await events()).toEqual([]);
    await store.transaction(async (trx) => {
      await appendEvents(trx, {
        clock: store.clock,
        events: [{ noun: 'rental', id: 'r', status: 'lost', reason: '' }],
      });
      await outbox.enqueue(anAlert(), trx);
    });
    expect((await events()).map(({ noun }) => noun)).toEqual(['rental', 'alert']);
  });

  it('sends each channel what it takes', async () => {
    const receiver = await startReceiver();
    const to = (path: string, over: object) => webhookTo(`${receiver.url}/${path}`, over);
    const { outbox } = await notifyWorld(engine, {
      all: to('all', {}),
      grave: to('grave', { minSeverity: 'critical' }),
      money: to('money', { kinds: ['cap-80'] }),
    });
    const results = [
      await outbox.enqueue(anAlert()),
      await outbox.enqueue(anAlert({ key: 'b', severity: 'critical' })),
      await outbox.enqueue(anAlert({ key: 'c', kind: 'cap-80' })),
    ];
    expect(results.map((result) => result.kind === 'queued' && result.channels)).toEqual([
      ['all'],
      ['all', 'grave'],
      ['all', 'money'],
    ]);
    await outbox.deliver();
    const counts = Object.groupBy(receiver.received, ({ path }) => path.split('/')[1] ?? '');
    expect(counts.all).toHaveLength(3);
    expect(counts.grave).toHaveLength(1);
    expect(counts.money).toHaveLength(1);
  });

  it('summarises what is more than the channel bears, the most severe first, and then is at rest', async () => {
    const receiver = await startReceiver();
    const { outbox, clock } = await notifyWorld(engine, { hook: webhookTo(receiver.url, { perMinute: 3 }) });
    for (let n = 1; n <= 14; n += 1) {
      await outbox.enqueue(
        anAlert({ key: `k${n}`, title: `alert ${n}`, severity: n === 14 ? 'critical' : 'warning' }),
      );
      clock.jump(1);
    }
    expect(await outbox.deliver()).toMatchObject({ sent: 3, failed: 0, nextAtMs: undefined });
    const sent = receiver.received.map(({ body }) => titlesOf(body));
    expect(sent.map((titles) => titles.length)).toEqual([1, 1, 12]);
    expect(sent[0]).toEqual(['alert 14']);
    expect(sent[2]?.[0]).toBe('alert 2');
    await outbox.enqueue(anAlert({ key: 'late' }));
    const report = await outbox.deliver();
    expect(report).toEqual({ sent: 0, failed: 0, nextAtMs: clock.now() + 20_000 });
    clock.jump(19_999);
    expect((await outbox.deliver()).sent).toBe(0);
    clock.jump(1);
    expect((await outbox.deliver()).sent).toBe(1);
  });

  it('holds everything but the critical back in quiet hours', async () => {
    const receiver = await startReceiver();
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    const { outbox, clock } = await notifyWorld(engine, { hook: webhookTo(receiver.url, { quietHours }) });
    clock.jump(21 * HOUR_MS);
    await outbox.enqueue(anAlert({ title: 'at 22:00 in Berlin' }));
    await outbox.enqueue(anAlert({ key: 'k', severity: 'critical', title: 'grave' }));
    const report = await outbox.deliver();
    expect(report).toEqual({ sent: 1, failed: 0, nextAtMs: clock.now() + 9 * HOUR_MS });
    clock.jump(9 * HOUR_MS - 1);
    expect((await outbox.deliver()).sent).toBe(0);
    clock.jump(1);
    expect((await outbox.deliver()).sent).toBe(1);
    expect(receiver.received.map(({ body }) => titlesOf(body)[0])).toEqual(['grave', 'at 22:00 in Berlin']);
  });

  it('does not count quiet hours as time in which the channel was tried', async () => {
    const receiver = await startReceiver();
    const quietHours = { from: '22:00', to: '07:00' };
    const { outbox, clock } = await notifyWorld(
      engine,
      { hook: webhookTo(receiver.url, { quietHours }) },
      { giveUpMs: 2 * HOUR_MS },
    );
    clock.jump(21.5 * HOUR_MS);
    receiver.answer({ status: 503 }, {});
    await outbox.enqueue(anAlert());
    await outbox.deliver();
    clock.jump(9.5 * HOUR_MS);
    expect((await outbox.deliver()).sent).toBe(1);
  });

  it('gives up after its time, says so, and does not send it later', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 503, body: 'busy' });
    const { outbox, clock, events } = await notifyWorld(
      engine,
      { hook: webhookTo(receiver.url) },
      { giveUpMs: HOUR_MS },
    );
    await outbox.enqueue(anAlert());
    await outbox.deliver();
    clock.jump(HOUR_MS - 1);
    expect((await outbox.deliver()).failed).toBe(1);
    clock.jump(1);
    expect(await outbox.deliver()).toEqual({ sent: 0, failed: 0, nextAtMs: undefined });
    const [, undelivered] = await events('alert');
    expect(undelivered).toMatchObject({ id: 'host-down:1', status: 'undelivered', data: { attempts: 2 } });
    expect(undelivered?.reason).toMatch(
      /^hook did not take it within 1h \(127\.0\.0\.1:\d+ answered 503: busy\)$/,
    );
    receiver.answer({});
    clock.jump(HOUR_MS);
    expect((await outbox.deliver()).sent).toBe(0);
  });

  it('gives up what waits for a channel that the settings have no more', async () => {
    const { outbox, clock, another, events } = await notifyWorld(engine, {
      gone: webhookTo('http://127.0.0.1:9'),
    });
    await outbox.enqueue(anAlert());
    const other = await another({ channels: {} });
    clock.jump(DAY_MS - 1);
    await other.deliver();
    expect(await events('alert')).toHaveLength(1);
    clock.jump(1);
    await other.deliver();
    expect((await events('alert'))[1]?.reason).toContain('no channel of that name');
  });

  it('lists channels with what waits and why', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 401, body: 'no' });
    const { outbox, clock } = await notifyWorld(engine, { hook: webhookTo(receiver.url) });
    await outbox.enqueue(anAlert());
    expect(await outbox.listChannels()).toMatchObject([{ name: 'hook', health: 'ok', waiting: 1 }]);
    await outbox.deliver();
    const host = new URL(receiver.url).host;
    const [status] = await outbox.listChannels();
    expect(status).toMatchObject({
      name: 'hook',
      type: 'webhook',
      host,
      health: 'refused',
      reason: `${host} answered 401: no`,
      waiting: 1,
    });
    expect(status?.nextTryAtMs).toBeGreaterThan(clock.now());
  });

  it('sends a test past the outbox, and names the channels that there are', async () => {
    const receiver = await startReceiver();
    const { outbox } = await notifyWorld(engine, { hook: webhookTo(receiver.url) });
    expect(await outbox.sendTest('hook')).toEqual({ kind: 'sent' });
    await expect(outbox.sendTest('phone')).rejects.toThrow(UnknownChannelError);
    await expect(outbox.sendTest('phone')).rejects.toThrow(
      'There is no channel "phone"; the settings have hook',
    );
  });

  it('forgets what ended long ago, and nothing that waits or may not be repeated yet', async () => {
    const receiver = await startReceiver();
    const { outbox, clock } = await notifyWorld(
      engine,
      { hook: webhookTo(receiver.url), never: webhookTo('http://127.0.0.1:9', { minSeverity: 'critical' }) },
      { giveUpMs: 90 * DAY_MS },
    );
    await outbox.enqueue(anAlert());
    await outbox.enqueue(anAlert({ key: 'waits', severity: 'critical' }));
    await outbox.deliver();
    clock.jump(30 * DAY_MS);
    await outbox.enqueue(anAlert({ key: 'young' }));
    expect(await outbox.prune()).toBe(0);
    clock.jump(1);
    expect(await outbox.prune()).toBe(1);
    expect((await outbox.listChannels())[1]?.waiting).toBe(1);
    expect((await outbox.enqueue(anAlert({ key: 'young' }))).kind).toBe('duplicate');
  });
});
