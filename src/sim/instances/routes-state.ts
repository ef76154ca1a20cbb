// Routes that change what an instance does: start, stop, label, reboot, recycle, destroy; one at a time or many.
import { ApiError } from '../api/api-error.ts';
import { type Body, idsOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { change, type Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import type { Lifecycle } from './lifecycle.ts';
import { findOwn, ownInstance } from './own-instance.ts';
import { invalidArgs, labelTooLong } from './rent-request.ts';

const LONGEST_LABEL = 1_024;
const MOST_IDS = 100;

const QUEUED = {
  success: false,
  error: 'resources_unavailable',
  msg: 'Required resources are currently unavailable, state change queued.',
} as const;

export function stateRoutes(fleet: Fleet, lifecycle: Lifecycle): readonly Route[] {
  const keyed = { scope: 'instance_write' } as const;

  const setState = (instance: Instance, state: 'running' | 'stopped', nowMs: number): boolean => {
    if (state === 'running') return lifecycle.start(instance, nowMs);
    lifecycle.stop(instance, nowMs, 'owner');
    return true;
  };

  /** Ids that are gone are passed over: clients repeat these calls. */
  const setStates = (call: Call, ids: readonly number[], state: 'running' | 'stopped') => {
    let isQueued = false;
    for (const id of bounded(ids)) {
      const instance = findOwn(fleet, call, id);
      if (instance && !setState(instance, state, call.nowMs)) isQueued = true;
    }
    return jsonReply(isQueued ? QUEUED : { success: true });
  };

  return [
    {
      ...keyed,
      method: 'PUT',
      path: '/api/v0/instances',
      summary: 'Starts or stops the instances `ids`.',
      handle(call: Call) {
        const state = stateOf(call.body);
        if (!state) throw invalidArgs('state is missing; give running or stopped');
        return setStates(call, idsOf(call.body, 'ids') ?? [], state);
      },
    },
    {
      ...keyed,
      method: 'POST',
      path: '/api/v0/instances/start',
      summary: 'Starts the instances `IDs`, as one published schema has it.',
      intervalSec: 2,
      handle: (call: Call) => setStates(call, idsOf(call.body, 'IDs') ?? [], 'running'),
    },
    {
      ...keyed,
      method: 'DELETE',
      path: '/api/v0/instances',
      summary: 'Destroys the instances `instance_ids`; those that are gone already do no harm.',
      handle(call: Call) {
        for (const id of bounded(idsOf(call.body, 'instance_ids') ?? [])) {
          const instance = findOwn(fleet, call, id);
          if (instance) lifecycle.destroy(instance, call.nowMs, 'owner');
        }
        return jsonReply({ success: true });
      },
    },
    {
      ...keyed,
      method: 'PUT',
      path: '/api/v0/instances/reboot/:id',
      summary: 'Restarts the container; it keeps its GPUs.',
      intervalSec: 1,
      handle(call: Call) {
        lifecycle.reboot(ownInstance(fleet, call), call.nowMs);
        return jsonReply({ success: true });
      },
    },
    {
      ...keyed,
      method: 'PUT',
      path: '/api/v0/instances/recycle/:id',
      summary: 'Makes the container anew from its image; it keeps its GPUs and loses its data.',
      intervalSec: 1,
      handle(call: Call) {
        lifecycle.recycle(ownInstance(fleet, call), call.nowMs);
        return jsonReply({ success: true });
      },
    },
    {
      ...keyed,
      method: 'PUT',
      path: '/api/v0/instances/:id',
      summary: 'Starts, stops or labels an instance; 200 with `success` false when its GPUs are taken.',
      intervalSec: 1,
      allowsInstanceKey: true,
      handle(call: Call) {
        const instance = ownInstance(fleet, call);
        const label = textOf(call.body, 'label');
        const state = stateOf(call.body);
        if (label === undefined && !state) throw invalidArgs('at least one of state and label must be given');
        if (label !== undefined) {
          if (label.length > LONGEST_LABEL) throw labelTooLong(label, LONGEST_LABEL);
          change(fleet, instance, call.nowMs, 'labelled', { label }, { label });
        }
        const isDone = !state || setState(instance, state, call.nowMs);
        return jsonReply(isDone ? { success: true } : QUEUED);
      },
    },
    {
      ...keyed,
      method: 'DELETE',
      path: '/api/v0/instances/:id',
      summary: 'Destroys an instance and its data.',
      intervalSec: 3,
      allowsInstanceKey: true,
      handle(call: Call) {
        const instance = ownInstance(fleet, call, 'not_found');
        lifecycle.destroy(instance, call.nowMs, 'owner');
        return jsonReply({ success: true });
      },
    },
  ];
}

function stateOf(body: Body): 'running' | 'stopped' | undefined {
  const state = textOf(body, 'state');
  if (state === undefined || state === 'running' || state === 'stopped') return state;
  throw new ApiError(
    400,
    'invalid_args',
    `error 400/3467: Invalid args: state is "${state}", not running or stopped.`,
  );
}

function bounded(ids: readonly number[]): readonly number[] {
  if (ids.length <= MOST_IDS) return ids;
  throw invalidArgs(`${ids.length} ids were given; at most ${MOST_IDS} are allowed`);
}
