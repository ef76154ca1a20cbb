// API keys of an account: made with the permissions that were asked for, listed without their text, deleted, renewed.
import { ApiError } from '../api/api-error.ts';
import { textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Service } from '../service.ts';
import type { Account, ApiKey } from './account.ts';
import { mayGrant, parsePermissions } from './permissions.ts';

const KEYS = '/api/v0/auth/apikeys';

export function apiKeyRoutes({ accounts, truthLog }: Service): readonly Route[] {
  return [
    {
      method: 'GET',
      path: KEYS,
      scope: 'user_read',
      intervalSec: 1,
      summary: 'The account’s keys, without their text.',
      handle: ({ caller }: Call) => {
        const keys = caller.account.keys.filter(
          ({ isRevoked, instanceId }) => !isRevoked && instanceId === undefined,
        );
        return jsonReply({ apikeys: keys.map((key) => keyRow(caller.account, key)) });
      },
    },
    {
      method: 'GET',
      path: `${KEYS}/:id`,
      scope: 'user_read',
      summary: 'One of the account’s keys, without its text.',
      handle: ({ caller, params }: Call) =>
        jsonReply(keyRow(caller.account, keyOf(caller.account, params.id))),
    },
    {
      method: 'POST',
      path: KEYS,
      scope: 'user_write',
      intervalSec: 2,
      summary: 'Makes a key with `name`, `permissions` and `key_params`; its text is shown this once.',
      handle: ({ caller, body, nowMs }: Call) => {
        const name = textOf(body, 'name');
        const permissions = body.permissions ?? undefined;
        const { scopes, constraints } =
          permissions === undefined
            ? { scopes: caller.key.scopes, constraints: caller.key.constraints }
            : parsePermissions(permissions, body.key_params);
        const isNarrower = permissions === undefined || caller.key.constraints.length === 0;
        if (!isNarrower || (scopes && !mayGrant(caller.key.scopes, scopes))) {
          throw new ApiError(401, 'not_authorized', 'This key may not make a key with these permissions.');
        }
        const key = accounts.addKey(
          caller.account,
          { ...(name !== undefined && { name }), ...(scopes && { scopes }), constraints, permissions },
          nowMs,
        );
        truthLog.note(nowMs, 'account', caller.account.id, 'key_created', {
          key_id: key.id,
          scopes: scopes ? [...scopes] : null,
        });
        return jsonReply({ success: true, id: key.id, key: key.key, permissions: key.permissions });
      },
    },
    {
      method: 'DELETE',
      path: `${KEYS}/:id`,
      scope: 'user_write',
      intervalSec: 2,
      summary: 'Deletes a key; the next call with it is refused.',
      handle: ({ caller, params, nowMs }: Call) => {
        const key = keyOf(caller.account, params.id);
        if (key === primaryKey(caller.account)) {
          throw new ApiError(400, 'invalid_request', 'You cannot delete your primary key.');
        }
        if (key.instanceId !== undefined) {
          throw new ApiError(400, 'invalid_request', 'Only user-created API keys can be deleted.');
        }
        revoke(key, caller.account, nowMs);
        return jsonReply({ success: true, msg: 'Successfully Deleted API Key' });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/commands/reset_apikey',
      scope: 'user_write',
      summary: 'Makes a new primary key; the old one no longer opens anything.',
      handle: ({ caller, nowMs }: Call) => {
        const { account } = caller;
        const old = primaryKey(account);
        if (old) revoke(old, account, nowMs);
        const key = accounts.addKey(account, {}, nowMs);
        // It is looked for from the front: the new one takes the old one's place.
        account.keys.splice(account.keys.indexOf(key), 1);
        account.keys.unshift(key);
        truthLog.note(nowMs, 'account', account.id, 'key_reset', { key_id: key.id });
        return jsonReply({ success: true, api_key: key.key });
      },
    },
  ];

  function revoke(key: ApiKey, account: Account, nowMs: number): void {
    key.isRevoked = true;
    truthLog.note(nowMs, 'account', account.id, 'key_deleted', { key_id: key.id });
  }
}

/** Throws ApiError 404 for one that the account has not, or no longer. */
function keyOf({ keys }: Account, wanted: string | undefined): ApiKey {
  const key = keys.find(({ id, isRevoked }) => String(id) === wanted && !isRevoked);
  if (!key) throw new ApiError(404, 'not_found', 'API Key not found.');
  return key;
}

/** The first that is left. */
function primaryKey({ keys }: Account): ApiKey | undefined {
  return keys.find(({ isRevoked }) => !isRevoked);
}

function keyRow(account: Account, key: ApiKey): Readonly<Record<string, unknown>> {
  return {
    id: key.id,
    user_id: account.id,
    key: null,
    key_type: key.expiresMs === undefined ? 'api' : 'session',
    name: key.name,
    rights: key.permissions,
    permissions: key.permissions,
    created_at: key.createdMs / 1_000,
    team_id: null,
    team_name: null,
    team_owner: null,
  };
}
