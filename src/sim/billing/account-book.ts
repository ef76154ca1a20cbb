// One account's money: its payments, its meters that run, and every stretch that was charged.
import type { Account } from '../accounts/account.ts';
import type { Charge, ChargeKind, Metered, Payment, PaymentKind } from './billing.ts';
import {
  type Amount,
  amountOf,
  minus,
  msUntilSpent,
  NO_RATE,
  NOTHING,
  overTime,
  plus,
  type Rate,
  rateOf,
  usdOf,
} from './exact-amount.ts';

const MS_PER_HOUR = 3_600_000;

/** A charge with its exact amount. */
export interface Line extends Charge {
  readonly exact: Amount;
}

interface Meter {
  readonly of: Metered;
  readonly kind: 'gpu' | 'disk';
  readonly price: number;
  readonly rate: Rate;
  readonly fromMs: number;
}

export interface AccountBook {
  readonly account: Account;
  readonly payments: readonly Payment[];
  /** Starts, changes or (at 0) stops a meter; returns the line of the stretch that ended, if any. */
  setRate(of: Metered, kind: 'gpu' | 'disk', pricePerHour: number, atMs: number): Line | undefined;
  addTraffic(of: Metered, kind: 'bwd' | 'bwu', gb: number, pricePerGb: number, atMs: number): Line;
  pay(payment: Payment): void;
  creditAt(atMs: number): Amount;
  /** All that was paid into the credit, less what was taken out. */
  paid(): Amount;
  rate(): Rate;
  /** The first millisecond at which no more than `floor` is left; undefined when nothing runs it down. */
  reaches(floor: Amount, nowMs: number): number | undefined;
  /** Whether anything was ever charged or is being charged. */
  hasSpent(): boolean;
  /** Within (fromMs, toMs], cut to it. */
  lines(fromMs: number, toMs: number): Line[];
}

export function createAccountBook(account: Account): AccountBook {
  const payments: Payment[] = [];
  const closed: Line[] = [];
  const meters = new Map<string, Meter>();
  // The credit as of the last change, and what it loses an hour since.
  let asOfMs = Number.NEGATIVE_INFINITY;
  let credit: Amount = NOTHING;
  let rate: Rate = NO_RATE;

  const settle = (atMs: number) => {
    if (asOfMs !== Number.NEGATIVE_INFINITY) credit = minus(credit, overTime(rate, atMs - asOfMs));
    asOfMs = atMs;
  };
  const stretch = ({ of, kind, price, rate: meterRate, fromMs }: Meter, toMs: number): Line =>
    line(of, kind, price, fromMs, toMs, (toMs - fromMs) / MS_PER_HOUR, overTime(meterRate, toMs - fromMs));

  const lines: AccountBook['lines'] = (fromMs, toMs) => {
    const found: Line[] = [];
    for (const each of closed) {
      const cutted = cut(each, fromMs, toMs);
      if (cutted) found.push(cutted);
    }
    for (const meter of meters.values()) {
      if (meter.fromMs >= toMs) continue;
      const cutted = cut(stretch(meter, toMs), fromMs, toMs);
      if (cutted) found.push(cutted);
    }
    return found.sort(byStart);
  };

  return {
    account,
    payments,
    lines,
    setRate(of, kind, pricePerHour, atMs) {
      settle(atMs);
      const name = `${of.contract ?? 'instance'} ${of.instanceId} ${kind}`;
      const running = meters.get(name);
      const next = rateOf(pricePerHour);
      if (running && running.rate === next && running.of.machineId === of.machineId) return undefined;
      if (running) {
        meters.delete(name);
        rate = minus(rate, running.rate);
      }
      if (next !== NO_RATE) {
        meters.set(name, { of, kind, price: pricePerHour, rate: next, fromMs: atMs });
        rate = plus(rate, next);
      }
      if (!running || running.fromMs === atMs) return undefined;
      const ended = stretch(running, atMs);
      closed.push(ended);
      return ended;
    },
    addTraffic(of, kind, gb, pricePerGb, atMs) {
      settle(atMs);
      const used = line(of, kind, pricePerGb, atMs, atMs, gb, amountOf(gb * pricePerGb));
      credit = minus(credit, used.exact);
      closed.push(used);
      return used;
    },
    pay(payment) {
      settle(payment.atMs);
      credit = plus(credit, intoCredit(payment));
      payments.push(payment);
    },
    creditAt(atMs) {
      if (atMs >= asOfMs) {
        return asOfMs === Number.NEGATIVE_INFINITY ? NOTHING : minus(credit, overTime(rate, atMs - asOfMs));
      }
      let then: Amount = NOTHING;
      for (const payment of payments) if (payment.atMs <= atMs) then = plus(then, intoCredit(payment));
      for (const { exact } of lines(Number.NEGATIVE_INFINITY, atMs)) then = minus(then, exact);
      return then;
    },
    paid: () => payments.reduce((sum, payment) => plus(sum, intoCredit(payment)), NOTHING),
    rate: () => rate,
    hasSpent: () => meters.size > 0 || closed.length > 0,
    reaches(floor, nowMs) {
      const ms = msUntilSpent(minus(this.creditAt(nowMs), floor), rate);
      return ms === undefined ? undefined : nowMs + ms;
    },
  };
}

/** A host's earnings are not credit, so what is paid out of them takes none. */
function intoCredit({ kind, amountUsd }: { readonly kind: PaymentKind; readonly amountUsd: number }): Amount {
  return kind === 'payout' ? NOTHING : amountOf(amountUsd);
}

function line(
  { account, instanceId, contract = 'instance', machineId }: Metered,
  kind: ChargeKind,
  price: number,
  fromMs: number,
  toMs: number,
  quantity: number,
  exact: Amount,
): Line {
  const accountId = account.id;
  const amountUsd = usdOf(exact);
  return {
    accountId,
    contract,
    instanceId,
    machineId,
    kind,
    fromMs,
    toMs,
    price,
    quantity,
    amountUsd,
    exact,
  };
}

function cut(whole: Line, fromMs: number, toMs: number): Line | undefined {
  if (whole.fromMs === whole.toMs) {
    return whole.fromMs > fromMs && whole.fromMs <= toMs ? whole : undefined;
  }
  const from = Math.max(whole.fromMs, fromMs);
  const to = Math.min(whole.toMs, toMs);
  if (from >= to) return undefined;
  if (from === whole.fromMs && to === whole.toMs) return whole;
  const exact = overTime(rateOf(whole.price), to - from);
  return {
    ...whole,
    fromMs: from,
    toMs: to,
    quantity: (to - from) / MS_PER_HOUR,
    amountUsd: usdOf(exact),
    exact,
  };
}

function byStart(a: Line, b: Line): number {
  return (
    a.fromMs - b.fromMs || a.instanceId - b.instanceId || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)
  );
}
