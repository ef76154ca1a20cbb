// API keys of the account: made with as little right as their use needs, listed without their text, deleted, renewed.
import { Secret } from '../../../base/std/index.ts';
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { isId, msOrNull, textOrNull } from '../decode-fields.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

/** What a key may do. Nothing is what none of them names. */
export const KEY_SCOPES = [
  'instance_read',
  'instance_write',
  'user_read',
  'user_write',
  'billing_read',
  'billing_write',
  'machine_read',
  'machine_write',
  'misc',
  'team_read',
  'team_write',
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Of a route, as the service names it: which values a parameter may have. */
export type KeyConstraints = Readonly<
  Record<string, Readonly<Record<string, Readonly<Partial<Record<'eq' | 'lte' | 'gte', number | string>>>>>>
>;

export interface ApiKeyWish {
  readonly name: string;
  /** Each whole (`true`), or with constraints. */
  readonly scopes: Readonly<Partial<Record<KeyScope, true | KeyConstraints>>>;
}

export interface ApiKeyFacts {
  readonly id: number;
  readonly name: string | null;
  readonly createdAtMs: number | null;
  /** As the service sends it; null for a key that may do everything. */
  readonly permissions: unknown;
}

export interface ApiKeysResource {
  list(options?: CallOptions): Promise<readonly ApiKeyFacts[]>;
  /** The text of the key is told this once. */
  create(wish: ApiKeyWish, options?: CallOptions): Promise<{ readonly id: number; readonly key: Secret }>;
  remove(keyId: number, options?: CallOptions): Promise<void>;
  /** Makes a new main key; the one that this client has may no longer open anything. */
  reset(options?: CallOptions): Promise<Secret>;
}

const ROUTE = '/auth/apikeys/';

export function createApiKeys({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): ApiKeysResource {
  const lookUp = 'list the API keys, and delete one that nobody knows';
  return {
    list: (options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'apikeys', answer).map((row) => {
              if (!isId(row.id)) throw malformed('ids of API keys', answer);
              return {
                id: row.id,
                name: textOrNull(row.name),
                createdAtMs: msOrNull(row.created_at),
                permissions: row.permissions ?? row.rights ?? null,
              };
            }),
        },
        options,
      ),
    create: ({ name, scopes }, options) =>
      write(
        {
          method: 'POST',
          route: ROUTE,
          body: { name, permissions: { api: permissionsOf(scopes) }, key_params: {} },
          auth: 'key',
          lookUp,
          decode: (json, answer) => {
            const { id, key } = objectOf(json, answer);
            if (!isId(id) || typeof key !== 'string' || key === '') throw malformed('the new key', answer);
            return { id, key: new Secret(key) };
          },
        },
        options,
      ),
    remove: (keyId, options) =>
      write(
        {
          method: 'DELETE',
          route: '/auth/apikeys/{id}/',
          ids: { id: keyId },
          body: {},
          auth: 'key',
          lookUp,
          decode: done,
        },
        options,
      ),
    reset: (options) =>
      write(
        {
          method: 'PUT',
          route: '/commands/reset_apikey/',
          body: { client_id: 'me' },
          auth: 'key',
          lookUp:
            'try the old key; if it is refused, copy the new one from https://cloud.vast.ai/manage-keys/',
          decode: (json, answer) => {
            const { api_key, key } = objectOf(json, answer);
            const text = api_key ?? key;
            if (typeof text !== 'string' || text === '') throw malformed('the new key', answer);
            return new Secret(text);
          },
        },
        options,
      ),
  };
}

function permissionsOf(scopes: ApiKeyWish['scopes']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(scopes).map(([scope, rule]) => [
      scope,
      rule === true
        ? {}
        : Object.fromEntries(Object.entries(rule).map(([route, constraints]) => [route, { constraints }])),
    ]),
  );
}
