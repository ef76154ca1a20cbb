// A job that goes on as it is, with another reason.
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';

/** The same status with another reason; nothing is written when it is the same. */
export async function say(
  { change }: Pick<LedJob, 'change'>,
  record: JobRecord,
  reason: string,
  nextAtMs: number,
): Promise<JobStep> {
  return { record: record.reason === reason ? record : await change(record, { reason }), nextAtMs };
}
