// Environment variables of the account, which every new instance of it gets. The service calls them secrets.
import { Secret } from '../../../base/std/index.ts';
import { done, malformed, objectOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { isObject } from '../decode-fields.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface SecretsResource {
  /** By name. */
  list(options?: CallOptions): Promise<ReadonlyMap<string, Secret>>;
  /**
   * The service makes names upper case, and takes letters, digits, `_`, `-` and `.` as values. Throws
   * InvalidRequestError, with the code `existing_key` for one that is there already.
   */
  add(name: string, value: Secret, options?: CallOptions): Promise<void>;
  update(name: string, value: Secret, options?: CallOptions): Promise<void>;
  /** Instances that run keep it. */
  remove(name: string, options?: CallOptions): Promise<void>;
}

const ROUTE = '/secrets/';

export function createSecrets({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): SecretsResource {
  const change = (
    method: 'POST' | 'PUT' | 'DELETE',
    body: Readonly<Record<string, string>>,
    options: CallOptions | undefined,
  ) =>
    write(
      {
        method,
        route: ROUTE,
        body,
        auth: 'key',
        isIdempotent: method === 'PUT',
        lookUp: 'list the environment variables of the account',
        decode: done,
      },
      options,
    );
  return {
    list: (options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          auth: 'key',
          decode: (json, answer) => {
            const { secrets } = objectOf(json, answer);
            if (!isObject(secrets)) throw malformed('the variables', answer);
            return new Map(Object.entries(secrets).map(([name, value]) => [name, new Secret(String(value))]));
          },
        },
        options,
      ),
    add: (name, value, options) => change('POST', { key: name, value: value.reveal() }, options),
    update: (name, value, options) => change('PUT', { key: name, value: value.reveal() }, options),
    remove: (name, options) => change('DELETE', { key: name }, options),
  };
}
