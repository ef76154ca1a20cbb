// The only door to spending: money is set aside before an act and settled after it.
import type { MicroUsd } from '../std/index.ts';

/** A proposed action with the most that it can cost. */
export interface Intent {
  /** The same act proposed again has the same key; it is then reserved once. */
  readonly key: string;
  readonly kind: string;
  readonly worstCost: MicroUsd;
  /** Caps apply per account, label, job, fleet and domain: the names by which this act counts. */
  readonly scopes: Readonly<Record<string, string>>;
}

export interface Reservation {
  readonly id: string;
  readonly intent: Intent;
  readonly reservedAtMs: number;
}

export type ReserveResult =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  | { readonly kind: 'denied'; readonly limit: string; readonly reason: string };

export interface Ledger {
  /** Sets the worst cost aside, or says which limit forbids it. Durable before it resolves. */
  reserve(intent: Intent): Promise<ReserveResult>;
  /** Replaces the reservation by what the act has really cost. */
  settle(reservationId: string, cost: MicroUsd): Promise<void>;
  /** Gives the whole reservation back: the act is known not to have happened. */
  release(reservationId: string): Promise<void>;
}

/**
 * Runs `fn` at most once for a key, over restarts: the key is journalled before and the result after. A key
 * found without a result means that nobody knows whether the act happened; `resolve` must find out.
 */
export type Effect = <T>(
  key: string,
  fn: () => Promise<T>,
  resolve: () => Promise<
    { readonly kind: 'happened'; readonly result: T } | { readonly kind: 'did-not-happen' }
  >,
) => Promise<T>;
