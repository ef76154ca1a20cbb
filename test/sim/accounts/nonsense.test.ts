// Nonsense sent to every route of accounts and billing: it is refused or answered, and never breaks anything.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSim } from '../a-sim.ts';
import { asking, withQuery } from './ask.ts';

const OURS =
  /^\/api\/v\d\/(users|subaccounts|secrets|ssh|auth|template|webhooks|notification|charges|invoices|audit_logs|tfa|commands\/(transfer|reset))/;

/** Fields that some route reads, so that nonsense gets as far as it can. */
const FIELDS = [
  'key',
  'value',
  'env_vars',
  'ssh_key',
  'name',
  'image',
  'runtype',
  'hash_id',
  'template_id',
  'template',
  'permissions',
  'key_params',
  'email',
  'username',
  'password',
  'recipient',
  'sender',
  'amount',
  'code',
  'backup_code',
  'webhook_url',
  'event_types',
  'notification_preferences',
  'balance_threshold',
  'autobill_threshold',
  'recommended_disk_space',
];
const QUERY = [
  'select_filters',
  'select_cols',
  'order_by',
  'limit',
  'after_token',
  'format',
  'latest_first',
  'sdate',
  'edate',
];

const value = fc.oneof(
  fc.constantFrom(
    null,
    '',
    'me',
    '1',
    '-1',
    'true',
    '[]',
    '{}',
    '{"day":5}',
    '{"when":{"gte":"x"}}',
    'https://a.b/',
  ),
  fc.constantFrom({ api: { misc: null } }, { client: { outbid: 5 } }, { day: { gte: 0, lte: 1e300 } }, [
    ['id', 'up'],
  ]),
  fc.jsonValue({ maxDepth: 2 }),
);
const record = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5 }) as fc.Arbitrary<Record<string, unknown>>;

describe('nonsense', () => {
  it('is answered with a status below 500 and a reason, on any route', async () => {
    const { sim } = aSim();
    const routes = sim.routes.filter(({ path }) => OURS.test(path) && !path.includes('reset_apikey'));
    expect(routes.length).toBeGreaterThan(40);
    const ask = asking(sim);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        fc.constantFrom('me', '1', '-7', 'x', '100001'),
        record(FIELDS),
        record(QUERY),
        async ({ method, path }, id, body, query) => {
          const { status, body: answer } = await ask(
            method,
            withQuery(path.replace(/:\w+/, id), query),
            body,
          );
          expect(status).toBeLessThan(500);
          if (status >= 400)
            expect(answer).toMatchObject({
              success: false,
              error: expect.any(String),
              msg: expect.any(String),
            });
        },
      ),
      { numRuns: 600 },
    );
    const { status, body } = await ask('GET', '/api/v0/users/current');
    expect([status, Number.isFinite(body.credit)]).toEqual([200, true]);
  }, 60_000);
});
