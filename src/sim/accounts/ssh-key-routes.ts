// SSH keys of an account. New instances take them over; instances that exist already get a key by attaching it.
import { ApiError } from '../api/api-error.ts';
import { textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Service } from '../service.ts';
import type { Account, SshKey } from './account.ts';

const KEYS = '/api/v0/ssh';
/** One line of authorized_keys without options: a type, base64, perhaps a comment. */
const KEY_PATTERN = /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]{16,}={0,3}( .*)?$/;

export function sshKeyRoutes({ truthLog }: Service): readonly Route[] {
  let lastId = 0;
  const change = { scope: 'user_write', intervalSec: 1 } as const;
  const note = ({ caller, nowMs }: Call, what: string, { id }: SshKey) =>
    truthLog.note(nowMs, 'account', caller.account.id, what, { ssh_key_id: id });
  return [
    {
      method: 'GET',
      path: KEYS,
      scope: 'user_read',
      intervalSec: 1,
      summary: 'The account’s SSH keys as a bare array; 404 when it has none.',
      handle: ({ caller }: Call) => {
        const { account } = caller;
        if (account.sshKeys.length === 0) throw new ApiError(404, 'no_ssh_key', 'No SSH keys found');
        return jsonReply(account.sshKeys.map((key) => keyRow(account, key)));
      },
    },
    {
      ...change,
      method: 'POST',
      path: KEYS,
      summary: 'Adds a key, `ssh_key`; instances made from now on take it over.',
      handle: (call: Call) => {
        const { account } = call.caller;
        const publicKey = publicKeyOf(call, account);
        lastId += 1;
        const key: SshKey = { id: lastId, publicKey, createdMs: call.nowMs };
        account.sshKeys.push(key);
        note(call, 'ssh_key_created', key);
        return jsonReply({ success: true, key: keyRow(account, key) });
      },
    },
    {
      ...change,
      method: 'PUT',
      path: `${KEYS}/:id`,
      summary: 'Puts another key in its place; instances that have the old one keep it.',
      handle: (call: Call) => {
        const { account } = call.caller;
        const key = account.sshKeys.find(({ id }) => String(id) === call.params.id);
        if (!key) throw new ApiError(404, 'not_found', 'The SSH key does not exist on this account');
        const next: SshKey = { ...key, publicKey: publicKeyOf(call, account) };
        // Instances share the object of the key that they were made with.
        account.sshKeys.splice(account.sshKeys.indexOf(key), 1, next);
        note(call, 'ssh_key_changed', next);
        return jsonReply({ success: true, key: keyRow(account, next) });
      },
    },
    {
      ...change,
      method: 'DELETE',
      path: `${KEYS}/:id`,
      summary: 'Removes a key from the account.',
      handle: (call: Call) => {
        const { sshKeys } = call.caller.account;
        const index = sshKeys.findIndex(({ id }) => String(id) === call.params.id);
        const [key] = index < 0 ? [] : sshKeys.splice(index, 1);
        if (!key) throw new ApiError(400, 'no_ssh_key', 'No ssh key provided');
        note(call, 'ssh_key_deleted', key);
        return jsonReply({ success: true });
      },
    },
  ];
}

function publicKeyOf({ body }: Call, { sshKeys }: Account): string {
  const text = textOf(body, 'ssh_key')?.trim() ?? '';
  if (text === '') throw new ApiError(400, 'no_ssh_key', 'No ssh key provided');
  if (!KEY_PATTERN.test(text)) {
    throw new ApiError(400, 'invalid_args', 'This is no public SSH key; send one line of a .pub file.');
  }
  if (sshKeys.some(({ publicKey }) => bare(publicKey) === bare(text))) {
    throw new ApiError(400, 'existing_key', 'The SSH key already exists on this account');
  }
  return text;
}

/** Without its comment, which two copies of a key may differ in. */
function bare(publicKey: string): string {
  return publicKey.split(' ', 2).join(' ');
}

/** Its text goes by both names: the listing is documented with `key`, the others with `public_key`. */
function keyRow(account: Account, { id, publicKey, createdMs }: SshKey): Readonly<Record<string, unknown>> {
  return {
    id,
    user_id: account.id,
    key: publicKey,
    public_key: publicKey,
    created_at: new Date(createdMs).toISOString(),
    deleted_at: null,
  };
}
