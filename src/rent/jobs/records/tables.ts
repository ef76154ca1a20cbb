// The tables of jobs. Other folders of the wing see them through `db.$extendTables<JobTables>()`.

/** Times are epoch milliseconds, flags 0 or 1, money micro-dollars; JSON as text. */
export type JobTables = {
  jobs: JobRow;
  job_attempts: JobAttemptRow;
};

export type JobRow = {
  id: string;
  account: string;
  name: string;
  /** `group` is a word of SQL. */
  job_group: string;
  status: string;
  reason: string;
  since: number;
  version: number;
  job: string;
  folder: string;
  attempt: number;
  rental_id: string | null;
  spent: number;
  failures: string;
  unattended: number;
  created_at: number;
  next_at: number | null;
  started_at: number | null;
  cancel_asked_at: number | null;
  verified_at: number | null;
  ended_at: number | null;
};

export type JobAttemptRow = {
  job_id: string;
  attempt: number;
  rental_id: string;
  instance_id: number | null;
  machine_id: number | null;
  started_at: number;
  running_at: number | null;
  ended_at: number | null;
  exit_code: number | null;
  failure: string | null;
  final: number;
  reason: string;
  brought: number;
  checkpoint: string | null;
  log_bytes: number;
  traffic_gb: number | null;
  spent: number;
};
