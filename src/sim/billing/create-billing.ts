// Money of all accounts: meters, credit, what happens when it sinks, and what hosts earn.
import type { Account } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Agenda } from '../agenda.ts';
import type { Route } from '../api/route.ts';
import type { World } from '../market/world.ts';
import type { TruthLog } from '../truth-log.ts';
import { type AccountBook, createAccountBook, type Line } from './account-book.ts';
import type { Billing, Charge, ContractFacts, PaymentKind } from './billing.ts';
import { chargesRoutes } from './charges-routes.ts';
import { type CreditMark, watchCredit } from './credit-marks.ts';
import { createEarnings } from './earnings.ts';
import { type Amount, amountOf, minus, NOTHING, plus, usdOf } from './exact-amount.ts';
import { invoiceRoutes } from './invoice-routes.ts';
import { startPayouts } from './payouts.ts';

export interface BillingDeps {
  readonly accounts: Accounts;
  readonly agenda: Agenda;
  readonly truthLog: TruthLog;
  readonly startMs: number;
  /** Whose machines earn; undefined in a replay. */
  readonly world: World | undefined;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** What a card is charged when its owner named no amount: the least that the service sells. */
const DEFAULT_TOP_UP_USD = 5;
/** Days whose average spend sizes the grace. The service says that spend sizes it, not how; this is our choice. */
const GRACE_DAYS = 30;
/** Grace of an account that hardly spent anything, dollars; our choice too. */
const LEAST_GRACE_USD = 0.1;

const DESCRIPTIONS: Readonly<Record<PaymentKind, string>> = {
  deposit: 'Credit added by card',
  transfer: 'Credit transferred',
  prepay: 'Instance prepaid',
  refund: 'Refund',
  payout: 'Host payout',
};

interface Kept {
  readonly book: AccountBook;
  readonly review: (nowMs: number) => void;
}

/** The seam to money, and what the API shows of it. */
export interface BillingWithRoutes extends Billing {
  readonly routes: readonly Route[];
}

export function createBilling(deps: BillingDeps): BillingWithRoutes {
  const { accounts, agenda, truthLog, startMs, world } = deps;
  const kept = new Map<number, Kept>();
  const exhausted: ((account: Account, atMs: number) => void)[] = [];
  const graceOver: ((account: Account, atMs: number) => void)[] = [];
  let payments = 0;
  let facts: ((instanceId: number) => ContractFacts | undefined) | undefined;
  let lastMs = Math.floor(startMs);
  /** Whole milliseconds that never go back: so every stretch has a length, and books close in order. */
  const at = (ms: number) => {
    lastMs = Math.max(lastMs, Math.floor(ms));
    return lastMs;
  };

  const keptOf = (account: Account): Kept => {
    let found = kept.get(account.id);
    if (!found) {
      const book = createAccountBook(account);
      found = { book, review: watchCredit(book, marksOf(account, book), agenda) };
      kept.set(account.id, found);
    }
    return found;
  };

  const pay: Billing['pay'] = (account, amountUsd, kind, atMs, note = DESCRIPTIONS[kind]) => {
    const { book, review } = keptOf(account);
    payments += 1;
    const now = at(atMs);
    const credit = book.creditAt(now);
    const creditAfterUsd = usdOf(kind === 'payout' ? credit : plus(credit, amountOf(amountUsd)));
    const payment = { id: payments, accountId: account.id, atMs: now, kind, creditAfterUsd, amountUsd, note };
    book.pay(payment);
    truthLog.note(payment.atMs, 'payment', payment.id, kind, {
      account_id: account.id,
      amount_usd: amountUsd,
      credit_usd: creditAfterUsd,
      note,
    });
    review(payment.atMs);
  };

  /** Charges the card as often as it takes to be above the level again. */
  const topUp = (account: Account, book: AccountBook, level: Amount, atMs: number) => {
    const { card, settings } = account;
    if (!card) return;
    if (card.isDeclined) {
      truthLog.note(atMs, 'account', account.id, 'card_declined', { last4: card.last4 });
      return;
    }
    const stepUsd = settings.autobillAmountUsd ?? DEFAULT_TOP_UP_USD;
    const missing = minus(level, book.creditAt(atMs));
    const times = missing < NOTHING ? 1n : missing / amountOf(stepUsd) + 1n;
    pay(account, stepUsd * Number(times), 'deposit', atMs, `Card ending in ${card.last4}`);
  };

  const marksOf = (account: Account, book: AccountBook): readonly CreditMark[] => {
    const { settings } = account;
    // Sized when the credit ran out: what is spent after that does not lengthen it.
    let grace: Amount | undefined;
    const autobillLevel = () =>
      account.card && settings.autobillThresholdUsd !== null
        ? amountOf(settings.autobillThresholdUsd)
        : undefined;
    return [
      {
        level: autobillLevel,
        reached: (atMs) => topUp(account, book, autobillLevel() ?? NOTHING, atMs),
      },
      {
        level: () =>
          settings.isBalanceThresholdOn && settings.balanceThresholdUsd > 0
            ? amountOf(settings.balanceThresholdUsd)
            : undefined,
        reached: (atMs) =>
          truthLog.note(atMs, 'account', account.id, 'credit_low', {
            credit_usd: usdOf(book.creditAt(atMs)),
            threshold_usd: settings.balanceThresholdUsd,
          }),
      },
      {
        // An account that never spent anything has none to run out of.
        level: () => (book.hasSpent() ? NOTHING : undefined),
        reached: (atMs) => {
          truthLog.note(atMs, 'account', account.id, 'credit_exhausted', {
            credit_usd: usdOf(book.creditAt(atMs)),
            spend_per_hour: spendPerHour(account),
          });
          grace = graceOf(book, atMs);
          for (const listener of exhausted) listener(account, atMs);
          if (book.creditAt(atMs) <= NOTHING) topUp(account, book, NOTHING, atMs);
        },
      },
      {
        level: () =>
          grace === undefined || (account.card && !account.card.isDeclined)
            ? undefined
            : minus(NOTHING, grace),
        reached: (atMs) => {
          truthLog.note(atMs, 'account', account.id, 'grace_over', {
            credit_usd: usdOf(book.creditAt(atMs)),
          });
          for (const listener of graceOver) listener(account, atMs);
        },
      },
    ];
  };

  const noteLine = (line: Line, atMs: number) =>
    truthLog.note(atMs, 'charge', line.instanceId, line.kind, {
      contract: line.contract,
      account_id: line.accountId,
      machine_id: line.machineId,
      from_ms: line.fromMs,
      price: line.price,
      quantity: line.quantity,
      amount_usd: line.amountUsd,
    });

  const spendPerHour = (account: Account) => usdOf((keptOf(account).book.rate() * BigInt(HOUR_MS)) as Amount);

  const linesOf = (accountId: number | undefined, fromMs: number, toMs: number): Line[] => {
    const books = accountId === undefined ? [...kept.values()] : [kept.get(accountId)];
    return books
      .filter((each) => each !== undefined)
      .sort((a, b) => a.book.account.id - b.book.account.id)
      .flatMap(({ book }) => book.lines(fromMs, toMs));
  };

  const earnings = createEarnings({ linesOf, world });
  const payouts = startPayouts({ accounts, agenda, truthLog, startMs, earned: earnings.total, pay });

  const charges: Billing['charges'] = ({ accountId, instanceId, fromMs = Number.NEGATIVE_INFINITY, toMs }) =>
    linesOf(accountId, Math.floor(fromMs), Math.floor(toMs))
      .filter((line) => instanceId === undefined || line.instanceId === instanceId)
      .map(chargeOf);

  const billing: Billing = {
    pay,
    spendPerHour,
    setRate(of, kind, pricePerHour, atMs) {
      const now = at(atMs);
      const { book, review } = keptOf(of.account);
      const ended = book.setRate(of, kind, pricePerHour, now);
      if (ended) noteLine(ended, now);
      review(now);
    },
    addTraffic(of, kind, gb, pricePerGb, atMs) {
      if (!(gb > 0)) return;
      const now = at(atMs);
      const { book, review } = keptOf(of.account);
      noteLine(book.addTraffic(of, kind, gb, pricePerGb, now), now);
      review(now);
    },
    creditUsd: (account, atMs) => usdOf(keptOf(account).book.creditAt(Math.floor(atMs))),
    spentUsd(account, atMs) {
      const { book } = keptOf(account);
      return usdOf(minus(book.paid(), book.creditAt(Math.floor(atMs))));
    },
    onExhausted: (listener) => void exhausted.push(listener),
    onGraceOver: (listener) => void graceOver.push(listener),
    reviewCard: (account, atMs) => keptOf(account).review(at(atMs)),
    charges,
    payments: (account) => keptOf(account).book.payments,
    setFacts: (factsOf) => {
      facts = factsOf;
    },
    earnings: earnings.byDay,
    balanceUsd: (account, atMs) => usdOf(payouts.balance(account, Math.floor(atMs))),
  };
  const factsOf = (instanceId: number) => facts?.(instanceId);
  return {
    ...billing,
    routes: [...chargesRoutes({ charges, factsOf }), ...invoiceRoutes(billing)],
  };
}

/** How far below zero an account may sink before its data goes: what it spends in a day, on average. */
function graceOf(book: AccountBook, nowMs: number): Amount {
  const lines = book.lines(nowMs - GRACE_DAYS * DAY_MS, nowMs);
  const firstMs = lines[0]?.fromMs ?? nowMs;
  const days = Math.max(1, Math.ceil((nowMs - firstMs) / DAY_MS));
  const spent = lines.reduce((sum, { exact }) => plus(sum, exact), NOTHING);
  const average = (spent / BigInt(days)) as Amount;
  const least = amountOf(LEAST_GRACE_USD);
  return average > least ? average : least;
}

/** Without the exact amount, which is of no use outside. */
function chargeOf(line: Line): Charge {
  const { accountId, contract, instanceId, machineId, kind, fromMs, toMs, price, quantity, amountUsd } = line;
  return { accountId, contract, instanceId, machineId, kind, fromMs, toMs, price, quantity, amountUsd };
}
