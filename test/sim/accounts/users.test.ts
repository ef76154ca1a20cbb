// The account itself, its settings, subaccounts, transfers of credit, and the audit log.
import { describe, expect, it } from 'vitest';
import { aSim } from '../a-sim.ts';
import { asking, type Body, withQuery } from './ask.ts';

describe('the account', () => {
  it('is shown with its credit and without its key', async () => {
    const { sim } = aSim();
    const { status, body } = await asking(sim)('GET', '/api/v0/users/current');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 100_001,
      credit: 100,
      balance: 0,
      total_spend: 0,
      email: 'simulated@example.com',
    });
    expect(body).not.toHaveProperty('api_key');
    expect(JSON.stringify(body)).not.toContain(sim.apiKey);
  });

  it('starts with the credit that it is given, also none', async () => {
    for (const credit of [0, 12.5]) {
      const { body } = await asking(aSim({ credit }).sim)('GET', '/api/v0/users/current');
      expect(body.credit).toBe(credit);
    }
  });

  it('takes settings, numbers as text too, and leaves what it is not given', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    await ask('PUT', '/api/v0/users/', {
      balance_threshold: '4.5',
      balance_threshold_enabled: 'true',
      fullname: 'A B',
    });
    const { body } = await ask('PUT', '/api/v0/users/', { autobill_threshold: 10, billaddress_city: 'Oslo' });
    expect(body).toMatchObject({
      balance_threshold: 4.5,
      balance_threshold_enabled: true,
      fullname: 'A B',
      autobill_threshold: 10,
      billaddress_city: 'Oslo',
    });
    const last = sim.truth.log().at(-1);
    expect([last?.what, last?.data]).toEqual([
      'settings_changed',
      { autobill: 10, billaddress_city: 'Oslo' },
    ]);
    expect(
      (await ask('PUT', '/api/v0/users/', { autobill_threshold: null })).body.autobill_threshold,
    ).toBeNull();
  });

  it('refuses settings that make no sense, and then changes none of them', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    for (const bad of [
      { autobill_threshold: -1 },
      { balance_threshold: 'lots' },
      { autobill_amount: 0 },
      { balance_threshold: 1e300 },
    ]) {
      const { status, body } = await ask('PUT', '/api/v0/users/', { fullname: 'X', ...bad });
      expect([status, body.error]).toEqual([400, 'invalid_args']);
    }
    expect((await ask('GET', '/api/v0/users/current')).body.fullname).toBeNull();
  });

  it('tops its credit up by card as soon as a threshold is set above it', async () => {
    const { sim } = aSim();
    const { id, apiKey } = sim.accounts.add({ credit: 3, cardLast4: '4242', email: 'card@example.com' });
    const ask = asking(sim, apiKey);
    const { body } = await ask('PUT', '/api/v0/users/', { autobill_threshold: 5, autobill_amount: 10 });
    expect([body.id, body.last4]).toEqual([id, '4242']);
    expect((await ask('GET', '/api/v0/users/current')).body.credit).toBe(13);
    const deposits = sim.truth.log().filter(({ what, data }) => what === 'deposit' && data.account_id === id);
    expect(deposits.map(({ data }) => [data.amount_usd, data.note])).toEqual([
      [3, 'Start credit'],
      [10, 'Card ending in 4242'],
    ]);
  });

  it('shows addresses and connections in the forms that the client reads', async () => {
    const { sim } = aSim();
    const { apiKey } = sim.accounts.add({ connections: [{ name: 'backup', cloudType: 's3' }] });
    const ask = asking(sim, apiKey);
    expect((await ask('GET', '/api/v0/users/me/ipaddrs?owner=me')).body.results).toHaveLength(1);
    expect((await ask('GET', '/api/v0/users/1/ipaddrs')).status).toBe(403);
    expect((await ask('GET', '/api/v0/users/cloud_integrations/')).body).toEqual([
      { id: 1001, user_id: 100_003, name: 'backup', cloud_type: 's3' },
    ]);
  });
});

describe('cloud connections', () => {
  it('are added, listed at both addresses, and ended; by their owner only', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    const path = '/api/v0/users/cloud/';
    expect((await ask('GET', path)).body).toEqual([]);
    const { body } = await ask('POST', path, { name: 'backup', cloud_type: 's3', access_key: 'secret' });
    const shown = [{ id: body.id, user_id: 100_001, name: 'backup', cloud_type: 's3' }];
    expect((await ask('GET', path)).body).toEqual(shown);
    expect((await ask('GET', '/api/v0/users/cloud_integrations/')).body).toEqual(shown);
    expect((await ask('POST', path, { name: 'backup' })).status).toBe(400);
    const other = asking(sim, sim.accounts.add().apiKey);
    expect((await other('DELETE', path, { id: body.id })).status).toBe(404);
    expect((await ask('DELETE', `${path}?id=${String(body.id)}`)).status).toBe(200);
    expect((await ask('DELETE', path, { id: body.id })).status).toBe(404);
    expect((await ask('GET', path)).body).toEqual([]);
    const noted = sim.truth.log().filter(({ what }) => what.startsWith('cloud_'));
    expect(noted.map(({ what }) => what)).toEqual(['cloud_connected', 'cloud_disconnected']);
  });
});

describe('a listing of what there is none of', () => {
  it.each([
    '/api/v0/benchmarks?select_cols=["*"]&select_filters={}',
    '/api/v0/team/roles/',
    '/api/v0/team/roles-full/',
  ])('%s is a bare array', async (path) => {
    expect((await asking(aSim().sim)('GET', path)).body).toEqual([]);
  });

  it.each([
    '/api/v0/endptjobs/',
    '/api/v0/workergroups/',
    '/api/v0/autojobs/',
  ])('%s is an object with results, also with the body that the client sends along', async (path) => {
    expect((await asking(aSim().sim)('GET', path)).body).toEqual({ success: true, results: [] });
  });
});

describe('a subaccount', () => {
  const wanted = { email: 'sub@example.com', username: 'sub', password: 'secret', host_only: false };

  it('has a key of its own, no credit, and is listed for its parent alone', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    const { body } = await ask('POST', '/api/v0/users/', wanted);
    expect(body).toMatchObject({ success: true, email: 'sub@example.com', username: 'sub', credit: 0 });
    const own = asking(sim, String(body.api_key));
    expect((await own('GET', '/api/v0/users/current')).body.id).toBe(body.id);
    const listed = (await ask('GET', '/api/v0/subaccounts?owner=me')).body.users as Body[];
    expect(listed.map(({ id, api_key: key }) => [id, key])).toEqual([[body.id, body.api_key]]);
    expect((await own('GET', '/api/v0/subaccounts?owner=me')).body.users).toEqual([]);
  });

  it('needs an email and a name that nobody has', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    expect((await ask('POST', '/api/v0/users/', { ...wanted, email: 'nonsense' })).body.error).toBe(
      'missing_input',
    );
    expect((await ask('POST', '/api/v0/users/', { ...wanted, password: null })).body.error).toBe(
      'missing_input',
    );
    await ask('POST', '/api/v0/users/', wanted);
    expect((await ask('POST', '/api/v0/users/', { ...wanted, username: 'other' })).status).toBe(400);
    expect((await ask('POST', '/api/v0/users/', { ...wanted, email: 'other@example.com' })).status).toBe(400);
    expect((await ask('GET', '/api/v0/subaccounts')).body.users).toHaveLength(1);
  });
});

describe('a transfer of credit', () => {
  const send = { sender: 'me', recipient: 'bob@example.org', amount: 1.0 };

  it('takes from the one what it gives to the other, by email or by id', async () => {
    const { sim } = aSim();
    const bob = sim.accounts.add({ email: 'bob@example.org' });
    const ask = asking(sim);
    expect((await ask('PUT', '/api/v0/commands/transfer_credit/', send)).body).toEqual({ success: true });
    await ask('PUT', '/api/v0/commands/transfer_credit/', { ...send, recipient: bob.id, amount: '2.5' });
    expect((await ask('GET', '/api/v0/users/current')).body.credit).toBe(96.5);
    expect((await asking(sim, bob.apiKey)('GET', '/api/v0/users/current')).body.credit).toBe(3.5);
    expect(
      sim.truth
        .log()
        .filter(({ what }) => what === 'transfer')
        .map(({ data }) => data.amount_usd),
    ).toEqual([-1, 1, -2.5, 2.5]);
  });

  it('may take all there is, and not a cent more', async () => {
    const { sim } = aSim();
    sim.accounts.add({ email: 'bob@example.org' });
    const ask = asking(sim);
    const over = await ask('PUT', '/api/v0/commands/transfer_credit/', { ...send, amount: 100.01 });
    expect([over.status, over.body.error]).toEqual([400, 'insufficient_balance']);
    expect((await ask('PUT', '/api/v0/commands/transfer_credit/', { ...send, amount: 100 })).status).toBe(
      200,
    );
    expect((await ask('GET', '/api/v0/users/current')).body.credit).toBe(0);
  });

  it.each([
    [{ ...send, recipient: 'nobody@example.org' }, 'invalid_recipient'],
    [{ ...send, recipient: 'simulated@example.com' }, 'invalid_recipient'],
    [{ ...send, amount: 0 }, 'invalid_args'],
    [{ ...send, amount: -5 }, 'invalid_args'],
    [{ ...send, sender: 'bob@example.org' }, 'not_authorized'],
  ])('%j is refused', async (body, error) => {
    const { sim } = aSim();
    sim.accounts.add({ email: 'bob@example.org' });
    const answer = await asking(sim)('PUT', '/api/v0/commands/transfer_credit/', body);
    expect(answer.body.error).toBe(error);
    expect(sim.truth.log().filter(({ what }) => what === 'transfer')).toEqual([]);
  });
});

describe('the audit log', () => {
  it('holds what was changed, newest first, as a bare array, and hides secrets', async () => {
    const { sim, clock } = aSim();
    const ask = asking(sim);
    await ask('POST', '/api/v0/secrets/', { key: 'TOKEN', value: 'hush' });
    await clock.step(1_000);
    await ask('GET', '/api/v0/secrets/');
    await ask('DELETE', '/api/v0/secrets/', { key: 'TOKEN' });
    const { body } = await ask('GET', '/api/v0/audit_logs/');
    const rows = body as unknown as readonly Body[];
    expect(rows.map(({ api_route: route, args }) => [route, args])).toEqual([
      ['DELETE /api/v0/secrets/', { key: 'TOKEN' }],
      ['POST /api/v0/secrets/', { key: 'TOKEN', value: '********' }],
    ]);
    expect(rows[0]).toMatchObject({
      ip_address: '127.0.0.1',
      api_key_id: 1,
      created_at: clock.now() / 1_000,
    });
  });

  it('comes in pages in its second version, each row once', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    for (let i = 0; i < 7; i += 1) await ask('POST', '/api/v0/secrets/', { key: `K${i}`, value: 'v' });
    const seen: unknown[] = [];
    let token: unknown = '';
    do {
      const { body } = await ask(
        'GET',
        withQuery('/api/v1/audit_logs/', { limit: 3, after_token: token ?? '' }),
      );
      seen.push(...(body.results as Body[]).map(({ id }) => id));
      expect(body.total).toBe(7);
      token = body.next_token;
    } while (token !== null);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    const bad = await ask('GET', withQuery('/api/v1/audit_logs/', { after_token: 'nonsense' }));
    expect([bad.status, bad.body.error]).toEqual([400, 'invalid_token']);
  });
});
