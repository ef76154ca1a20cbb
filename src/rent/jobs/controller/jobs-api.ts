// What others do with jobs: hand them in, watch them, end them. Whoever drives one leads it by a term of its own, so that
// a terminal, a daemon and a second terminal never drive the same job at once.
import type { Secret } from '../../../base/std/index.ts';
import type { LogChunk, TransferProgress } from '../../remote/index.ts';
import type { Job } from '../file/index.ts';
import type { JobRecord } from '../records/index.ts';

/**
 * Values of variables that jobs name with `from_env`, by whoever hands them in; they go before those of this process. Written
 * nowhere: they are here as long as this process is and the job is not over.
 */
export type JobSecrets = Readonly<Record<string, Secret>>;

export interface SubmitOptions {
  /** The absolute folder that paths in the job are relative to. */
  readonly folder: string;
  /** Nobody watches: the instance ends itself. Needs `max_duration`. Default false. */
  readonly isUnattended?: boolean;
  /** Not before this; default at once. */
  readonly startAtMs?: number;
  /** Why it starts then, for its reason. */
  readonly startReason?: string;
  readonly secrets?: JobSecrets;
}

/** What happens to a driven job, as it happens. All are optional, and none may throw. */
export interface JobObserver {
  /** After every change of the record: status, reason, since. */
  readonly onChange?: (record: JobRecord) => void;
  /** Bytes of the log, once they are kept in `logFile`. Of the attempt that runs. */
  readonly onLog?: (chunk: LogChunk, attempt: number) => void;
  /** Files on their way to the machine or back. */
  readonly onTransfer?: (what: 'sending' | 'fetching', progress: TransferProgress) => void;
}

/** What is told of all jobs together. */
export interface RunObserver extends JobObserver {
  /**
   * After each look for jobs, every two seconds or so. `trouble` is null while every job that is driven here goes on, else one
   * sentence: the jobs cannot be listed, one cannot be driven or stepped, or a step has not come back for half an hour.
   */
  readonly onRound?: (round: { readonly trouble: string | null }) => void;
}

export interface DriveOptions extends JobObserver {
  readonly signal?: AbortSignal;
}

export interface Jobs {
  /** Records them as queued, all or none; nothing is spent. Throws JobNameTakenError. */
  submit(jobs: readonly Job[], options: SubmitOptions): Promise<readonly JobRecord[]>;
  /** Values for a job that was handed in elsewhere, to be driven on from here. */
  lend(jobId: string, secrets: JobSecrets): void;
  /** Asks for the end; whoever drives it signals, waits, fetches and destroys. Of one that is over nothing happens. */
  cancel(jobId: string): Promise<JobRecord>;
  /**
   * Steps the job until it is over, and resolves to it. While another process leads, it is only watched, and taken over
   * when that one is gone. Rejects with the signal's reason; the job goes on being what it is, on its machine too.
   */
  drive(jobId: string, options?: DriveOptions): Promise<JobRecord>;
  /** Drives all jobs of the account, those handed in later too, until the signal ends. */
  run(signal: AbortSignal, observer?: RunObserver): Promise<void>;
  /** The log of an attempt, kept here byte by byte. */
  logFile(jobId: string, attempt: number): string;
  /** Where verified artifacts of the job are: a folder, made when the first comes. */
  artifactsFolder(jobId: string): string;
  /**
   * Brings what there is now to `artifactsFolder` while the job runs. Rejects when it has no machine that can be entered.
   */
  fetchNow(
    jobId: string,
    options?: DriveOptions,
  ): Promise<{ readonly files: number; readonly bytes: number }>;
}
