// A job as the connector tells of it.
import { usd } from '../../../base/std/index.ts';
import { isOver, type JobAttempt, type JobRecord, type JobStatus } from '../records/index.ts';
import type { JobFigures } from './job-figures.ts';

export interface JobView extends JobFigures {
  readonly id: string;
  readonly name: string;
  readonly status: JobStatus;
  /** One sentence: why it is so, or why nobody sees to it for now. */
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** From 1; 0 before the first. */
  readonly attempt: number;
  /** Null while it has no machine. */
  readonly instanceId: number | null;
  /** Dollars of all attempts, as far as they are known. */
  readonly spentUsd: number;
}

export interface JobViewParts {
  readonly attempts: readonly JobAttempt[];
  readonly figures: JobFigures;
  readonly problem: string | undefined;
}

export function jobView(record: JobRecord, { attempts, figures, problem }: JobViewParts): JobView {
  const { id, name, status, sinceMs, attempt, rentalId, spent } = record;
  return {
    id,
    name,
    status,
    reason: problem === undefined ? record.reason : `not seen to for now: ${problem}`,
    sinceMs,
    attempt,
    instanceId: rentalId === undefined || isOver(status) ? null : (attempts.at(-1)?.instanceId ?? null),
    spentUsd: usd(spent),
    ...figures,
  };
}
