// The ledger on the state store: every method is one transaction under one lock, so that processes that reserve at
// the same moment see each other's money.
import { assert, type Log, type MicroUsd, type Random } from '../std/index.ts';
import type { Store, StoreTransaction } from '../store/index.ts';
import { assertAmount, bucketOf, exactUsd } from './amounts.ts';
import { bookEarned } from './bookings.ts';
import { deleteCap, readCaps, writeCap } from './caps.ts';
import { createRunChange } from './change.ts';
import { listCharges, writeCharges } from './charges.ts';
import { type CostsQuery, readCosts } from './costs.ts';
import { IntentChangedError } from './errors.ts';
import { capFigures } from './figures.ts';
import { assertNotHalted, readHalt, writeHalt } from './halt.ts';
import { deleteLimit, readLimits, writeLimit } from './limits.ts';
import { findByKey, listOpen, type StoredReservation } from './reservations.ts';
import { raiseIn, reserveIn } from './reserve.ts';
import { capId, scopesText } from './scopes.ts';
import { type Accrual, accrueIn, releaseIn, settleIn } from './spending.ts';
import type { LedgerDb, LedgerTables } from './tables.ts';
import type {
  BudgetRow,
  CapKey,
  Charges,
  CostRow,
  HaltState,
  Income,
  Intent,
  Limit,
  LimitRow,
  ReservationState,
  ReserveResult,
  StoredCharges,
} from './types.ts';
import { windowStart } from './windows.ts';

export interface LedgerOptions {
  readonly store: Store;
  readonly random: Random;
  readonly log: Log;
  /** Whose midnight begins a day; default UTC. One store should be used with one zone. */
  readonly timeZone?: string;
}

/** Everything that is durable when the promise resolves. Amounts are micro-dollars, times epoch milliseconds. */
export interface Ledger {
  readonly timeZone: string;
  /**
   * Sets the worst cost aside, or says which limit forbids it. The same key again gives the same reservation while
   * it is open and is denied afterwards. Throws IntentChangedError when the key stands for another act; a smaller
   * worst cost is the same act.
   */
  reserve(intent: Intent): Promise<ReserveResult>;
  /**
   * Grows the reservation to `worstCost` in all, spent money included, under the same checks; denied, it stays as it
   * was. A cost that is no larger than the present one changes nothing.
   */
  raise(reservationId: string, worstCost: MicroUsd): Promise<ReserveResult>;
  /**
   * Moves money from reserved to spent. A smaller figure than the last is ignored. What passes the reservation is
   * recorded all the same, logged, and told by the event.
   */
  accrue(reservationId: string, spentSoFar: MicroUsd): Promise<void>;
  /** The same for many in one transaction: all or none. */
  accrueAll(accruals: readonly Accrual[]): Promise<void>;
  /**
   * Replaces the reservation by what the act has really cost. Again with the same cost it does nothing; with
   * another it throws ReservationEndedError.
   */
  settle(reservationId: string, cost: MicroUsd): Promise<void>;
  /**
   * Gives the whole reservation back: the act is known not to have happened. Throws AlreadySpentError when it has
   * cost something, ReservationEndedError when it was settled.
   */
  release(reservationId: string): Promise<void>;
  findReservation(key: string): Promise<ReservationState | undefined>;
  /** By id, which is by time. */
  listOpenReservations(): Promise<ReservationState[]>;

  /** Sets or replaces; may be less than is spent, and then denies everything. Throws RangeError. */
  setCap(cap: CapKey & { readonly limit: MicroUsd; readonly setBy: string }): Promise<void>;
  /** False when there was none. */
  removeCap(cap: CapKey & { readonly removedBy: string }): Promise<boolean>;
  /** Every cap with its figures, by scope, value and window. Throws UnreadableLimitError. */
  budget(): Promise<BudgetRow[]>;
  /** Sets or replaces the one of this name. Throws RangeError. */
  setLimit(limit: Limit & { readonly setBy: string }): Promise<void>;
  /** False when there was none. */
  removeLimit(name: string, removedBy: string): Promise<boolean>;
  /** By name. Throws UnreadableLimitError. */
  limits(): Promise<LimitRow[]>;

  /** What the marketplace charged in a period; an account's caps count it when it is more than ours. */
  recordCharges(charges: Charges): Promise<void>;
  charges(account?: string): Promise<StoredCharges[]>;
  /** Counts against losses only: earned money fills no cap again. */
  recordIncome(income: Income): Promise<void>;
  costs(query: CostsQuery): Promise<CostRow[]>;

  /** Latches the switch; the first reason stays. Resolves when no act that began before is still being recorded. */
  halt(halt: { readonly by: string; readonly reason: string }): Promise<HaltState>;
  resume(resume: { readonly by: string }): Promise<HaltState>;
  haltState(): Promise<HaltState>;
  /** In the transaction that records the intent to create something: throws DeniedError while halted. */
  assertNotHalted(trx: StoreTransaction): Promise<void>;
}

/** Throws RangeError when the zone is unknown. */
export function createLedger({ store, random, log, timeZone = 'UTC' }: LedgerOptions): Ledger {
  const { clock } = store;
  const db: LedgerDb = store.db.$extendTables<LedgerTables>();
  windowStart({ window: 'day', atMs: clock.now(), timeZone });
  const change = createRunChange({ store, log, timeZone });

  return {
    timeZone,
    reserve: (intent) => change((open) => reserveIn(open, intent, { clock, random })),
    raise: (reservationId, worstCost) => change((open) => raiseIn(open, reservationId, worstCost)),
    accrue: (reservationId, spentSoFar) => change((open) => accrueIn(open, { reservationId, spentSoFar })),
    accrueAll: (accruals) =>
      change(async (open) => {
        for (const accrual of accruals) await accrueIn(open, accrual);
      }),
    settle: (reservationId, cost) => change((open) => settleIn(open, reservationId, cost)),
    release: (reservationId) => change((open) => releaseIn(open, reservationId)),
    findReservation: async (key) => {
      const found = await findByKey(db, key);
      return found && shown(found);
    },
    listOpenReservations: async () => (await listOpen(db)).map(shown),

    setCap: (cap) =>
      change(async ({ trx, nowMs, events }) => {
        await writeCap(trx, { ...cap, setAtMs: nowMs });
        const reason = `${cap.setBy} set it to ${exactUsd(cap.limit)}`;
        const data = { limit: cap.limit, setBy: cap.setBy };
        events.push({ noun: 'cap', id: capId(cap), status: 'set', reason, data });
      }),
    removeCap: (cap) =>
      change(async ({ trx, events }) => {
        if (!(await deleteCap(trx, cap))) return false;
        const reason = `${cap.removedBy} removed it`;
        events.push({ noun: 'cap', id: capId(cap), status: 'removed', reason });
        return true;
      }),
    budget: () =>
      change(async (open) => {
        const rows: BudgetRow[] = [];
        for (const { warnedWindowMs: _, ...cap } of await readCaps(open.trx)) {
          const figures = await capFigures(open.trx, { cap, ...open });
          const left = Math.max(0, cap.limit - figures.spent - figures.reserved) as MicroUsd;
          rows.push({ ...cap, ...figures, left });
        }
        return rows;
      }),
    setLimit: ({ of = { scope: 'total' }, ...limit }) =>
      change(async ({ trx, nowMs, events }) => {
        await writeLimit(trx, { ...limit, of, setAtMs: nowMs });
        const reason = `${limit.setBy} set it to ${limit.limit}`;
        events.push({ noun: 'limit', id: limit.name, status: 'set', reason, data: { ...limit, of } });
      }),
    removeLimit: (name, removedBy) =>
      change(async ({ trx, events }) => {
        if (!(await deleteLimit(trx, name))) return false;
        events.push({ noun: 'limit', id: name, status: 'removed', reason: `${removedBy} removed it` });
        return true;
      }),
    limits: () => readLimits(db),

    recordCharges: (charges) =>
      change(async ({ trx, nowMs, events, touched }) => {
        const { account, windowStartMs, untilMs = nowMs, total } = charges;
        assertAmount(total, `What ${account} was charged`);
        assert(windowStartMs <= untilMs, `Charges of ${account} begin at ${windowStartMs}, after ${untilMs}`);
        const isNews = await writeCharges(trx, { ...charges, untilMs, recordedAtMs: nowMs });
        if (!isNews) return;
        touched.push({ account });
        const reason = `the marketplace charged ${exactUsd(total)}`;
        const data = { windowStartMs, untilMs, total };
        events.push({ noun: 'ledger', id: `charges:${account}`, status: 'charged', reason, data });
      }),
    charges: (account) => listCharges(db, account),
    recordIncome: ({ key, amount, scopes }) =>
      change(async ({ trx, nowMs, events }) => {
        assertAmount(amount, `The income ${key}`);
        const text = scopesText(scopes);
        const known = await trx
          .selectFrom('ledger_income')
          .selectAll()
          .where('key', '=', key)
          .executeTakeFirst();
        if (known) {
          const was = `${exactUsd(known.amount as MicroUsd)} ${known.scopes}`;
          const is = `${exactUsd(amount)} ${text}`;
          if (was !== is) throw new IntentChangedError(key, { was, is });
          return;
        }
        await trx.insertInto('ledger_income').values({ key, amount, scopes: text, at: nowMs }).execute();
        await bookEarned(trx, { scopes, booking: { bucket: bucketOf(nowMs), amount } });
        const reason = `${exactUsd(amount)} were earned`;
        events.push({ noun: 'ledger', id: key, status: 'earned', reason, data: { amount, scopes } });
      }),
    costs: (query) => readCosts(db, { ...query, timeZone }),

    halt: ({ by, reason }) =>
      change(async ({ trx, nowMs, events }) => {
        const before = await readHalt(trx);
        const state: HaltState =
          before.kind === 'halted' ? before : { kind: 'halted', by, reason, sinceMs: nowMs };
        if (state !== before) await writeHalt(trx, state);
        events.push({ noun: 'halt', id: 'all', status: 'halted', reason, data: { by } });
        return state;
      }),
    resume: ({ by }) =>
      change(async ({ trx, events }) => {
        const state: HaltState = { kind: 'running' };
        if ((await readHalt(trx)).kind === 'running') return state;
        await writeHalt(trx, state);
        events.push({ noun: 'halt', id: 'all', status: 'running', reason: `${by} resumed`, data: { by } });
        return state;
      }),
    haltState: () => readHalt(db),
    assertNotHalted: (trx) => assertNotHalted(trx, store.dialect),
  };
}

function shown({ reservation, status, spent, held }: StoredReservation): ReservationState {
  return { reservation, status, spent, held };
}
