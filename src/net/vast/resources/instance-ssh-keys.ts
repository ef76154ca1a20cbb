// SSH keys of one instance: those of the account when it was made, and those attached since.
import { done, malformed, objectOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { isId, isObject, textOrNull } from '../decode-fields.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface InstanceSshKey {
  readonly id: number;
  readonly name: string | null;
  readonly publicKey: string;
}

export interface InstanceSshKeysResource {
  list(id: number, options?: CallOptions): Promise<readonly InstanceSshKey[]>;
  /** One line of a `.pub` file. Harmless twice. */
  attach(id: number, publicKey: string, options?: CallOptions): Promise<void>;
  /** Throws NoSuchInstanceError; for a key that it has not, InvalidRequestError with the code `no_such_ssh_key`. */
  detach(id: number, keyId: number, options?: CallOptions): Promise<void>;
}

const ROUTE = '/instances/{id}/ssh/';

export function createInstanceSshKeys({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): InstanceSshKeysResource {
  const lookUp = 'list the keys of the instance';
  return {
    list: (id, options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          ids: { id },
          auth: 'key',
          decode: (json, answer) => {
            const keys = parsed(objectOf(json, answer).ssh_keys);
            if (!Array.isArray(keys)) throw malformed('a list of keys', answer);
            return keys.map((row: unknown) => {
              const key = isObject(row) ? (row.public_key ?? row.key) : undefined;
              if (!isObject(row) || !isId(row.id) || typeof key !== 'string')
                throw malformed('its keys', answer);
              return { id: row.id, name: textOrNull(row.name), publicKey: key };
            });
          },
        },
        options,
      ),

    attach: (id, publicKey, options) =>
      write(
        {
          method: 'POST',
          route: ROUTE,
          ids: { id },
          body: { ssh_key: publicKey },
          auth: 'key',
          isIdempotent: true,
          lookUp,
          decode: done,
        },
        options,
      ),

    detach: (id, keyId, options) =>
      write(
        {
          method: 'DELETE',
          route: '/instances/{id}/ssh/{key}/',
          ids: { id, key: keyId },
          body: {},
          auth: 'key',
          lookUp,
          decode: done,
        },
        options,
      ),
  };
}

/** The list comes as JSON in a text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
