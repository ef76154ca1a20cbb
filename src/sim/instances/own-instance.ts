// The instance that a call is about: one of the caller's that is there.
import { ApiError } from '../api/api-error.ts';
import type { Call } from '../api/route.ts';
import type { Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';

/** `4242`, or `C.4242` as copies write it; undefined for other people's and for what is gone. */
export function findOwn(fleet: Fleet, { caller }: Call, id: string | number): Instance | undefined {
  return fleet.byAccount.get(caller.account.id)?.get(Number(String(id).replace(/^C\./, '')));
}

/** Throws ApiError 404. */
export function ownInstance(fleet: Fleet, call: Call, slug = 'no_such_instance'): Instance {
  const id = call.params.id ?? '';
  if (!/^\d+$/.test(id)) {
    throw new ApiError(400, 'invalid_id', `error 400/3467: Invalid args: "${id}" is no instance id.`);
  }
  const instance = findOwn(fleet, call, id);
  if (instance) return instance;
  throw new ApiError(404, slug, `error 404/3601: ${slug} Instance ${id} not found.`);
}
