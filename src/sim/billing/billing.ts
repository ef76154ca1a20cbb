// The seam to money: meters that run by the millisecond, and the credit that they draw on. Amounts are dollars; what
// is kept is exact, what is shown is rounded.
import type { Account } from '../accounts/account.ts';

/** `bwd` is what the instance downloaded, `bwu` what it uploaded. */
export const CHARGE_KINDS = ['gpu', 'disk', 'bwd', 'bwu'] as const;
export type ChargeKind = (typeof CHARGE_KINDS)[number];

export interface Metered {
  readonly account: Account;
  /** Of the instance; of the volume, when that is what costs. */
  readonly instanceId: number;
  /** Default `instance`. */
  readonly contract?: 'instance' | 'volume';
  /** Whose host earns it. */
  readonly machineId: number;
}

/** A stretch of time, or an amount of traffic, that was charged; the ground truth of every bill. */
export interface Charge {
  readonly accountId: number;
  readonly contract: 'instance' | 'volume';
  readonly instanceId: number;
  readonly machineId: number;
  readonly kind: ChargeKind;
  readonly fromMs: number;
  /** Until when it was charged; up to the filter's `toMs` for a meter that runs. Traffic falls on one moment. */
  readonly toMs: number;
  /** Dollars an hour; for traffic dollars a GB. */
  readonly price: number;
  /** GB of traffic; hours for meters. */
  readonly quantity: number;
  readonly amountUsd: number;
}

/** What the listing of charges shows of an instance beside the money. */
export interface ContractFacts {
  readonly label: string | null;
  readonly templateId: number | null;
}

export const PAYMENT_KINDS = ['deposit', 'transfer', 'prepay', 'refund', 'payout'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

export interface Payment {
  /** From 1 over all accounts. */
  readonly id: number;
  readonly accountId: number;
  readonly atMs: number;
  readonly kind: PaymentKind;
  /** Dollars of credit right after it. */
  readonly creditAfterUsd: number;
  /** Into the credit; below zero what was taken out of it. A payout leaves the credit alone. */
  readonly amountUsd: number;
  readonly note: string;
}

/** What a machine earned who had it within one UTC day (or the part of it that was asked for). */
export interface DayEarnings {
  readonly hostId: number;
  readonly machineId: number;
  /** Days since 1970. */
  readonly day: number;
  /** Dollars, the platform's share taken off. */
  readonly usd: Readonly<Record<ChargeKind, number>>;
}

export interface EarningsFilter {
  readonly hostId?: number;
  readonly machineId?: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Times count in whole milliseconds (fractions are cut off) and never go back: an earlier time means the last one. */
export interface Billing {
  /** From `atMs` on it costs so many dollars an hour; 0 stops the meter. Charged by the millisecond. */
  setRate(of: Metered, kind: 'gpu' | 'disk', pricePerHour: number, atMs: number): void;
  addTraffic(of: Metered, kind: 'bwd' | 'bwu', gb: number, pricePerGb: number, atMs: number): void;
  /** Dollars left to spend; below zero when storage went on. At a past time: what it was then. */
  creditUsd(account: Account, atMs: number): number;
  /** Everything that was charged until now, dollars; the time must not be past. */
  spentUsd(account: Account, atMs: number): number;
  /** Dollars that an hour costs just now, over all meters of the account. */
  spendPerHour(account: Account): number;
  /** Money paid into the credit (positive) or taken out (negative), with a line on the invoice. */
  pay(account: Account, amountUsd: number, how: PaymentKind, atMs: number, note?: string): void;
  /**
   * Called once each time an account's credit comes down to zero, at that millisecond. Autobilling above zero comes
   * before it; a saved card without a threshold is charged right after it, when the instances have stopped.
   */
  onExhausted(listener: (account: Account, atMs: number) => void): void;
  /** Called when an account without a card owes more than its grace allows: its data is to be deleted. */
  onGraceOver(listener: (account: Account, atMs: number) => void): void;
  /** To be called after the account's card or its thresholds changed. */
  reviewCard(account: Account, atMs: number): void;
  /**
   * Every charge of the account (or of all) within (fromMs, toMs], cut to it, in order of account, start and
   * instance. Charges of adjoining stretches add up to those of the whole.
   */
  charges(filter: {
    readonly accountId?: number;
    readonly instanceId?: number;
    readonly fromMs?: number;
    readonly toMs: number;
  }): readonly Charge[];
  /** In the order in which they were made. */
  payments(account: Account): readonly Payment[];
  /** By machine, day and owner at the time, in their order; days without any are left out. The crowd's rentals count for GPUs. */
  earnings(filter: EarningsFilter): readonly DayEarnings[];
  /** What a host has earned and not been paid yet, dollars; 0 for renters. */
  balanceUsd(account: Account, atMs: number): number;
  /** Who knows instances' labels and templates, also of those that are gone. */
  setFacts(factsOf: (instanceId: number) => ContractFacts | undefined): void;
}
