// The tables that this folder owns, and the lock under which they change.
import type { Kysely, Transaction } from 'kysely';
import { assert } from '../std/index.ts';
import type { StoreDialect, StoreTables, StoreTransaction } from '../store/index.ts';

/** Times are epoch milliseconds, money is micro-dollars, flags are 0 or 1. A type, as Kysely wants an index signature. */
export type LedgerTables = {
  /** One row, locked by whoever changes money on PostgreSQL. */
  ledger_lock: { id: number };
  /** One row: the latched switch. */
  ledger_halt: { id: number; is_halted: number; halted_by: string; reason: string; since: number };
  ledger_caps: {
    scope: string;
    value: string;
    window: string;
    limit_amount: number;
    set_by: string;
    set_at: number;
    /** Start of the window in which people were told of 80 %; -1 when never. */
    warned_window: number;
  };
  ledger_limits: {
    name: string;
    type: string;
    limit_amount: number;
    enforce: number;
    time_window_ms: number;
    scope: string;
    value: string;
    set_by: string;
    set_at: number;
  };
  ledger_reservations: {
    id: string;
    key: string;
    kind: string;
    status: string;
    worst_cost: number;
    rate_per_hour: number;
    /** JSON object with sorted names. */
    scopes: string;
    reserved_at: number;
    spent: number;
    /** Until when `spent` is known; what comes next is spread from here. */
    spent_until: number;
    ended_at: number | null;
  };
  /** What open reservations hold, once for each scope that they count in. */
  ledger_held: {
    scope: string;
    value: string;
    reservation_id: string;
    amount: number;
    rate_per_hour: number;
  };
  /** What a reservation has spent, by quarters of an hour: a correction is taken from where the money was booked. */
  ledger_entries: { reservation_id: string; bucket: number; spent: number };
  /** The same money summed for each scope: what caps and reports read. */
  ledger_sums: { scope: string; value: string; bucket: number; spent: number; earned: number };
  ledger_income: { key: string; amount: number; scopes: string; at: number };
  ledger_charges: {
    account: string;
    window_start: number;
    until: number;
    total: number;
    by_reference: string;
    recorded_at: number;
  };
  ledger_effects: {
    key: string;
    /** 0 while nobody knows the result. */
    is_done: number;
    /** JSON, empty for undefined. */
    result: string;
    /** The fencing number: who runs it is who took it last. */
    number: number;
    /** Grows while its runner lives. */
    beat: number;
    /** 1 while somebody runs it, as far as the store knows. */
    is_held: number;
    begun_at: number;
    ended_at: number | null;
    last_error: string;
  };
};

/** For what one statement reads: no lock, nobody waits. */
export type LedgerDb = Kysely<StoreTables & LedgerTables>;
export type LedgerTransaction = Transaction<StoreTables & LedgerTables>;

/**
 * Lets nobody else change money until the transaction ends: called first in it, so that what is read stays true.
 * SQLite's transactions hold the write lock from their start.
 */
export async function lockLedger(store: StoreTransaction, dialect: StoreDialect): Promise<LedgerTransaction> {
  const trx = store.$extendTables<LedgerTables>();
  let query = trx.selectFrom('ledger_lock').select('id').where('id', '=', 1);
  if (dialect === 'postgres') query = query.forUpdate();
  const row = await query.executeTakeFirst();
  assert(
    row,
    'The row of ledger_lock is gone; restore the state store from a copy, nothing is spent without it',
  );
  return trx;
}
