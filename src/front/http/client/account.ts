// The daemon itself, the account's instances and rentals, and their stories.
import {
  daemonSchema,
  instancesSchema,
  rentalsSchema,
  roundSchema,
  statusSchema,
  whySchema,
} from '../protocol.ts';
import type { Ask } from './ask.ts';

export interface RentalsAsked {
  readonly isLive?: boolean;
  /** Default `own`: of the account of whoever answers. */
  readonly accounts?: 'own' | 'all';
}

export function accountMethods({ get, post }: Ask) {
  return {
    daemon: (signal?: AbortSignal) => get(daemonSchema, '/v1/daemon', {}, signal),
    status: (signal?: AbortSignal) => get(statusSchema, '/v1/status', {}, signal),
    /** Rejects with 404 while nobody knows which account the key opens. */
    instances: (signal?: AbortSignal) => get(instancesSchema, '/v1/instances', {}, signal),
    refreshInstances: (asked: { readonly hasRound: boolean }, signal?: AbortSignal) =>
      post(instancesSchema, '/v1/instances/refresh', asked, signal),
    rentals: ({ isLive = true, accounts }: RentalsAsked = {}, signal?: AbortSignal) =>
      get(rentalsSchema, '/v1/rentals', { live: isLive ? 1 : 0, accounts }, signal),
    lookAfterRentals: (signal?: AbortSignal) => post(roundSchema, '/v1/rentals/round', undefined, signal),
    why: (
      id: string,
      { isOffline = false, signal }: { readonly isOffline?: boolean; readonly signal?: AbortSignal } = {},
    ) => get(whySchema, `/v1/why/${encodeURIComponent(id)}`, { offline: isOffline ? 1 : 0 }, signal),
  };
}
