// The seam to money: meters that run by the second, and the credit that they draw on. Amounts are dollars; what is
// shown is rounded, what is kept is not.
import type { Account } from '../accounts/account.ts';
import type { Route } from '../api/route.ts';

/** `bwd` is what the instance downloaded, `bwu` what it uploaded. */
export const CHARGE_KINDS = ['gpu', 'disk', 'bwd', 'bwu'] as const;
export type ChargeKind = (typeof CHARGE_KINDS)[number];

export interface Metered {
  readonly account: Account;
  readonly instanceId: number;
  /** Whose host earns it. */
  readonly machineId: number;
}

/** A stretch of time, or an amount of traffic, that was charged; the ground truth of every bill. */
export interface Charge {
  readonly accountId: number;
  readonly instanceId: number;
  readonly machineId: number;
  readonly kind: ChargeKind;
  readonly fromMs: number;
  /** Until when it was charged; up to now for a meter that runs. */
  readonly toMs: number;
  /** Dollars an hour; for traffic dollars a GB. */
  readonly price: number;
  /** GB of traffic; hours for meters. */
  readonly quantity: number;
  readonly amountUsd: number;
}

export interface Billing {
  /** From `atMs` on it costs so many dollars an hour; 0 stops the meter. Charged by the millisecond. */
  setRate(of: Metered, kind: 'gpu' | 'disk', pricePerHour: number, atMs: number): void;
  addTraffic(of: Metered, kind: 'bwd' | 'bwu', gb: number, pricePerGb: number, atMs: number): void;
  /** Dollars left to spend; below zero when storage went on. */
  creditUsd(account: Account, atMs: number): number;
  /** Money paid in (positive) or taken out, with a line on the invoice. */
  pay(account: Account, amountUsd: number, how: PaymentKind, atMs: number, note?: string): void;
  /** Called once each time an account's credit reaches zero. */
  onExhausted(listener: (account: Account, atMs: number) => void): void;
  /** Every charge of the account (or of all) that overlaps [fromMs, toMs), cut to it. */
  charges(filter: {
    readonly accountId?: number;
    readonly fromMs?: number;
    readonly toMs: number;
  }): readonly Charge[];
  readonly routes: readonly Route[];
}

export const PAYMENT_KINDS = ['deposit', 'transfer', 'prepay', 'refund', 'payout'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];
