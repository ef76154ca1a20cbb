// The tables of rentals. Other folders of the wing see them through `db.$extendTables<RentalTables>()`.

/** Times are epoch milliseconds, flags are 0 or 1; JSON as text. Types and not interfaces: Kysely wants an index. */
export type RentalTables = {
  rentals: RentalRow;
  rental_attempts: AttemptRow;
  machine_claims: { machine_id: number; rental_id: string; until: number };
  account_generations: GenerationRow;
  account_instances: AccountInstanceRow;
  accounts: AccountRow;
  host_keys: { account: string; instance_id: number; fingerprint: string; pinned_at: number };
};

export type RentalRow = {
  id: string;
  install: string;
  account: string;
  kind: string;
  need: string;
  name: string;
  status: string;
  reason: string;
  since: number;
  version: number;
  /** The attempt that holds the instance, or was the last. */
  attempt: number;
  launch: string;
  terms: string | null;
  instance_id: number | null;
  machine_id: number | null;
  host_id: number | null;
  reservation_id: string | null;
  created_at: number;
  booting_at: number | null;
  ready_at: number | null;
  /** Time that its GPUs were paid for, up to `running_since`. */
  ran_ms: number;
  running_since: number | null;
  prepaid_until: number;
  grace_until: number | null;
  destroy_after: number | null;
  destroy_asked_at: number | null;
  destroy_attempts: number;
  gone_at: number | null;
  receipt: string | null;
};

export type AttemptRow = {
  rental_id: string;
  attempt: number;
  label: string;
  offer_id: number;
  machine_id: number;
  /** When the create was about to be sent; null while it was not. */
  sent_at: number | null;
  outcome: string | null;
  instance_id: number | null;
};

export type GenerationRow = {
  account: string;
  generation: number;
  started_at: number;
  ended_at: number;
  complete: number;
  found: number;
  total: number;
  reason: string;
};

export type AccountInstanceRow = {
  account: string;
  instance_id: number;
  /** The instance as it was listed last, as JSON. */
  listed: string;
  label: string;
  first_seen_at: number;
  last_seen_at: number;
  /** The last generation that held it. */
  last_generation: number;
  /** Complete generations since that did not hold it. */
  missed: number;
  gone_at: number | null;
  status: string;
  status_since: number;
  /** Since when its GPUs do nothing, as far as anybody saw; null while they work or nobody knows. */
  idle_since: number | null;
  last_ssh_at: number | null;
};

/** Which account a key opens, so that not every command has to ask. */
export type AccountRow = {
  key_print: string;
  account: string;
  user_id: number;
  email: string;
  checked_at: number;
};
