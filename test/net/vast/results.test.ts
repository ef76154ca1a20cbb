// Logs and output of commands behind an address: waited for, not for ever, never with the key, never just anywhere.
import { MalformedAnswerError, UnavailableError } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { failureOf, json, type ScriptedAnswer, scriptedService, settle } from './scripted-service.ts';

const STORE = 'https://s3.amazonaws.com/vast.ai/instance_logs/abc.log';
const AT = (url: unknown, more: object = {}) => json({ success: true, result_url: url, ...more });
const NOT_YET = (status: number) => new Response('<Error/>', { status });
const TEXT = (text: string) => new Response(text, { headers: { 'content-type': 'binary/octet-stream' } });
const RESET = new TypeError('fetch failed', {
  cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
});

function logs(answers: readonly ScriptedAnswer[], baseUrl?: string) {
  const service = scriptedService(answers, baseUrl === undefined ? {} : { baseUrl });
  return {
    ...service,
    call: () => service.client.instances.logs(7, { tail: 50, filter: 'err', isDaemonLog: true }),
  };
}

describe('a log', () => {
  it('is asked for in texts, and read where it stands without the key', async () => {
    const { seen, clock, call } = logs([AT(STORE), TEXT('line\n')]);
    expect(await settle(clock, call())).toBe('line\n');
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      url: 'https://console.vast.ai/api/v0/instances/request_logs/7/',
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ tail: '50', filter: 'err', daemon_logs: 'true' });
    expect(seen[0]?.headers.has('authorization')).toBe(true);
    expect(seen[1]).toMatchObject({ method: 'GET', url: STORE });
    expect([...(seen[1]?.headers ?? [])]).toEqual([]);
  });

  it('is waited for while the store has not got it, or cannot be reached', async () => {
    const { seen, clock, call } = logs([
      AT(STORE),
      NOT_YET(403),
      NOT_YET(404),
      NOT_YET(503),
      RESET,
      TEXT(''),
    ]);
    expect(await settle(clock, call())).toBe('');
    expect(seen).toHaveLength(6);
    expect(clock.monotonic()).toBe(2_000);
  });

  it('that does not appear is given up after half a minute', async () => {
    const { clock, call } = logs([AT(STORE), NOT_YET(403)]);
    const failure = await failureOf(clock, call());
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure.message).toContain('did not appear in 30 s (it answered 403)');
    expect(clock.monotonic()).toBe(30_000);
  });

  it('at an address that never answers is given up in the same time', async () => {
    const { clock, call } = logs([AT(STORE), 'hang']);
    expect(await failureOf(clock, call())).toBeInstanceOf(UnavailableError);
    expect(clock.monotonic()).toBeLessThanOrEqual(31_000);
  });

  it('is not waited for any longer than the caller wants', async () => {
    const { clock, client } = logs([AT(STORE), NOT_YET(403)]);
    const abort = new AbortController();
    clock.setTimer(2_200, () => abort.abort(new Error('enough')));
    const call = client.instances.logs(7, {}, { signal: abort.signal });
    expect(await failureOf(clock, call)).toMatchObject({ message: 'enough' });
    expect(clock.monotonic()).toBe(2_200);
  });

  it('behind a redirect is not followed there', async () => {
    const { seen, clock, call } = logs([
      AT(STORE),
      new Response('', { status: 302, headers: { location: 'http://169.254.169.254/' } }),
    ]);
    expect(await failureOf(clock, call())).toBeInstanceOf(UnavailableError);
    expect(seen.slice(1).every(({ url, redirect }) => url === STORE && redirect === 'manual')).toBe(true);
  });

  it.each([
    'http://s3.amazonaws.com/x.log',
    'http://169.254.169.254/latest',
    'http://console.vast.ai:8080/x.log',
    'file:///etc/passwd',
    'data:text/plain,hello',
    '/result/7.log',
    'nonsense',
  ])('at %s is not asked for', async (url) => {
    const { seen, clock, call } = logs([AT(url), TEXT('secret')]);
    expect(await failureOf(clock, call())).toBeInstanceOf(MalformedAnswerError);
    expect(seen).toHaveLength(1);
  });

  it('without encryption is read from the own host of the base URL: a simulator', async () => {
    const { clock, call } = logs(
      [AT('http://127.0.0.1:9/result/7.log'), TEXT('x')],
      'http://127.0.0.1:9/api/v0',
    );
    expect(await settle(clock, call())).toBe('x');
    const other = logs([AT('http://127.0.0.1:10/result/7.log'), TEXT('x')], 'http://127.0.0.1:9/api/v0');
    expect(await failureOf(other.clock, other.call())).toBeInstanceOf(MalformedAnswerError);
  });

  it('without an address is malformed', async () => {
    for (const url of [undefined, null, '', 7]) {
      const { clock, call } = logs([AT(url)]);
      expect(await failureOf(clock, call())).toBeInstanceOf(MalformedAnswerError);
    }
  });
});

describe('the output of a command', () => {
  it('has paths as they are inside', async () => {
    const prefix = '/var/lib/docker/overlay2/C.7/diff';
    const { client, clock, seen } = scriptedService([
      AT(STORE, { writeable_path: prefix }),
      TEXT(`4.0K\t${prefix}/workspace\n8.0K\t${prefix}/data\n`),
    ]);
    expect(await settle(clock, client.instances.execute(7, 'du -s /'))).toBe(
      '4.0K\t/workspace\n8.0K\t/data\n',
    );
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ command: 'du -s /' });
  });
});
