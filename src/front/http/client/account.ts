// The daemon itself, the account's instances and rentals, and their stories.
import type { Ask } from './ask.ts';

const health = () => import('../protocol/health.ts');
const instances = () => import('../protocol/instances.ts');
const why = () => import('../protocol/why.ts');

export interface RentalsAsked {
  readonly isLive?: boolean;
  /** Default `own`: of the account of whoever answers. */
  readonly accounts?: 'own' | 'all';
}

export function accountMethods({ get, post }: Ask) {
  return {
    daemon: (signal?: AbortSignal) =>
      get(async () => (await health()).daemonSchema, '/v1/daemon', {}, signal),
    status: (signal?: AbortSignal) =>
      get(async () => (await health()).statusSchema, '/v1/status', {}, signal),
    /** Rejects with 404 while nobody knows which account the key opens. */
    instances: (signal?: AbortSignal) =>
      get(async () => (await instances()).instancesSchema, '/v1/instances', {}, signal),
    refreshInstances: (asked: { readonly hasRound: boolean }, signal?: AbortSignal) =>
      post(async () => (await instances()).instancesSchema, '/v1/instances/refresh', asked, signal),
    rentals: ({ isLive = true, accounts }: RentalsAsked = {}, signal?: AbortSignal) =>
      get(
        async () => (await instances()).rentalsSchema,
        '/v1/rentals',
        { live: isLive ? 1 : 0, accounts },
        signal,
      ),
    lookAfterRentals: (signal?: AbortSignal) =>
      post(async () => (await instances()).roundSchema, '/v1/rentals/round', undefined, signal),
    why: (
      id: string,
      { isOffline = false, signal }: { readonly isOffline?: boolean; readonly signal?: AbortSignal } = {},
    ) =>
      get(
        async () => (await why()).whySchema,
        `/v1/why/${encodeURIComponent(id)}`,
        { offline: isOffline ? 1 : 0 },
        signal,
      ),
  };
}
