// SSH keys of the account. New instances take them over; those that exist get a key by attaching it.
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { isId, isObject } from '../decode-fields.ts';
import { InvalidRequestError } from '../errors.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface SshKey {
  readonly id: number;
  /** One line, as in `authorized_keys`. */
  readonly publicKey: string;
  readonly createdAtMs: number | null;
}

export interface SshKeysResource {
  list(options?: CallOptions): Promise<readonly SshKey[]>;
  /** Throws InvalidRequestError, with the code `existing_key` for one that is there already. */
  add(publicKey: string, options?: CallOptions): Promise<SshKey>;
  /** Puts another key in its place; instances that have the old one keep it. */
  update(keyId: number, publicKey: string, options?: CallOptions): Promise<SshKey>;
  remove(keyId: number, options?: CallOptions): Promise<void>;
}

const ROUTE = '/ssh/';
const ONE = '/ssh/{id}/';

export function createSshKeys({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): SshKeysResource {
  const lookUp = 'list the SSH keys of the account';
  return {
    async list(options) {
      try {
        return await send(
          {
            method: 'GET',
            route: ROUTE,
            auth: 'key',
            decode: (json, answer) =>
              rowsOf(json, 'ssh_keys', answer)
                .filter(({ deleted_at }) => deleted_at === null || deleted_at === undefined)
                .map((row) => decodeKey(row, answer)),
          },
          options,
        );
      } catch (error) {
        // How the service says that there is none.
        if (error instanceof InvalidRequestError && error.status === 404 && error.code === 'no_ssh_key')
          return [];
        throw error;
      }
    },
    add: (publicKey, options) =>
      write(
        {
          method: 'POST',
          route: ROUTE,
          body: { ssh_key: publicKey },
          auth: 'key',
          lookUp,
          decode: (json, answer) => decodeKey(objectOf(json, answer).key, answer),
        },
        options,
      ),
    update: (keyId, publicKey, options) =>
      write(
        {
          method: 'PUT',
          route: ONE,
          ids: { id: keyId },
          body: { id: keyId, ssh_key: publicKey },
          auth: 'key',
          lookUp,
          decode: (json, answer) => decodeKey(objectOf(json, answer).key, answer),
        },
        options,
      ),
    remove: (keyId, options) =>
      write(
        { method: 'DELETE', route: ONE, ids: { id: keyId }, body: {}, auth: 'key', lookUp, decode: done },
        options,
      ),
  };
}

function decodeKey(row: unknown, answer: AnswerFacts): SshKey {
  // The listing calls its text `key`, the other routes `public_key`.
  const publicKey = isObject(row) ? (row.public_key ?? row.key) : undefined;
  if (!isObject(row) || !isId(row.id) || typeof publicKey !== 'string') {
    throw malformed('id and text of an SSH key', answer);
  }
  const createdAtMs = typeof row.created_at === 'string' ? Date.parse(row.created_at) : Number.NaN;
  return { id: row.id, publicKey, createdAtMs: Number.isNaN(createdAtMs) ? null : createdAtMs };
}
