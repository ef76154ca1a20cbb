// Failures of every shape that the service is known to send, through the real client.

import {
  InvalidRequestError,
  MalformedAnswerError,
  makeOfferQuery,
  OfferGoneError,
  RateLimitedError,
  SecondFactorError,
  UnauthorizedError,
  UnavailableError,
  VastError,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { anOfferRow } from './offer-rows.ts';
import {
  API_KEY,
  failureOf,
  json,
  raw,
  type ScriptedAnswer,
  scriptedService,
  settle,
} from './scripted-service.ts';

const QUERY = makeOfferQuery();
const text = (body: string, status: number, type = 'text/plain; charset=utf-8') =>
  raw(body, { status, headers: { 'content-type': type } });

async function failWith(answer: ScriptedAnswer): Promise<VastError> {
  const { client, clock } = scriptedService([answer], { attempts: 1 });
  const failure = await failureOf(clock, client.offers.search(QUERY));
  expect(clock.pendingTimers).toBe(0);
  return failure as VastError;
}

describe('a refusal becomes the error that says what to do', () => {
  const cases: readonly [what: string, answer: () => Response, error: new (...args: never[]) => VastError][] =
    [
      ['429 as plain text', () => text('API requests too frequent', 429), RateLimitedError],
      ['429 with an empty body', () => text('', 429), RateLimitedError],
      [
        '429 in detail',
        () => json({ detail: 'API requests too frequent endpoint threshold=4.5' }, { status: 429 }),
        RateLimitedError,
      ],
      [
        '429 in msg',
        () =>
          json(
            {
              success: false,
              error: 'rate_limit_exceeded',
              msg: 'API requests too frequent endpoint threshold=3.0',
            },
            { status: 429 },
          ),
        RateLimitedError,
      ],
      [
        '429 in message',
        () => json({ message: 'API requests too frequent: endpoint threshold=6' }, { status: 429 }),
        RateLimitedError,
      ],
      ['too frequent, with status 200', () => text('API requests too frequent', 200), RateLimitedError],
      [
        'rate_limit_exceeded with status 200',
        () => json({ success: false, error: 'rate_limit_exceeded', msg: 'slow down' }),
        RateLimitedError,
      ],
      [
        '401 with a wrong key',
        () => json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, { status: 401 }),
        UnauthorizedError,
      ],
      [
        '403 without a key',
        () =>
          json({ success: false, error: 'auth_error', msg: 'This action requires login.' }, { status: 403 }),
        UnauthorizedError,
      ],
      [
        '404 with auth_error',
        () => json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, { status: 404 }),
        UnauthorizedError,
      ],
      [
        '404 with the words alone',
        () => json({ msg: 'Invalid user key' }, { status: 404 }),
        UnauthorizedError,
      ],
      [
        '404 for an expired session',
        () => json({ success: false, msg: 'Session expired. Please log in again.' }, { status: 404 }),
        SecondFactorError,
      ],
      [
        '401 for the second factor',
        () => json({ msg: 'Two Factor Authentication required' }, { status: 401 }),
        SecondFactorError,
      ],
      [
        '401 in detail',
        () => json({ detail: 'Authentication credentials were not provided.' }, { status: 401 }),
        UnauthorizedError,
      ],
      [
        'auth_error with status 200',
        () => json({ success: false, error: 'auth_error', msg: 'This action requires login.' }),
        UnauthorizedError,
      ],
      [
        '404 no_such_ask',
        () =>
          json(
            {
              success: false,
              error: 'no_such_ask',
              msg: 'error 404/3603: no_such_ask Instance type by id 31000001 is not available.',
            },
            { status: 404 },
          ),
        OfferGoneError,
      ],
      [
        '410 no longer available',
        () =>
          json(
            { msg: 'error 410/3907: no_such_ask Instance type 31000001 is no longer available.' },
            { status: 410 },
          ),
        OfferGoneError,
      ],
      [
        '400 no_such_ask',
        () => json({ success: false, error: 'no_such_ask', msg: 'gone' }, { status: 400 }),
        OfferGoneError,
      ],
      [
        '400 for a bad operator',
        () =>
          json(
            { success: false, error: 'invalid_request', msg: '0 is not a valid search op' },
            { status: 400 },
          ),
        InvalidRequestError,
      ],
      [
        '404 of another server',
        () => text('<!DOCTYPE html><html><title>Not Found</title></html>', 404, 'text/html'),
        InvalidRequestError,
      ],
      [
        '301',
        () => new Response('', { status: 301, headers: { location: 'https://elsewhere.example/api' } }),
        InvalidRequestError,
      ],
      [
        'success: false with status 200',
        () => json({ success: false, error: 'Invalid date range', offers: [] }),
        InvalidRequestError,
      ],
      [
        '500',
        () => json({ success: false, error: 'server_error', msg: 'oops' }, { status: 500 }),
        UnavailableError,
      ],
      ['500 without a word', () => json({ msg: 'oops' }, { status: 500 }), UnavailableError],
      [
        '422 that speaks of what is not available',
        () => json({ msg: 'minbid is not available' }, { status: 422 }),
        InvalidRequestError,
      ],
      [
        '502 as a page',
        () => text('<html><head><title>502 Bad Gateway</title></head></html>', 502, 'text/html'),
        UnavailableError,
      ],
      [
        '503 that speaks of logins',
        () => text('login service down: This action requires login', 503),
        UnavailableError,
      ],
      [
        'server_error with status 200',
        () => json({ success: false, error: 'server_error', msg: 'oops' }),
        UnavailableError,
      ],
      ['truncated JSON', () => raw('{"offers": [{"id": 1, "machine_id": 2, "gpu_na'), MalformedAnswerError],
      ['an empty body', () => raw(''), MalformedAnswerError],
      ['a page with status 200', () => text('<html>hello</html>', 200, 'text/html'), MalformedAnswerError],
      [
        'JSON called something else',
        () => raw('{"offers": []}', { headers: { 'content-type': 'text/json' } }),
        MalformedAnswerError,
      ],
      [
        'no content type',
        () => new Response(new TextEncoder().encode('{"offers": []}')),
        MalformedAnswerError,
      ],
      ['no offers', () => json({ success: true }), MalformedAnswerError],
      ['offers that are no list', () => json({ offers: { id: 1 } }), MalformedAnswerError],
      ['null', () => json(null), MalformedAnswerError],
      ['two documents', () => raw('{"offers": []}{"offers": []}'), MalformedAnswerError],
    ];
  it.each(cases)('%s', async (_what, answer, error) => {
    const failure = await failWith(answer());
    expect(failure.name).toBe(error.name);
    expect(failure).toBeInstanceOf(error);
    expect(failure).toBeInstanceOf(VastError);
    expect(failure.endpoint).toBe('POST /bundles/');
    expect(failure.message).toMatch(/^POST \/bundles\/ .*[a-z)]$/);
  });
});

describe('what an error tells', () => {
  it('quotes the service and names status, slug and cure', async () => {
    const failure = await failWith(
      json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, { status: 404 }),
    );
    expect(failure).toMatchObject({ status: 404, code: 'auth_error' });
    expect(failure.message).toContain('"Invalid user key"');
    expect(failure.message).toContain('vastdeck login');
  });

  it('says that no key was sent when there was none', async () => {
    const { client, clock, seen } = scriptedService([json({ error: 'auth_error' }, { status: 403 })], {
      apiKey: undefined,
    });
    const failure = await failureOf(clock, client.users.current());
    expect(failure.message).toContain('no API key was sent');
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });

  it('names the offer that is gone', async () => {
    const msg = 'error 404/3603: no_such_ask Instance type by id 31000001 is not available.';
    const failure = (await failWith(json({ msg }, { status: 404 }))) as OfferGoneError;
    expect(failure.offerId).toBe(31_000_001);
  });

  it('keeps the cause of a failed connection', async () => {
    const socket = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
    const failure = await failWith(new TypeError('fetch failed', { cause: socket }));
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure.message).toContain('ECONNREFUSED');
    expect((failure.cause as Error).cause).toBe(socket);
  });

  it.each([
    ['API requests too frequent: endpoint threshold=4.5', 4_500],
    [JSON.stringify({ detail: 'API requests too frequent endpoint threshold=4.5' }), 4_500],
    [JSON.stringify({ msg: 'too fast', threshold: 6 }), 6_000 as number | undefined],
    ['API requests too frequent', undefined],
    ['API requests too frequent: endpoint threshold=0', undefined],
    ['API requests too frequent: endpoint threshold=86400', undefined],
  ])('learns the threshold of %s', async (body, thresholdMs) => {
    const failure = (await failWith(text(body, 429))) as RateLimitedError;
    expect(failure.thresholdMs).toBe(thresholdMs);
  });

  it.each([
    ['a header in seconds', text('', 429), { 'retry-after': '7' }, 7_000],
    ['a header with a date', text('', 429), { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    ['a field of the body', json({ msg: 'slow', retry_after: 2.5 }, { status: 429 }), {}, 2_500],
  ])('reads how long to wait from %s', async (_what, answer, headers, retryAfterMs) => {
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    expect((await failWith(answer)) as RateLimitedError).toMatchObject({ retryAfterMs });
  });
});

describe('stray text', () => {
  it('after a whole document is logged, and the document is used', async () => {
    const body = `${JSON.stringify({ offers: [anOfferRow()] }, undefined, 1)}\nMachine ID 24126 not found or not rentable.\n`;
    const { client, clock, log } = scriptedService([raw(body)]);
    const answer = await settle(clock, client.offers.search(QUERY));
    expect(answer.offers).toHaveLength(1);
    expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { text: 'Machine ID 24126 not found or not rentable.' } },
    ]);
  });

  it('before a document is refused', async () => {
    expect(await failWith(raw('warning: old client\n{"offers": []}'))).toBeInstanceOf(MalformedAnswerError);
  });

  it('does not hide a document cut inside a string full of brackets and quotes', async () => {
    expect(await failWith(raw('{"offers": [{"cpu_name": "a]}\\"}]'))).toBeInstanceOf(MalformedAnswerError);
  });

  it('leaves brackets, quotes and NaN inside strings alone', async () => {
    const row = anOfferRow({ cpu_name: 'a ]}" \\ NaN Infinity {[' });
    const { client, clock } = scriptedService([raw(`${JSON.stringify({ offers: [row] })}\nbye`)]);
    const answer = await settle(clock, client.offers.search(QUERY));
    expect(answer.offers[0]?.cpuName).toBe('a ]}" \\ NaN Infinity {[');
  });
});

describe('the key', () => {
  const leak = (texts: readonly unknown[]) => texts.filter((part) => JSON.stringify(part)?.includes(API_KEY));

  it('stands in no error, log or URL, even when the service and fetch repeat it', async () => {
    const answers = [
      text(`who is ${API_KEY}?`, 500),
      json({ success: false, error: 'auth_error', msg: `Invalid user key ${API_KEY}` }, { status: 401 }),
      raw(`{"offers": [}] ${API_KEY}`),
      raw(`{"offers": []}\nkey=${API_KEY}`),
      text(`<html>${API_KEY}</html>`, 200, 'text/html'),
      new TypeError(`bad header Bearer ${API_KEY}`, { cause: new Error(API_KEY) }),
    ];
    for (const answer of answers) {
      const { client, clock, log, seen } = scriptedService([answer]);
      const failure = await settle(clock, client.offers.search(QUERY)).catch((error: unknown) => error);
      const parts = failure instanceof Error ? [failure.message, failure.stack, failure] : [];
      const { cause } = failure as { cause?: unknown };
      if (cause instanceof Error) parts.push(cause.message, cause.stack, cause.cause as Error);
      expect(leak([...parts, ...log, ...seen.map(({ url }) => url)])).toEqual([]);
      expect(log.length).toBeGreaterThan(0);
    }
  });

  it('with a line break inside is refused without being shown or sent', async () => {
    const { Secret } = await import('../../../src/base/std/index.ts');
    const { client, clock, seen } = scriptedService([json({})], {
      apiKey: new Secret(`abcdef12\n${API_KEY}`),
    });
    const failure = await failureOf(clock, client.offers.search(QUERY));
    expect(failure).toBeInstanceOf(UnauthorizedError);
    expect(leak([failure.message, failure.stack])).toEqual([]);
    expect(seen).toHaveLength(0);
  });
});
