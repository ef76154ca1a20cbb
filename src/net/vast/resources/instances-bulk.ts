// What the service does to several instances in one call, or with a search of its own. Renting goes by `create`, whose
// offer and price are known before; `launch` is here for those who leave the choice to the service.
import { done, rowsOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import {
  type CreatedInstance,
  type CreateInstance,
  createdInstanceOf,
  toCreateBody,
} from '../create-instance.ts';
import { isId, textOrNull } from '../decode-fields.ts';
import { InvalidRequestError } from '../errors.ts';
import type { OfferQuery } from '../query/offer-query.ts';
import { toSearchBody } from '../query/search-body.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

/** One combination of values that occurs among the account's instances; null where the service says nothing. */
export interface InstanceKind {
  readonly actualStatus: string | null;
  readonly gpuName: string | null;
  readonly verification: string | null;
}

export interface InstancesBulk {
  /** Starts or stops up to 100 in one call. Throws OutcomeUnknownError; ask each what came of it. */
  setStateMany(ids: readonly number[], state: 'running' | 'stopped', options?: CallOptions): Promise<void>;
  /** The service searches and rents the best it finds, at whatever it costs. Sent once, whatever happens. */
  launch(query: OfferQuery, request: CreateInstance, options?: CallOptions): Promise<CreatedInstance>;
  /** Which status, GPU and verification occur together. Says nothing about how many there are. */
  kinds(options?: CallOptions): Promise<readonly InstanceKind[]>;
}

const MOST_AT_ONCE = 100;

export function createInstancesBulk({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): InstancesBulk {
  return {
    async setStateMany(ids, state, options) {
      const strange = ids.find((id) => !isId(id));
      if (strange !== undefined) throw new InvalidRequestError(`${String(strange)} is no id of an instance`);
      if (ids.length > MOST_AT_ONCE) {
        throw new InvalidRequestError(
          `${ids.length} instances cannot be changed in one call; give at most ${MOST_AT_ONCE}`,
        );
      }
      if (ids.length === 0) return;
      await write(
        {
          method: 'PUT',
          route: '/instances/',
          body: { state, ids },
          auth: 'key',
          // A start spends: whoever repeats it should know that it is still wanted.
          isIdempotent: state === 'stopped',
          lookUp: 'look at the states of the instances',
          decode: done,
        },
        options,
      );
    },

    launch: (query, request, options) =>
      write(
        {
          method: 'PUT',
          route: '/launch_instance/',
          body: { ...toCreateBody(request), q: toSearchBody(query) },
          auth: 'key',
          lookUp:
            request.label === undefined
              ? 'list the instances and look for a new one'
              : `list the instances and look for the label "${request.label}"`,
          decode: createdInstanceOf,
        },
        options,
      ),

    kinds: (options) =>
      send(
        {
          method: 'GET',
          route: '/instances/filters/',
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'filters', answer).map((row) => ({
              actualStatus: textOrNull(row.actual_status),
              gpuName: textOrNull(row.gpu_name),
              verification: textOrNull(row.verification),
            })),
        },
        options,
      ),
  };
}
