// The tables that this folder owns. Other folders see theirs through `db.$extendTables<TheirTables>()`.
import type { Kysely, Transaction } from 'kysely';

/** `sqlite` is a file of this machine, `postgres` is for several controllers. */
export type StoreDialect = 'sqlite' | 'postgres';

/** Times are epoch milliseconds; flags are 0 or 1; `data` is JSON text. */
export interface StoreTables {
  /** One row: the last sequence number given out. */
  event_counter: { id: number; last_seq: number };
  events: {
    seq: number;
    at: number;
    noun: string;
    id: string;
    status: string;
    reason: string;
    data: string;
  };
  terms: {
    name: string;
    number: number;
    /** Empty when nobody leads. */
    holder: string;
    /** Grows with each change, so that a watcher sees that the holder lives whatever the clocks say. */
    beat: number;
    expires_at: number;
    /** The mark of the process that took it. */
    process: string;
  };
  limiter_lanes: { key: string; next_at: number; learned_ms: number; last_order: number };
  limiter_waiters: { key: string; ticket: string; priority: number; wait_order: number; seen_at: number };
}

export type StoreDb = Kysely<StoreTables>;
export type StoreTransaction = Transaction<StoreTables>;
