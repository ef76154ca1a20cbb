// Drives jobs in this process, one after the other is handed in, until it is stopped.
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
  /** Rung whenever a driven job has changed or its log has grown. */
  readonly wake: Wake;
  readonly clock: Clock;
  readonly log: Log;
}

/** After a failure that is not the job's own, like a store that is locked. */
const AGAIN_MS = 5_000;

export function createDriver({ jobs, wake, clock, log }: DriverOptions): Driver {
  const stopping = new AbortController();
  const { signal } = stopping;
  const driven = new Map<string, Promise<void>>();
  const problems = new Map<string, string>();
  const onChange = () => wake.ring();

  const driveToEnd = async (jobId: string): Promise<void> => {
    while (!signal.aborted) {
      try {
        await jobs.drive(jobId, { signal, onChange, onLog: onChange });
        return;
      } catch (error) {
        if (signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        log.error('a job is not driven for now', { job: jobId, error: problem });
        problems.set(jobId, problem);
        await clock.sleep(AGAIN_MS, signal).catch(() => {});
      } finally {
        wake.ring();
      }
      problems.delete(jobId);
    }
  };

  return {
    signal,
    problemOf: (jobId) => problems.get(jobId),
    drive(jobId) {
      if (driven.has(jobId) || signal.aborted) return;
      driven.set(
        jobId,
        driveToEnd(jobId).finally(() => driven.delete(jobId)),
      );
    },
    async stop() {
      stopping.abort(new Error('The connector was closed; its jobs go on being what they are'));
      await Promise.all(driven.values());
    },
  };
}
