// The settings: everything wrong with them at once, and no secret in what is said.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { NotifyOptionsError, parseNotifyOptions } from '../../../src/net/notify/index.ts';

const BOT = '123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr';

function faultsOf(value: unknown): string[] {
  try {
    parseNotifyOptions(value);
    return [];
  } catch (error) {
    if (!(error instanceof NotifyOptionsError)) throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

const faultOfUrl = (url: string) =>
  faultsOf({ channels: { a: { type: 'webhook', url, secret: 'x'.repeat(16) } } }).length;

describe('notify settings', () => {
  it('may be empty: there are then no channels', () => {
    expect(parseNotifyOptions({})).toEqual({ channels: {}, repeat: {} });
  });

  it('keep tokens, topics and webhook addresses as secrets', () => {
    const options = parseNotifyOptions({
      channels: {
        push: { type: 'ntfy', topic: 'hidden-topic', token: 'hidden-token' },
        bot: { type: 'telegram', token: BOT, chatId: '@gpus' },
        team: { type: 'slack', webhookUrl: 'https://hooks.slack.com/services/hidden' },
        hook: { type: 'webhook', url: 'https://example.com/hidden', secret: 'hidden-hidden-hidden' },
      },
      repeat: { 'red-list': '12h' },
    });
    const shown = JSON.stringify(options) + inspect(options, { depth: 9 });
    expect(shown).not.toMatch(/hidden|AAbb/);
    expect(options.channels.push).toMatchObject({ server: 'https://ntfy.sh', minSeverity: 'info' });
    expect(options.repeat).toEqual({ 'red-list': 43_200_000 });
  });

  it('are told all their faults at once, with the place of each', () => {
    const faults = faultsOf({
      channels: {
        push: { type: 'ntfy', topic: 'no spaces allowed', priority: { critical: 6 }, minSeverity: 'grave' },
        bot: { type: 'telegram', token: 'wrong', chatId: 1.5, colour: 'red' },
        hook: { type: 'webhook', url: 'ftp://x.example', secret: 'short' },
        night: {
          type: 'ntfy',
          topic: 't',
          quietHours: { from: '25:00', to: '07:00', timeZone: 'Mars/Olympus' },
        },
        fax: { type: 'fax' },
      },
      repeat: { parked: 'often', unheard: '1h' },
    });
    const paths = faults.map((fault) => fault.split(':')[0]);
    for (const path of [
      'channels.push.topic',
      'channels.push.priority.critical',
      'channels.push.minSeverity',
      'channels.bot.token',
      'channels.bot.chatId',
      'channels.bot',
      'channels.hook.url',
      'channels.hook.secret',
      'channels.night.quietHours.from',
      'channels.night.quietHours.timeZone',
      'channels.fax.type',
      'repeat.parked',
      'repeat',
    ]) {
      expect(paths).toContain(path);
    }
    expect(faults.find((fault) => fault.startsWith('repeat.parked'))).toBe(
      'repeat.parked: must be a duration like 15m or 1d',
    );
  });

  it('have faults that repeat no value', () => {
    const value = {
      channels: {
        a: { type: 'telegram', token: 'leak1 leak1', chatId: 'leak2 leak2' },
        b: { type: 'slack', webhookUrl: 'http://example.com/leak3' },
        c: { type: 'webhook', url: 'https://leak4:leak5@example.com/', secret: 'leak6' },
        d: { type: 'ntfy', topic: 'leak7 leak7', token: 'leak8 leak8' },
      },
      repeat: { parked: 'leak9' },
    };
    expect(faultsOf(value)).toHaveLength(8);
    expect(() => parseNotifyOptions(value)).toThrow(/^(?!.*leak)/s);
  });

  it('of a mail want one password, a user beside it, and encryption beyond the own network', () => {
    const mail = { type: 'email', host: 'smtp.example.com', from: 'a@b.c', to: 'd@e.f' };
    const faultsWith = (over: object) => faultsOf({ channels: { m: { ...mail, ...over } } });
    expect(faultsWith({})).toEqual([]);
    expect(faultsWith({ user: 'me', passwordEnv: 'X' })).toEqual([]);
    expect(faultsWith({ to: ['d@e.f', 'g@h.i'], port: 2525, tls: 'implicit' })).toEqual([]);
    expect(faultsWith({ host: 'localhost', tls: 'none' })).toEqual([]);
    expect(faultsWith({ host: '10.0.0.8', tls: 'none' })).toEqual([]);
    expect(faultsWith({ tls: 'none' })[0]).toMatch(/^channels\.m\.tls: must not be none/);
    expect(faultsWith({ user: 'me', password: 'x', passwordFile: '/x' })[0]).toMatch(/given once/);
    expect(faultsWith({ user: 'me' })[0]).toMatch(/^channels\.m\.user: must come with passwordEnv/);
    expect(faultsWith({ passwordEnv: 'X' })[0]).toMatch(/^channels\.m\.user: must stand beside/);
    for (const over of [
      { to: 'nobody' },
      { to: [] },
      { to: ['a@b.c', 'x y@z'] },
      { from: 'a@b.c\r\nBcc: x@y.z' },
      { host: 'smtp example' },
      { port: 0 },
      { port: 65_536 },
      { passwordEnv: '1X', user: 'me' },
    ]) {
      expect([over, faultsWith(over).length]).toEqual([over, 1]);
    }
  });

  it('take plain http to the own network alone', () => {
    for (const url of [
      'https://example.com/x',
      'http://localhost:8080',
      'http://127.0.0.1',
      'http://10.1.2.3',
      'http://192.168.1.1',
      'http://172.16.0.1',
      'http://172.31.0.1',
      'http://ntfy:80',
      'http://nas.local',
      'http://[::1]:8080',
      'http://[fd00::1]/',
    ]) {
      expect([url, faultOfUrl(url)]).toEqual([url, 0]);
    }
    for (const url of [
      'http://example.com',
      'http://172.32.0.1',
      'http://11.0.0.1',
      'http://192.169.1.1',
      'http://[2001:db8::1]',
      'http://10.example.com',
      'http://localhost.example.com',
      'file:///etc/passwd',
      'example.com',
    ]) {
      expect([url, faultOfUrl(url)]).toEqual([url, 1]);
    }
  });
});
