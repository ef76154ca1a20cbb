// SSH keys of an account and its environment variables, and that new instances get both.
import { describe, expect, it } from 'vitest';
import { aSim } from '../a-sim.ts';
import { asking, type Body } from './ask.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@x';
const OTHER = KEY.replace('bcdefg', 'gfedcb');

describe('SSH keys', () => {
  it('are listed as a bare array, and none as 404', async () => {
    const ask = asking(aSim().sim);
    const none = await ask('GET', '/api/v0/ssh/');
    expect([none.status, none.body.error]).toEqual([404, 'no_ssh_key']);
    const { body } = await ask('POST', '/api/v0/ssh/', { ssh_key: KEY });
    expect(body).toMatchObject({
      success: true,
      key: { id: 1, user_id: 100_001, public_key: KEY, deleted_at: null },
    });
    const listed = await ask('GET', '/api/v0/ssh/');
    expect(listed.body).toEqual([
      expect.objectContaining({ id: 1, user_id: 100_001, key: KEY, deleted_at: null }),
    ]);
  });

  it('are changed and deleted, by their owner alone', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    const stranger = asking(sim, sim.accounts.add().apiKey);
    await ask('POST', '/api/v0/ssh/', { ssh_key: KEY });
    expect((await stranger('PUT', '/api/v0/ssh/1/', { id: 1, ssh_key: OTHER })).status).toBe(404);
    expect((await stranger('DELETE', '/api/v0/ssh/1/')).body.error).toBe('no_ssh_key');
    const changed = await ask('PUT', '/api/v0/ssh/1/', { id: 1, ssh_key: OTHER });
    expect(changed.body).toMatchObject({ success: true, key: { id: 1, public_key: OTHER } });
    expect((await ask('DELETE', '/api/v0/ssh/1/')).body).toEqual({ success: true });
    expect((await ask('GET', '/api/v0/ssh/')).status).toBe(404);
    expect((await ask('DELETE', '/api/v0/ssh/1/')).status).toBe(400);
    expect(
      sim.truth
        .log()
        .filter(({ noun }) => noun === 'account')
        .map(({ what }) => what),
    ).toEqual(['opened', 'ssh_key_created', 'ssh_key_changed', 'ssh_key_deleted']);
  });

  it.each([
    ['no key', {}, 'no_ssh_key'],
    ['a private key', { ssh_key: '-----BEGIN OPENSSH PRIVATE KEY-----' }, 'invalid_args'],
    ['two lines', { ssh_key: `${KEY}\n${OTHER}` }, 'invalid_args'],
    ['a key with options', { ssh_key: `command="ls" ${KEY}` }, 'invalid_args'],
    ['a key that is there, under another comment', { ssh_key: KEY.replace('me@x', 'you') }, 'existing_key'],
  ])('%s is refused', async (_, body, error) => {
    const ask = asking(aSim().sim);
    await ask('POST', '/api/v0/ssh/', { ssh_key: KEY });
    const answer = await ask('POST', '/api/v0/ssh/', body);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
  });
});

describe('environment variables', () => {
  it('are kept in upper case, changed and deleted', async () => {
    const { sim } = aSim();
    const ask = asking(sim);
    expect((await ask('POST', '/api/v0/secrets/', { key: 'hf_token', value: 'b' })).body.success).toBe(true);
    expect((await ask('GET', '/api/v0/secrets/')).body).toEqual({
      success: true,
      secrets: { HF_TOKEN: 'b' },
    });
    await ask('PUT', '/api/v0/secrets/', { key: 'Hf_Token', value: 'c-1.2_3' });
    expect((await ask('GET', '/api/v0/secrets/')).body.secrets).toEqual({ HF_TOKEN: 'c-1.2_3' });
    await ask('DELETE', '/api/v0/secrets/', { key: 'hf_token' });
    expect((await ask('GET', '/api/v0/secrets/')).body.secrets).toEqual({});
  });

  it('may be 16, and not 17', async () => {
    const ask = asking(aSim().sim);
    const list = Array.from({ length: 15 }, (_, i) => ({ key: `K${i}`, value: 'v' }));
    expect((await ask('POST', '/api/v0/secrets/', { env_vars: list })).status).toBe(200);
    expect((await ask('POST', '/api/v0/secrets/', { key: 'LAST', value: 'v' })).status).toBe(200);
    const over = await ask('POST', '/api/v0/secrets/', { key: 'ONE_MORE', value: 'v' });
    expect([over.status, over.body.error]).toEqual([400, 'max_secrets']);
    expect(Object.keys((await ask('GET', '/api/v0/secrets/')).body.secrets as Body)).toHaveLength(16);
  });

  it.each([
    ['POST', { key: 'A' }, 'missing_input'],
    ['POST', { value: 'b' }, 'missing_input'],
    ['POST', { key: 'old', value: 'b' }, 'existing_key'],
    ['POST', { key: 'A B', value: 'b' }, 'invalid_args'],
    ['POST', { key: 'A', value: 'b c' }, 'invalid_args'],
    ['POST', { env_vars: 'A=b' }, 'invalid_args'],
    ['PUT', { key: 'NEW', value: 'b' }, 'nonexistent_key'],
    ['PUT', { key: 'OLD' }, 'missing_input'],
    ['DELETE', { key: 'NEW' }, 'nonexistent_key'],
    ['DELETE', {}, 'missing_input'],
  ])('%s %j is refused', async (method, body, error) => {
    const ask = asking(aSim().sim);
    await ask('POST', '/api/v0/secrets/', { key: 'OLD', value: 'v' });
    const answer = await ask(method, '/api/v0/secrets/', body);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
    expect((await ask('GET', '/api/v0/secrets/')).body.secrets).toEqual({ OLD: 'v' });
  });
});
