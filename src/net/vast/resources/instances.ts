// Instances: what the account has rented, and everything that can be done to it.
import type { Clock, Log } from '../../../base/std/index.ts';
import { done, malformed, objectOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import {
  type CreatedInstance,
  type CreateInstance,
  createdInstanceOf,
  envOf,
  toCreateBody,
} from '../create-instance.ts';
import { isObject } from '../decode-fields.ts';
import { createInstanceDecoder } from '../decode-instance.ts';
import { InvalidRequestError, NoSuchInstanceError } from '../errors.ts';
import type { FetchResult } from '../fetch-result.ts';
import type { Instance, InstanceListing } from '../instance.ts';
import { listInstances } from '../list-instances.ts';
import { knownId } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';
import { createInstanceContract, type InstanceContract } from './instance-contract.ts';
import { createInstanceInside, type InstanceInside } from './instance-inside.ts';
import { createInstanceSshKeys, type InstanceSshKeysResource } from './instance-ssh-keys.ts';
import { createInstancesBulk, type InstancesBulk } from './instances-bulk.ts';

/** What changes with the next recycling. */
export interface TemplateUpdate {
  readonly templateId?: number;
  readonly templateHashId?: string;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onstart?: string;
}

/**
 * All throw the errors of `errors.ts`. Those that change something throw OutcomeUnknownError when it may have
 * happened, and NoSuchInstanceError where there is no such instance.
 */
export interface InstancesResource extends InstanceInside, InstanceContract, InstancesBulk {
  /** Every instance of the account: 25 a second. What keeps it from being the whole truth is in `faults`. */
  list(options?: CallOptions): Promise<InstanceListing>;
  /** Undefined when the service says that there is none. */
  get(id: number, options?: CallOptions): Promise<Instance | undefined>;
  /** Rents the offer. Throws OfferGoneError, InsufficientCreditError. Sent once, whatever happens. */
  create(offerId: number, request: CreateInstance, options?: CallOptions): Promise<CreatedInstance>;
  /** `queued`: its GPUs are taken, and it starts when they are free. */
  setState(id: number, state: 'running' | 'stopped', options?: CallOptions): Promise<'done' | 'queued'>;
  /** At most 1,024 characters. */
  label(id: number, label: string, options?: CallOptions): Promise<void>;
  /** Restarts the container; it keeps its GPUs and data. */
  reboot(id: number, options?: CallOptions): Promise<void>;
  /** Makes the container anew from its image; it keeps its GPUs and loses its data. */
  recycle(id: number, options?: CallOptions): Promise<void>;
  updateTemplate(id: number, update: TemplateUpdate, options?: CallOptions): Promise<void>;
  /** Repeated like a read. `accepted` is not yet gone: look it up. */
  destroy(id: number, options?: CallOptions): Promise<'accepted' | 'not-found'>;
  /** Up to 100 in one call; those that are gone already do no harm. */
  destroyMany(ids: readonly number[], options?: CallOptions): Promise<void>;
  readonly sshKeys: InstanceSshKeysResource;
}

export interface InstancesDeps {
  readonly send: SendRead;
  readonly write: SendWrite;
  readonly fetchResult: FetchResult;
  readonly clock: Clock;
  readonly log: Log;
}

const ROUTE = '/instances/{id}/';
const MOST_DESTROYED_AT_ONCE = 100;
const LOOK_AT_IT = 'look at the instance';

export function createInstances(deps: InstancesDeps): InstancesResource {
  const { send, write, clock } = deps;
  const decoder = createInstanceDecoder(deps);
  const put = <T>(
    id: number,
    what: {
      readonly route: string;
      readonly body: unknown;
      readonly isIdempotent?: boolean;
      readonly lookUp?: string;
      readonly isAnswer?: (json: Readonly<Record<string, unknown>>) => boolean;
      readonly decode: (json: unknown, answer: Parameters<typeof done>[1]) => T;
    },
    options: CallOptions | undefined,
  ): Promise<T> => write({ method: 'PUT', ids: { id }, auth: 'key', lookUp: LOOK_AT_IT, ...what }, options);

  return {
    ...createInstanceInside(deps),
    ...createInstancesBulk(deps),
    ...createInstanceContract(deps),
    sshKeys: createInstanceSshKeys(deps),

    list: (options) => listInstances({ send, clock, decoder }, options),

    async get(id, options) {
      try {
        return await send(
          {
            method: 'GET',
            route: ROUTE,
            ids: { id },
            query: { owner: 'me' },
            auth: 'key',
            decode: (json, answer) => {
              const { instances } = objectOf(json, answer);
              if (instances === null) return undefined;
              const instance = decoder.decode(instances);
              if (typeof instance === 'string' || instance.id !== id)
                throw malformed(`instance ${id}`, answer);
              return instance;
            },
          },
          options,
        );
      } catch (error) {
        if (error instanceof NoSuchInstanceError) return undefined;
        throw error;
      }
    },

    create: async (offerId, request, options) =>
      write(
        {
          method: 'PUT',
          route: '/asks/{id}/',
          ids: { id: offerId },
          body: toCreateBody(request),
          auth: 'key',
          lookUp:
            request.label === undefined
              ? 'list the instances and look for a new one'
              : `list the instances and look for the label "${request.label}"`,
          decode: createdInstanceOf,
        },
        options,
      ),

    setState: (id, state, options) =>
      put(
        id,
        {
          route: ROUTE,
          body: { state },
          // A start spends: whoever repeats it should know that it is still wanted.
          isIdempotent: state === 'stopped',
          isAnswer: isQueued,
          decode: (json, answer) => (isQueued(objectOf(json, answer)) ? 'queued' : 'done'),
        },
        options,
      ),

    label: (id, label, options) =>
      put(id, { route: ROUTE, body: { label }, isIdempotent: true, decode: done }, options),

    reboot: (id, options) => put(id, { route: '/instances/reboot/{id}/', body: {}, decode: done }, options),

    recycle: (id, options) => put(id, { route: '/instances/recycle/{id}/', body: {}, decode: done }, options),

    updateTemplate: async (id, update, options) => {
      const { templateId, templateHashId, image, args, env, onstart } = update;
      const body = {
        id,
        ...(templateId !== undefined && { template_id: templateId }),
        ...(templateHashId !== undefined && { template_hash_id: templateHashId }),
        ...(image !== undefined && { image }),
        ...(args !== undefined && { args }),
        ...(env !== undefined && { env: envOf({ env }) }),
        ...(onstart !== undefined && { onstart }),
      };
      await put(
        id,
        { route: '/instances/update_template/{id}/', body, isIdempotent: true, decode: done },
        options,
      );
    },

    async destroy(id, options) {
      try {
        await write(
          {
            method: 'DELETE',
            route: ROUTE,
            ids: { id },
            body: {},
            auth: 'key',
            priority: 'destroy',
            isIdempotent: true,
            lookUp: 'look whether the instance is still there',
            decode: done,
          },
          options,
        );
        return 'accepted';
      } catch (error) {
        if (error instanceof NoSuchInstanceError) return 'not-found';
        throw error;
      }
    },

    async destroyMany(ids, options) {
      const known = ids.map((id) => knownId('the id of an instance', id));
      if (ids.length > MOST_DESTROYED_AT_ONCE) {
        throw new InvalidRequestError(
          `${ids.length} instances cannot be destroyed in one call; give at most ${MOST_DESTROYED_AT_ONCE}`,
        );
      }
      if (ids.length === 0) return;
      await write(
        {
          method: 'DELETE',
          route: '/instances/',
          body: { instance_ids: known },
          auth: 'key',
          priority: 'destroy',
          isIdempotent: true,
          lookUp: 'look whether the instances are still there',
          decode: done,
        },
        options,
      );
    },
  };
}

/** Also where `success` says otherwise: the word tells more than the flag. */
function isQueued(json: unknown): boolean {
  return isObject(json) && json.error === 'resources_unavailable';
}
