// What is kept of destroys under way, of orphans seen once, and of jobs of the service that back the ends up.
import type { RentalTables } from '../records/index.ts';

/** Times are epoch milliseconds, money is micro-dollars, flags are 0 or 1. */
export type EndingTables = RentalTables & {
  instance_ends: InstanceEndRow;
  orphan_marks: OrphanMarkRow;
  rental_backstops: { rental_id: string; instance_id: number; job_id: number; at: number };
};

/** One instance that is to be gone, from the decision to the bill. */
export interface InstanceEndRow {
  account: string;
  instance_id: number;
  /** Null for an instance that no rental stands for. */
  rental_id: string | null;
  why: string;
  rate_per_hour: number;
  asked_at: number;
  /** DELETEs sent. */
  attempts: number;
  /** When the answer to the last DELETE that was accepted had come; null while none was. */
  accepted_at: number | null;
  /** Not before this time is another DELETE sent. */
  next_at: number;
  /** Why the last DELETE was not accepted; empty when it was. */
  last_error: string;
  /** `second-factor`, `key`, or empty: what the account's owner has to mend. */
  refusal: string;
  gone_at: number | null;
  /** When the bill is to be asked for; null when it is closed. */
  bill_at: number | null;
  /** Whether the ledger has its final cost. */
  is_settled: number;
  /** How often it has come back. */
  resurrections: number;
}

export interface OrphanMarkRow {
  account: string;
  instance_id: number;
  why: string;
  /** The first listing that showed it as an orphan. */
  generation: number;
  started_at: number;
}
