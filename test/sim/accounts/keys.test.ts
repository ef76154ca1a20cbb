// API keys: scoped, constrained, deleted, renewed; and the second factor.
import { describe, expect, it } from 'vitest';
import { aSim, HOUR } from '../a-sim.ts';
import { asking, type Body } from './ask.ts';

const KEYS = '/api/v0/auth/apikeys/';

describe('a scoped key', () => {
  it('may do what its categories say, and nothing else', async () => {
    const { sim } = aSim();
    const permissions = { api: { user_read: {}, misc: {} } };
    const { body } = await asking(sim)('POST', KEYS, { name: 'reader', permissions, key_params: null });
    expect(body).toMatchObject({ success: true, permissions });
    const scoped = asking(sim, String(body.key));
    expect((await scoped('GET', '/api/v0/users/current')).status).toBe(200);
    expect((await scoped('GET', '/api/v0/audit_logs/')).status).toBe(200);
    const refused = await scoped('POST', '/api/v0/secrets/', { key: 'A', value: 'b' });
    expect([refused.status, refused.body.error]).toEqual([403, 'not_authorized']);
    expect((await scoped('GET', '/api/v0/users/me/invoices')).status).toBe(403);
    expect(sim.truth.log().some(({ what }) => what === 'secret_created')).toBe(false);
  });

  it('cannot make a key that may do more than it', async () => {
    const { sim } = aSim();
    const { body } = await asking(sim)('POST', KEYS, { name: 'a', permissions: { api: { user_write: {} } } });
    const scoped = asking(sim, String(body.key));
    const refused = await scoped('POST', KEYS, { name: 'b', permissions: { api: { billing_write: {} } } });
    expect(refused.status).toBe(401);
    expect((await scoped('POST', KEYS, { name: 'c', permissions: { api: { user_write: {} } } })).status).toBe(
      200,
    );
    // Without permissions it gets those of the key that made it.
    const { body: heir } = await scoped('POST', KEYS, { name: 'd' });
    expect((await asking(sim, String(heir.key))('GET', '/api/v0/audit_logs/')).status).toBe(403);
  });

  it('keeps to its constraints, also those with a wildcard', async () => {
    const { sim } = aSim();
    const limits = { 'api.template.update': { constraints: { id: { gte: 2, lte: '$last' } } } };
    const { body } = await asking(sim)('POST', KEYS, {
      name: 'some',
      permissions: { api: { user_write: limits } },
      key_params: { $last: 4 },
    });
    const key = asking(sim, String(body.key));
    const statuses: number[] = [];
    for (const id of [1, 2, 4, 5]) statuses.push((await key('DELETE', `/api/v0/webhooks/${id}/`)).status);
    // Those in between are let through, to find that there is no such webhook.
    expect(statuses).toEqual([403, 404, 404, 403]);
    expect((await key('POST', '/api/v0/secrets/', { key: 'A', value: 'b' })).status).toBe(403);
  });

  it.each([
    [{}, 'invalid_permissions'],
    [{ api: { everything: {} } }, 'invalid_permissions'],
    [{ api: { misc: { x: { constraints: { id: { like: 3 } } } } } }, 'invalid_permissions'],
    ['all', 'missing_permissions'],
  ])('with permissions %j is not made', async (permissions, error) => {
    const { status, body } = await asking(aSim().sim)('POST', KEYS, { name: 'x', permissions });
    expect([status, body.error]).toEqual([400, error]);
  });
});

describe('a key', () => {
  it.each([
    401, 404,
  ] as const)('that was deleted is refused with %i from the next call on', async (badKeyStatus) => {
    const { sim } = aSim({ badKeyStatus });
    const ask = asking(sim);
    const { body } = await ask('POST', KEYS, { name: 'short', permissions: { api: { user_read: {} } } });
    expect((await ask('GET', KEYS)).body.apikeys).toHaveLength(2);
    expect((await ask('DELETE', `${KEYS}${String(body.id)}/`)).status).toBe(200);
    const refused = await asking(sim, String(body.key))('GET', '/api/v0/users/current');
    expect([refused.status, refused.body]).toEqual([
      badKeyStatus,
      { success: false, error: 'auth_error', msg: 'Invalid user key' },
    ]);
    expect((await ask('GET', KEYS)).body.apikeys).toHaveLength(1);
    expect((await ask('DELETE', `${KEYS}${String(body.id)}/`)).status).toBe(404);
  });

  it('is listed without its text', async () => {
    const { sim } = aSim();
    const { body } = await asking(sim)('GET', KEYS);
    expect(body.apikeys).toEqual([
      expect.objectContaining({ id: 1, user_id: 100_001, key: null, team_id: null }),
    ]);
    expect(JSON.stringify(body)).not.toContain(sim.apiKey);
  });

  it('that is the first cannot be deleted, but renewed', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    expect((await ask('DELETE', `${KEYS}1/`)).status).toBe(400);
    const { body } = await ask('PUT', '/api/v0/commands/reset_apikey/', { client_id: 'me' });
    expect(body.success).toBe(true);
    expect((await ask('GET', '/api/v0/users/current')).status).toBe(401);
    const renewed = await asking(sim, String(body.api_key))('GET', '/api/v0/users/current');
    expect([renewed.status, renewed.body.id]).toEqual([200, 100_001]);
  });

  it('of another account is not found', async () => {
    const { sim } = aSim();
    const other = sim.accounts.add();
    const { body } = await asking(sim)('POST', KEYS, { name: 'mine' });
    expect((await asking(sim, other.apiKey)('DELETE', `${KEYS}${String(body.id)}/`)).status).toBe(404);
    expect((await asking(sim, String(body.key))('GET', '/api/v0/users/current')).status).toBe(200);
  });
});

describe('a second factor', () => {
  const world = () => {
    const { sim, clock } = aSim();
    const { apiKey } = sim.accounts.add({ secondFactorCode: '246810', credit: 5 });
    return { sim, clock, ask: asking(sim, apiKey) };
  };

  it('is asked for where the account is changed or pays, and not where it is read', async () => {
    const { ask } = world();
    expect((await ask('GET', '/api/v0/users/current')).status).toBe(200);
    expect((await ask('GET', '/api/v0/tfa/status/')).body).toMatchObject({
      tfa_enabled: true,
      backup_codes_remaining: 10,
    });
    for (const [method, path] of [
      ['POST', '/api/v0/secrets/'],
      ['PUT', '/api/v0/commands/transfer_credit/'],
    ] as const) {
      const { status, body } = await ask(method, path, { key: 'A', value: 'b' });
      expect(status).toBe(401);
      expect(body.msg).toContain('Two Factor Authentication');
    }
  });

  it('opens a session of 24 hours, after which its key is refused as expired', async () => {
    const { sim, clock, ask } = world();
    const { body } = await ask('POST', '/api/v0/tfa/', { tfa_method: 'totp', code: '246810' });
    const session = asking(sim, String(body.session_key));
    expect((await session('POST', '/api/v0/secrets/', { key: 'A', value: 'b' })).status).toBe(200);
    await clock.step(24 * HOUR - 1);
    expect((await session('GET', '/api/v0/secrets/')).body.secrets).toEqual({ A: 'b' });
    await clock.step(1);
    const late = await session('GET', '/api/v0/secrets/');
    expect([late.status, late.body]).toEqual([
      404,
      { success: false, error: 'auth_error', msg: 'Session expired. Please log in again.' },
    ]);
    // The key itself lasts.
    expect((await ask('GET', '/api/v0/users/current')).status).toBe(200);
  });

  it('does not take a wrong code, and a backup code only once', async () => {
    const { sim, ask } = world();
    const login = async (body: Body) => {
      const answer = await ask('POST', '/api/v0/tfa/', body);
      return [answer.status, answer.body.error];
    };
    expect(await login({ code: '000000' })).toEqual([400, '2fa_verification_failed']);
    expect(await login({})).toEqual([401, 'missing_auth_value']);
    expect(await login({ backup_code: 'ABCD-EFGH-1234' })).toEqual([401, 'invalid_backup_code']);
    expect(sim.truth.log().some(({ what }) => what === 'session_opened')).toBe(false);
  });

  it('is not asked of accounts that have none', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    expect((await ask('POST', '/api/v0/secrets/', { key: 'A', value: 'b' })).status).toBe(200);
    expect((await ask('GET', '/api/v0/tfa/status/')).body.tfa_enabled).toBe(false);
    expect((await ask('POST', '/api/v0/tfa/', { code: '246810' })).status).toBe(400);
  });
});
