// Drives jobs in this process, one after the other is handed in, until it is stopped, and sees to the account's rentals
// from the first one on.
import type { Clock, Log } from '../../../base/std/index.ts';
import type { Jobs } from '../controller/jobs-api.ts';
import type { Wake } from './wake.ts';

export interface Driver {
  /** Begins to drive it where that is not done yet. */
  drive(jobId: string): void;
  /** Why a job is not driven for now; undefined where all is well. */
  problemOf(jobId: string): string | undefined;
  /** Ends with the driver. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

export interface DriverOptions {
  readonly jobs: Pick<Jobs, 'drive'>;
  /** Ends what others left, and reads bills: without them what a lost machine set aside of a budget never comes back. */
  readonly tendRentals: (signal: AbortSignal) => Promise<void>;
  /** Rung whenever a driven job has changed or its log has grown. */
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Log;
}

/** After a failure that is not the job's own, like a store that is locked. */
const AGAIN_MS = 5_000;

export function createDriver({ jobs, tendRentals, wake, clock, log }: DriverOptions): Driver {
  const stopping = new AbortController();
  const { signal } = stopping;
  const driven = new Map<string, Promise<void>>();
  const problems = new Map<string, string>();
  let tended: Promise<void> | undefined;
  const onChange = () => wake.ring();

  const tryUntilDone = async (work: () => Promise<unknown>, tell: (problem?: string) => void) => {
    while (!signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted) return;
        tell(error instanceof Error ? error.message : String(error));
        await clock.sleep(AGAIN_MS, signal).catch(() => {});
        tell();
      }
    }
  };

  const driveToEnd = (jobId: string) =>
    tryUntilDone(
      async () => {
        try {
          await jobs.drive(jobId, { signal, onChange, onLog: onChange });
        } finally {
          wake.ring();
        }
      },
      (problem) => {
        if (problem === undefined) return problems.delete(jobId);
        log.error('a job is not driven for now', { job: jobId, error: problem });
        return problems.set(jobId, problem);
      },
    );
  const tend = () =>
    tryUntilDone(
      () => tendRentals(signal),
      (problem) => {
        if (problem !== undefined) log.error('rentals are not seen to for now', { error: problem });
      },
    );

  return {
    signal,
    problemOf: (jobId) => problems.get(jobId),
    drive(jobId) {
      if (driven.has(jobId) || signal.aborted) return;
      tended ??= tend();
      driven.set(
        jobId,
        driveToEnd(jobId).finally(() => driven.delete(jobId)),
      );
    },
    async stop() {
      stopping.abort(new Error('The connector was closed; its jobs go on being what they are'));
      await Promise.all([...driven.values(), tended]);
    },
  };
}
