// The renter's account: keys, variables, templates, settings, credit, notifications, its log. Each against the simulator.
import {
  InsufficientCreditError,
  InvalidRequestError,
  MalformedAnswerError,
  OutcomeUnknownError,
  UnauthorizedError,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/std/index.ts';
import { aTenant } from './a-tenant.ts';
import { API_KEY, failureOf, json, scriptedService } from './scripted-service.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@x';
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@y';

describe('SSH keys of the account', () => {
  it('are none, added, changed and removed', async () => {
    const { client, done, failed, accountLog } = aTenant();
    expect(await done(client.sshKeys.list())).toEqual([]);
    const key = await done(client.sshKeys.add(KEY));
    expect(await done(client.sshKeys.list())).toEqual([key]);
    expect(key).toMatchObject({ publicKey: KEY, createdAtMs: expect.any(Number) });
    expect(await failed(client.sshKeys.add(KEY))).toMatchObject({ code: 'existing_key' });
    expect((await done(client.sshKeys.update(key.id, OTHER))).publicKey).toBe(OTHER);
    await done(client.sshKeys.remove(key.id));
    expect(await done(client.sshKeys.list())).toEqual([]);
    expect(accountLog().filter((what) => what.startsWith('ssh_key'))).toEqual([
      'ssh_key_created',
      'ssh_key_changed',
      'ssh_key_deleted',
    ]);
  });

  it('go into instances that are rented afterwards', async () => {
    const { client, done, running } = aTenant();
    const key = await done(client.sshKeys.add(KEY));
    const id = await running();
    expect(await done(client.instances.sshKeys.list(id))).toMatchObject([{ id: key.id, publicKey: KEY }]);
  });

  it('are not "none" when the list is wrong', async () => {
    for (const answer of [json({}), json([{ id: 1 }]), json([null]), json(null)]) {
      const { client, clock } = scriptedService([answer]);
      expect(await failureOf(clock, client.sshKeys.list())).toBeInstanceOf(MalformedAnswerError);
    }
    const gone = json({ detail: 'Not found.' }, { status: 404 });
    const { client, clock } = scriptedService([gone]);
    expect(await failureOf(clock, client.sshKeys.list())).toBeInstanceOf(InvalidRequestError);
  });
});

describe('API keys', () => {
  it('that may only read cannot rent, and open nothing when they are deleted', async () => {
    const { client, clientOf, done, failed, anOffer, sim } = aTenant();
    const { id, key } = await done(
      client.apiKeys.create({ name: 'reader', scopes: { instance_read: true, user_read: true } }),
    );
    const reader = clientOf(key.reveal());
    expect((await done(reader.instances.list())).total).toBe(0);
    const offer = await anOffer();
    expect(await failed(reader.instances.create(offer.id, { image: 'x' }))).toBeInstanceOf(UnauthorizedError);
    expect(sim.truth.instances()).toHaveLength(0);
    const keys = await done(client.apiKeys.list());
    expect(keys.find((each) => each.id === id)).toMatchObject({
      name: 'reader',
      permissions: { api: { instance_read: {}, user_read: {} } },
    });
    await done(client.apiKeys.remove(id));
    expect(await failed(reader.instances.list())).toBeInstanceOf(UnauthorizedError);
  });

  it('with a constraint keep to it', async () => {
    const { client, clientOf, done, failed, running, truthOf } = aTenant();
    const [mine, other] = [await running('mine'), await running('other')];
    const scopes = { instance_write: { '/api/v0/instances/{id}/': { id: { eq: mine } } } };
    const { key } = await done(client.apiKeys.create({ name: 'one', scopes }));
    const narrow = clientOf(key.reveal());
    expect(await failed(narrow.instances.destroy(other))).toBeInstanceOf(UnauthorizedError);
    expect(await done(narrow.instances.destroy(mine))).toBe('accepted');
    expect([mine, other].map((id) => truthOf(id).destroyedMs !== undefined)).toEqual([true, false]);
  });

  it('of an instance may stop it and nothing else', async () => {
    const { client, clientOf, done, failed, anOffer, truthOf } = aTenant();
    const offer = await anOffer();
    const { instanceId, instanceKey } = await done(client.instances.create(offer.id, { image: 'x' }));
    const inside = clientOf(instanceKey?.reveal() ?? '');
    expect(await done(inside.instances.setState(instanceId, 'stopped'))).toBe('done');
    expect(truthOf(instanceId).intended).toBe('stopped');
    expect(await failed(inside.instances.list())).toBeInstanceOf(UnauthorizedError);
  });

  it('are renewed: the old main key opens nothing', async () => {
    const { client, clientOf, done, failed } = aTenant();
    const renewed = await done(client.apiKeys.reset());
    expect(String(renewed)).toBe('****');
    expect(await failed(client.users.current())).toBeInstanceOf(UnauthorizedError);
    expect((await done(clientOf(renewed.reveal()).users.current())).id).toBeGreaterThan(0);
  });
});

describe('variables of the account', () => {
  it('are added, changed, listed by name and removed', async () => {
    const { client, done, failed, accountLog } = aTenant();
    await done(client.secrets.add('wandb_key', new Secret('abc-1')));
    expect(await failed(client.secrets.add('WANDB_KEY', new Secret('x')))).toMatchObject({
      code: 'existing_key',
    });
    await done(client.secrets.update('WANDB_KEY', new Secret('abc-2')));
    const secrets = await done(client.secrets.list());
    expect([...secrets].map(([name, value]) => [name, value.reveal()])).toEqual([['WANDB_KEY', 'abc-2']]);
    expect(JSON.stringify([...secrets])).not.toContain('abc-2');
    await done(client.secrets.remove('WANDB_KEY'));
    expect((await done(client.secrets.list())).size).toBe(0);
    expect(accountLog().filter((what) => what.startsWith('secret'))).toEqual([
      'secret_created',
      'secret_changed',
      'secret_deleted',
    ]);
  });
});

describe('templates', () => {
  it('are made, found, edited to another hash, used and deleted', async () => {
    const { client, done, failed, anOffer, row } = aTenant();
    const wish = {
      name: 'mine',
      image: 'ubuntu:24.04',
      runtype: 'ssh',
      isDirect: true,
      env: '-e A=b',
      diskGb: 16,
    } as const;
    const made = await done(client.templates.create(wish));
    expect(made).toMatchObject({
      name: 'mine',
      image: 'ubuntu:24.04',
      env: '-e A=b',
      diskGb: 16,
      isPrivate: true,
    });
    // The same content is the same template, which the service answers as a failure.
    expect((await done(client.templates.create(wish))).id).toBe(made.id);
    expect(await done(client.templates.search({ name: { eq: 'mine' } }))).toMatchObject([{ id: made.id }]);
    expect(await done(client.templates.search({ name: { eq: 'nobody has this' } }))).toEqual([]);
    const edited = await done(client.templates.update(made.hashId, { image: 'ubuntu:26.04' }));
    expect(edited.image).toBe('ubuntu:26.04');
    expect(edited.hashId).not.toBe(made.hashId);
    const offer = await anOffer();
    const { instanceId } = await done(client.instances.create(offer.id, { templateHashId: edited.hashId }));
    expect(await row(instanceId)).toMatchObject({
      image_uuid: 'ubuntu:26.04',
      template_hash_id: edited.hashId,
      disk_space: 16,
      extra_env: [['A', 'b']],
    });
    await done(client.templates.remove(edited.id));
    expect(await done(client.templates.search({ name: { eq: 'mine' } }))).toEqual([]);
    expect(await failed(client.templates.remove(Number.NaN))).toBeInstanceOf(InvalidRequestError);
  });
});

describe('the account', () => {
  it('changes its settings', async () => {
    const { client, done, failed, call } = aTenant();
    await done(
      client.users.updateSettings({ balanceThresholdUsd: 12.5, isBalanceThresholdOn: true, fullName: 'Ada' }),
    );
    const user = (await (await call('/api/v0/users/current/')).json()) as object;
    expect(user).toMatchObject({ balance_threshold: 12.5, balance_threshold_enabled: true, fullname: 'Ada' });
    await done(client.users.updateSettings({ autobillThresholdUsd: 5 }));
    await done(client.users.updateSettings({ autobillThresholdUsd: null }));
    expect(await (await call('/api/v0/users/current/')).json()).toMatchObject({ autobill_threshold: null });
    expect(await failed(client.users.updateSettings({ autobillAmountUsd: 0 }))).toBeInstanceOf(
      InvalidRequestError,
    );
  });

  it('tells where it was used from', async () => {
    const { client, done } = aTenant();
    expect(await done(client.users.ipAddresses())).toEqual([
      { ipAddress: '127.0.0.1', firstSeenMs: expect.any(Number), lastSeenMs: expect.any(Number) },
    ]);
  });

  it('opens a subaccount and gives it credit, once', async () => {
    const { client, clientOf, done, failed, sim } = aTenant({ credit: 100 });
    const { id } = await done(
      client.users.createSubaccount({
        email: 'sub@example.org',
        username: 'sub',
        password: new Secret('pw'),
      }),
    );
    const [sub] = await done(client.users.subaccounts());
    expect(sub).toMatchObject({ id, email: 'sub@example.org', creditUsd: 0 });
    await done(client.users.transferCredit('sub@example.org', 30));
    const credit = () => sim.truth.accounts().map(({ creditUsd }) => Math.round(creditUsd));
    expect(credit()).toEqual(expect.arrayContaining([70, 30]));
    expect((await done(clientOf(sub?.apiKey?.reveal() ?? '').users.current())).creditUsd).toBe(30);
    const poor = await failed(client.users.transferCredit('sub@example.org', 1_000));
    expect(poor).toBeInstanceOf(InsufficientCreditError);
    sim.fail('lost-answer', { route: /transfer_credit/, times: 5 });
    expect(await failed(client.users.transferCredit('sub@example.org', 20))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    expect(credit()).toEqual(expect.arrayContaining([50, 50]));
    expect(await failed(client.users.transferCredit('sub@example.org', Number.NaN))).toBeInstanceOf(
      InvalidRequestError,
    );
  });

  it('has a log of what was done with its keys, newest first', async () => {
    const { client, done, running } = aTenant();
    const id = await running();
    await done(client.instances.label(id, 'x'));
    const log = await done(client.auditLog.list());
    expect(log.slice(0, 2).map(({ route }) => route)).toEqual([
      `PUT /api/v0/instances/${id}/`,
      expect.stringMatching(/^PUT \/api\/v0\/asks\/\d+\/$/),
    ]);
    expect(log[0]).toMatchObject({ args: { label: 'x' }, ipAddress: '127.0.0.1', atMs: expect.any(Number) });
  });
});

describe('notifications', () => {
  it('have types and preferences that can be changed', async () => {
    const { client, done } = aTenant();
    const types = await done(client.notifications.types());
    expect(types.find(({ key }) => key === 'client:outbid')).toEqual({
      key: 'client:outbid',
      displayName: 'Instance has been outbid',
      isEmailMandatory: false,
    });
    const before = await done(client.notifications.preferences());
    expect(before.get('client:outbid')).toEqual({ email: true, webhooks: false });
    const after = await done(
      client.notifications.setPreferences(new Map([['client:outbid', { email: false, webhooks: true }]])),
    );
    expect(after.get('client:outbid')).toEqual({ email: false, webhooks: true });
    expect(after).toEqual(await done(client.notifications.preferences()));
  });

  it('go to webhooks, which are made, changed, tested, given other secrets and removed', async () => {
    const got: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      got.push(new Request(input).url);
      return new Response('', { status: got.length > 1 ? 500 : 200 });
    };
    const { client, done, failed } = aTenant({ webhooks: { fetch } });
    const { webhooks } = client.notifications;
    const made = await done(
      webhooks.create({ name: 'mine', url: 'https://hooks.example.org/v', events: ['client:low_credit'] }),
    );
    expect(made.webhook).toMatchObject({ name: 'mine', events: ['client:low_credit'] });
    expect(await done(webhooks.list())).toEqual([made.webhook]);
    const changed = await done(webhooks.update(made.webhook.id, { events: ['client:outbid'] }));
    expect(changed).toMatchObject({ url: 'https://hooks.example.org/v', events: ['client:outbid'] });
    const rotated = await done(webhooks.rotateSecret(made.webhook.id));
    expect(rotated.secret.reveal()).not.toBe(made.secret.reveal());
    await done(webhooks.test(made.webhook.id));
    expect(got).toEqual(['https://hooks.example.org/v']);
    expect(await failed(webhooks.test(made.webhook.id))).toBeInstanceOf(InvalidRequestError);
    await done(webhooks.remove(made.webhook.id));
    expect(await done(webhooks.list())).toEqual([]);
    expect(
      await failed(webhooks.create({ url: 'http://plain.example.org', events: ['client:outbid'] })),
    ).toBeInstanceOf(InvalidRequestError);
  });
});

describe('a secret that was given', () => {
  it('reaches the service and nobody else', async () => {
    const { client, clock, seen, log } = scriptedService([
      json({ success: false, error: 'invalid_args', msg: 'no' }),
    ]);
    const failures = [
      await failureOf(clock, client.secrets.add('A', new Secret('hunter22'))),
      await failureOf(
        clock,
        client.instances.create(5, { image: 'x', imageLogin: new Secret('-u me -p hunter22 docker.io') }),
      ),
      await failureOf(
        clock,
        client.instances.snapshot(5, { repository: 'me/x', user: 'me', password: new Secret('hunter22') }),
      ),
    ];
    for (const { body } of seen) expect(body).toContain('hunter22');
    const texts = failures.map((failure) => `${failure.message} ${failure.stack} ${JSON.stringify(failure)}`);
    expect(`${texts.join()} ${JSON.stringify(log)}`).not.toContain('hunter22');
    for (const { url } of seen) expect(url).not.toContain(API_KEY);
  });
});
