// Jobs as they are recorded: states, tables, changes, and the decision to try again.
export { decideRetry, type RetryDecision, type RetryQuestion } from './decide-retry.ts';
export type { JobAttempt, JobFailure, JobRecord } from './job-record.ts';
export {
  createJobRecords,
  type JobChange,
  JobChangedError,
  type JobChangeOptions,
  type JobFilter,
  JobNameTakenError,
  type JobRecords,
} from './job-records.ts';
export { canFollow, isOver, JOB_STATUSES, type JobStatus, OVER_JOB_STATUSES } from './job-states.ts';
export { jobMigrations } from './migrations.ts';
export type { JobTables } from './tables.ts';
