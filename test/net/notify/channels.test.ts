// What each channel is sent: its form, its limits, its signs made harmless, its signature.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/net/notify/index.ts';
import { anAlert, BOT_TOKEN, notifyWorld, SIGNING_KEY, webhookTo } from './notify-world.ts';
import { startReceiver } from './receiver.ts';

/** What a channel of these settings is sent for these alerts; the last request where there are several. */
async function sent(
  options: (url: string) => object,
  { alerts = [anAlert()], answer = '' }: { alerts?: readonly Alert[]; answer?: string },
) {
  const receiver = await startReceiver();
  receiver.answer({ body: answer });
  const world = await notifyWorld('sqlite', { it: options(receiver.url) });
  for (const alert of alerts) await world.outbox.enqueue(alert);
  const report = await world.outbox.deliver();
  const request = receiver.received.at(-1);
  if (!request) throw new Error('nothing was sent');
  return { report, request, json: JSON.parse(request.body), count: receiver.received.length };
}

const NASTY = '<b>&amp; *_~`[x](y) <!channel> @everyone \u202eevil\u0000\u0007 ``` end';
const nasty = () =>
  anAlert({
    title: NASTY,
    body: `${NASTY}\n${NASTY}`,
    actions: [{ what: NASTY, command: `vd rm '${NASTY}'` }],
  });
const huge = () => anAlert({ title: 'ü'.repeat(9_000), body: '😀'.repeat(9_000) });
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => anAlert({ key: `k${n}`, title: `box ${n} does not answer` }));

describe('ntfy', () => {
  const options = (url: string) => ({
    type: 'ntfy',
    server: url,
    topic: 'my-topic',
    token: 'tk_1',
    tags: ['gpu'],
  });
  const answer = '{"id":"x","event":"message"}';

  it('gets JSON at its root with topic, priority, tags and the token in a header', async () => {
    const { request, json, report } = await sent(options, { answer });
    expect(report.sent).toBe(1);
    expect(request).toMatchObject({ path: '/', headers: { authorization: 'Bearer tk_1' } });
    expect(json).toEqual({
      topic: 'my-topic',
      title: 'box does not answer',
      message: 'It was reachable before.\nsee why: vd why box',
      priority: 4,
      tags: ['warning', 'gpu'],
    });
  });

  it('gets the priority that the settings name', async () => {
    const chosen = (url: string) => ({ ...options(url), priority: { warning: 1 } });
    expect((await sent(chosen, { answer })).json.priority).toBe(1);
    const critical = [anAlert({ severity: 'critical' })];
    expect((await sent(chosen, { answer, alerts: critical })).json.priority).toBe(5);
  });

  it('gets no more than 4,096 bytes, cut between characters', async () => {
    const { json } = await sent(options, { answer, alerts: [huge()] });
    expect(Buffer.byteLength(json.message)).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(json.message)).toBeGreaterThan(3_900);
    expect(json.message).toMatch(/😀…\nsee why: vd why box$/u);
    expect(Buffer.byteLength(json.title)).toBeLessThanOrEqual(200);
    expect(json.message.isWellFormed()).toBe(true);
  });

  it('is told of a burst in one message that says how many more', async () => {
    const { json, count } = await sent(options, { answer, alerts: many(17) });
    expect(count).toBe(5);
    expect(json.title).toMatch(/^box \d+ does not answer, and 12 more$/);
    expect(json.message.split('\n')).toHaveLength(14);
  });

  it('is told how many of a large burst did not fit', async () => {
    const alerts = many(90).map((alert) => ({ ...alert, title: `${alert.title} ${'x'.repeat(100)}` }));
    const { json } = await sent(options, { answer, alerts });
    const lines = (json.message as string).split('\n').slice(0, -1);
    const [, more] = /^and (\d+) more$/.exec(lines.at(-1) ?? '') ?? [];
    expect(Number(more) + lines.length - 1).toBe(86);
    expect(Buffer.byteLength(json.message)).toBeLessThanOrEqual(4_096);
  });

  it('has not taken a message to which a portal in between answered', async () => {
    expect((await sent(options, { answer: '<html>Welcome to the hotel</html>' })).report.failed).toBe(1);
  });
});

describe('telegram', () => {
  const options = (url: string) => ({ type: 'telegram', server: url, token: BOT_TOKEN, chatId: -100123 });
  const answer = '{"ok":true,"result":{}}';

  it('gets HTML for a chat, without link previews', async () => {
    const { request, json, report } = await sent(options, { answer });
    expect(report.sent).toBe(1);
    expect(request.path).toBe(`/bot${BOT_TOKEN}/sendMessage`);
    expect(json).toEqual({
      chat_id: '-100123',
      text: '⚠️ <b>box does not answer</b>\nIt was reachable before.\nsee why: <code>vd why box</code>',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      disable_notification: false,
    });
  });

  it('gets no markup but ours', async () => {
    const { json } = await sent(options, { answer, alerts: [nasty()] });
    const foreign = (json.text as string).replaceAll(/<\/?(b|code)>/g, '');
    expect(foreign).not.toMatch(/[<>]/);
    expect(foreign).not.toMatch(/&(?!(amp|lt|gt);)/);
    expect(json.text).toContain('<b>&lt;b&gt;&amp;amp; *_~`');
    for (const sign of ['\u202e', '\u0000', '\u0007']) expect(json.text).not.toContain(sign);
  });

  it('gets no more than 4,096 units after the markup is read', async () => {
    const { json } = await sent(options, { answer, alerts: [{ ...huge(), body: '<'.repeat(9_000) }] });
    const read = (json.text as string).replaceAll(/<\/?(b|code)>/g, '').replaceAll('&lt;', '<');
    expect(read.length).toBeLessThanOrEqual(4_096);
    expect(read).toContain('see why: vd why box');
  });

  it('is left alone for as long as its body says', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 429, body: '{"ok":false,"error_code":429,"parameters":{"retry_after":35}}' });
    const { outbox, clock } = await notifyWorld('sqlite', { it: options(receiver.url) });
    await outbox.enqueue(anAlert());
    expect((await outbox.deliver()).nextAtMs).toBe(clock.now() + 35_000);
  });

  it('whose chat is not found is refused, and its alerts are kept', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 400, body: '{"ok":false,"description":"Bad Request: chat not found"}' });
    const { outbox } = await notifyWorld('sqlite', { it: options(receiver.url) });
    await outbox.enqueue(anAlert());
    await outbox.deliver();
    expect(await outbox.listChannels()).toMatchObject([{ health: 'refused', waiting: 1 }]);
  });
});

describe('slack', () => {
  const options = (url: string) => ({ type: 'slack', webhookUrl: `${url}/services/T/B/x` });

  it('gets plain text blocks, and commands to copy', async () => {
    const { request, json, report } = await sent(options, { answer: 'ok' });
    expect(report.sent).toBe(1);
    expect(request.path).toBe('/services/T/B/x');
    expect(json).toEqual({
      text: '⚠️ box does not answer',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '⚠️ box does not answer', emoji: false } },
        { type: 'section', text: { type: 'plain_text', text: 'It was reachable before.', emoji: false } },
        { type: 'section', text: { type: 'mrkdwn', text: '```# see why\nvd why box```', verbatim: true } },
      ],
    });
  });

  it('can call nobody and end no fence', async () => {
    const { json } = await sent(options, { answer: 'ok', alerts: [nasty()] });
    const marked = [json.text, json.blocks.at(-1).text.text] as string[];
    for (const text of marked) expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
    expect(marked[1]?.split('```')).toHaveLength(3);
  });

  it('gets no block above its limit', async () => {
    const alerts = [{ ...huge(), actions: [{ what: '&'.repeat(700), command: '&'.repeat(700) }] }];
    const { json } = await sent(options, { answer: 'ok', alerts });
    expect(json.blocks[0].text.text.length).toBeLessThanOrEqual(150);
    for (const block of json.blocks) expect(block.text.text.length).toBeLessThanOrEqual(3_000);
  });
});

describe('a webhook', () => {
  const options = (url: string) => webhookTo(url);

  it('is signed over timestamp and body, and says its event id and time', async () => {
    const { request, json } = await sent(options, {});
    const header = (name: string) => String(request.headers[`x-vastdeck-${name}`]);
    const mac = createHmac('sha256', Buffer.from(SIGNING_KEY));
    mac.update(
      Buffer.concat([Buffer.from(header('timestamp')), Buffer.from('.'), Buffer.from(request.body)]),
    );
    expect(header('signature-256')).toBe(`sha256=${mac.digest('hex')}`);
    expect(header('timestamp')).toBe('1767225600');
    expect(header('event-id')).toBe(json.event_id);
    expect(request.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('gets the figures of the alert in snake case', async () => {
    const { json } = await sent(options, {});
    expect(json).toEqual({
      event_id: json.alerts[0].event_id,
      sent_at: '2026-01-01T00:00:00Z',
      alerts: [
        {
          event_id: expect.stringMatching(/^alert_/),
          key: 'host-down:1',
          kind: 'host-down',
          severity: 'warning',
          title: 'box does not answer',
          body: 'It was reachable before.',
          at: '2026-01-01T00:00:00Z',
          figures: { usd_per_hour: 0.4 },
          actions: [{ what: 'see why', command: 'vd why box' }],
        },
      ],
    });
  });

  it('gets every alert of a burst whole, under an id that is the same when it is sent again', async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 500 }, {});
    const { outbox, clock } = await notifyWorld('sqlite', { it: webhookTo(receiver.url, { perMinute: 1 }) });
    for (const alert of many(5)) await outbox.enqueue(alert);
    await outbox.deliver();
    clock.jump(60_000);
    await outbox.deliver();
    const [first, second] = receiver.received.map(({ body }) => JSON.parse(body));
    expect(first.alerts).toHaveLength(5);
    expect(first.event_id).toMatch(/^summary_[0-9a-f]{24}$/);
    expect(second).toEqual({ ...first, sent_at: '2026-01-01T00:01:00Z' });
  });
});
