// SSH keys of one instance: those of its account when it was made, and those that were attached to it since.
import { ApiError } from '../api/api-error.ts';
import { textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { change, type Fleet } from './fleet.ts';
import { ownInstance } from './own-instance.ts';

/** Above every id of an account's key. */
const FIRST_KEY_ID = 1_000_001;

export function sshRoutes(fleet: Fleet): readonly Route[] {
  let attached = 0;

  const attach = (call: Call): Response => {
    const instance = ownInstance(fleet, call);
    const publicKey = textOf(call.body, 'ssh_key')?.trim() ?? '';
    if (!/^(ssh-|ecdsa-|sk-)\S+ \S+/.test(publicKey)) {
      throw new ApiError(400, 'no_ssh_key', 'No valid SSH public key was provided.');
    }
    const isThereAlready = instance.sshKeys.some((key) => key.publicKey === publicKey);
    if (!isThereAlready) {
      // A key of the account keeps its number.
      const known = instance.account.sshKeys.find((key) => key.publicKey === publicKey);
      const id = known?.id ?? FIRST_KEY_ID + attached;
      attached += 1;
      instance.sshKeys.push(known ?? { id, publicKey, createdMs: call.nowMs });
      change(fleet, instance, call.nowMs, 'ssh_key_attached', {}, { ssh_key_id: id });
    }
    return jsonReply({ success: true, msg: 'SSH key attached successfully' });
  };

  const path = '/api/v0/instances/:id/ssh';
  return [
    {
      method: 'GET',
      path,
      scope: 'instance_read',
      summary: 'Its keys; `ssh_keys` is JSON in a string.',
      handle(call) {
        const { sshKeys } = ownInstance(fleet, call);
        const rows = sshKeys.map(({ id, publicKey }) => ({ id, name: null, public_key: publicKey }));
        return jsonReply({ success: true, ssh_keys: JSON.stringify(rows) });
      },
    },
    {
      method: 'POST',
      path,
      scope: 'instance_write',
      summary: 'Attaches the public key `ssh_key`.',
      intervalSec: 1,
      handle: attach,
    },
    {
      method: 'PUT',
      path,
      scope: 'instance_write',
      summary: 'Attaches the public key `ssh_key`.',
      intervalSec: 1,
      handle: attach,
    },
    {
      method: 'DELETE',
      path: `${path}/:key`,
      scope: 'instance_write',
      summary: 'Takes a key away from it.',
      intervalSec: 2,
      handle(call) {
        const instance = ownInstance(fleet, call);
        const at = instance.sshKeys.findIndex(({ id }) => String(id) === call.params.key);
        if (at < 0) {
          throw new ApiError(
            404,
            'no_such_ssh_key',
            `Instance ${instance.id} has no SSH key ${call.params.key ?? ''}.`,
          );
        }
        const [key] = instance.sshKeys.splice(at, 1);
        change(fleet, instance, call.nowMs, 'ssh_key_detached', {}, { ssh_key_id: key?.id });
        return jsonReply({ success: true });
      },
    },
  ];
}
