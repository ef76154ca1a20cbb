// A submitted job and its attempts: what the controller knows, and all that it needs after a restart.
import type { MicroUsd } from '../../../base/std/index.ts';
import type { Job, RetryKind } from '../file/index.ts';
import type { JobStatus } from './job-states.ts';

/** One try that did not end well. */
export interface JobFailure {
  readonly kind: RetryKind;
  readonly atMs: number;
  readonly reason: string;
  /** It has come further since the failure before: a newer whole checkpoint is here. */
  readonly hasAdvanced: boolean;
  /** The newest whole checkpoint that was here then. */
  readonly checkpoint?: string;
}

export interface JobRecord {
  readonly id: string;
  readonly account: string;
  /** Unique among the jobs of an account that are not over. */
  readonly name: string;
  /** Those of one matrix share it, and its budget. */
  readonly group: string;
  readonly status: JobStatus;
  readonly reason: string;
  readonly sinceMs: number;
  /** Grows with each change; a change names the version that it was decided on. */
  readonly version: number;
  /** Holds no secret: those are names of variables. */
  readonly job: Job;
  /** The absolute folder that its paths are relative to. */
  readonly folder: string;
  /** The attempt that is under way, or was the last; 0 before the first. */
  readonly attempt: number;
  /** The need of its rentals, of which at most one is not over. */
  readonly rentalId: string | undefined;
  /** Dollars of all attempts, as far as they are known. */
  readonly spent: MicroUsd;
  readonly failures: readonly JobFailure[];
  /** Nobody watches: the instance ends itself by `max_duration`. */
  readonly isUnattended: boolean;
  readonly createdAtMs: number;
  /** Not looked at before this: a retry that waits, or a cheap hour. */
  readonly nextAtMs: number | undefined;
  /** When a machine was first held: from then on max_duration counts. */
  readonly startedAtMs: number | undefined;
  readonly cancelAskedAtMs: number | undefined;
  /** All artifacts are here and were compared with their manifest. */
  readonly verifiedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
}

export interface JobAttempt {
  readonly jobId: string;
  /** From 1. */
  readonly attempt: number;
  readonly rentalId: string;
  readonly instanceId: number | undefined;
  readonly machineId: number | undefined;
  readonly startedAtMs: number;
  readonly runningAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly exitCode: number | undefined;
  /** Undefined while it is under way, and when it succeeded or was cancelled. */
  readonly failure: RetryKind | undefined;
  /** Its failure is one that no further try would mend. */
  readonly isFinal: boolean;
  readonly reason: string;
  /** Its log and results are here, as far as there are any: its machine may go. */
  readonly brought: boolean;
  /** The newest whole checkpoint that is here, by its path in the workspace. */
  readonly checkpoint: string | undefined;
  /** So many bytes of its log are kept here. */
  readonly logBytes: number;
  /** Gigabytes each way that are set aside for on its machine; undefined as long as it is what the job began with. */
  readonly trafficGb?: number | undefined;
  readonly spent: MicroUsd;
}
