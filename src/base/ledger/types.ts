// The only door to spending: money is set aside before an act and settled after it.
import type { MicroUsd } from '../std/index.ts';

/** A proposed action with the most that it can cost. */
export interface Intent {
  /** The same act proposed again has the same key; it is then reserved once. */
  readonly key: string;
  /** What the act is, for people: `rent`, `renew`, `list`. */
  readonly kind: string;
  readonly worstCost: MicroUsd;
  /** What the act costs per hour while it lasts; default 0. Counts in limits of type `exposure`. */
  readonly ratePerHour?: MicroUsd;
  /**
   * Caps apply per account, label, job, fleet and domain: the names by which this act counts. Further names (`gpu`,
   * `host`, …) group the costs. An empty value is the same as none.
   */
  readonly scopes: Readonly<Record<string, string>>;
}

export interface Reservation {
  readonly id: string;
  /** With the present worst cost: that of the last `raise`. */
  readonly intent: Intent;
  readonly reservedAtMs: number;
}

export type ReserveResult =
  | {
      readonly kind: 'reserved';
      readonly reservation: Reservation;
      /** Sentences of the limits that are passed but only warn. */
      readonly warnings: readonly string[];
    }
  /** `limit` is `halt`, `key`, `cap <id>` or `limit <name>`; `reason` a sentence with the figures. */
  | { readonly kind: 'denied'; readonly limit: string; readonly reason: string };

export const RESERVATION_STATUSES = ['open', 'settled', 'released'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** A reservation with what has become of its money. */
export interface ReservationState {
  readonly reservation: Reservation;
  readonly status: ReservationStatus;
  /** Spent so far; the final cost once settled. */
  readonly spent: MicroUsd;
  /** Still set aside. */
  readonly held: MicroUsd;
}

export const CAP_SCOPES = ['total', 'account', 'label', 'job', 'fleet', 'domain'] as const;
export type CapScope = (typeof CAP_SCOPES)[number];

/** Whose money: all of it, or that of one account, label, job, fleet or domain. */
export type Scope =
  | { readonly scope: 'total' }
  | { readonly scope: Exclude<CapScope, 'total'>; readonly value: string };

export const CAP_WINDOWS = ['all', 'day', 'month'] as const;
export type CapWindow = (typeof CAP_WINDOWS)[number];

/** A day or a month begins at midnight of the ledger's time zone; `all` never ends. */
export type CapKey = Scope & { readonly window: CapWindow };

export type Cap = CapKey & {
  /** Spent and reserved together never pass it. 0 forbids all spending. */
  readonly limit: MicroUsd;
  readonly setBy: string;
  readonly setAtMs: number;
};

export type BudgetRow = Cap & {
  /** In this window; of an account, the larger of ours and what the marketplace says. */
  readonly spent: MicroUsd;
  /** Set aside by open reservations; it counts in every window until it is spent or given back. */
  readonly reserved: MicroUsd;
  /** Never below 0. */
  readonly left: MicroUsd;
  /** 0 for `all`. */
  readonly windowStartMs: number;
};

export const LIMIT_TYPES = ['daily-loss', 'frequency', 'exposure', 'drawdown'] as const;
export type LimitType = (typeof LIMIT_TYPES)[number];

/**
 * A rule beside the caps. `daily-loss`: spent less earned in the last `timeWindowMs`, and all that is reserved.
 * `frequency`: acts begun in the last `timeWindowMs`; those given back do not count. `exposure`: all that is reserved, and what the
 * open acts cost in `timeWindowMs` at their rates (0: reserved only). `drawdown`: how far earned less spent lies
 * below its highest point of the last `timeWindowMs` (0: ever), and all that is reserved.
 */
export interface Limit {
  readonly type: LimitType;
  /** Unique. */
  readonly name: string;
  /** Acts for `frequency`, else micro-dollars. It may be reached, not passed. */
  readonly limit: number;
  /** False: passing it only warns. */
  readonly enforce: boolean;
  /** Rolling. The figures come in quarters of an hour; one that is partly inside counts whole. */
  readonly timeWindowMs: number;
  /** Whose acts; default all. */
  readonly of?: Scope;
}

export type LimitRow = Limit & {
  readonly of: Scope;
  readonly setBy: string;
  readonly setAtMs: number;
};

/** What the marketplace itself says that it charged an account. */
export interface Charges {
  readonly account: string;
  readonly windowStartMs: number;
  /** Exclusive; default now. */
  readonly untilMs?: number;
  readonly total: MicroUsd;
  /** The same money by the marketplace's own names (contract, instance), kept for comparison. */
  readonly byReference: Readonly<Record<string, MicroUsd>>;
}

export type StoredCharges = Required<Charges> & { readonly recordedAtMs: number };

/** Money earned, so that a loss is a loss: of a host, or of a strategy. */
export interface Income {
  /** The same income recorded again has the same key; it then counts once. */
  readonly key: string;
  readonly amount: MicroUsd;
  readonly scopes: Readonly<Record<string, string>>;
}

export type HaltState =
  | { readonly kind: 'running' }
  | { readonly kind: 'halted'; readonly by: string; readonly reason: string; readonly sinceMs: number };

export interface CostRow {
  /** The scope's value, empty for money that has none; a date (`2026-11-22`, in the ledger's zone) for `day`. */
  readonly value: string;
  readonly spent: MicroUsd;
}

/**
 * Runs `fn` at most once for a key, over restarts: the key is journalled before and the result after. A key
 * found without a result means that nobody knows whether the act happened; `resolve` must find out. The result
 * passes through JSON, for the first caller too. The signal is aborted when another process has taken the key over.
 */
export type Effect = <T>(
  key: string,
  fn: (signal: AbortSignal) => Promise<T>,
  resolve: () => Promise<
    { readonly kind: 'happened'; readonly result: T } | { readonly kind: 'did-not-happen' }
  >,
) => Promise<T>;
