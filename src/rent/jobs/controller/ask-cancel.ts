// Asking for the end of a job is a change of its record: it needs neither the machine nor whoever drives the job, who sees it.
import type { Clock } from '../../../base/std/index.ts';
import { isOver, JobChangedError, type JobRecord, type JobRecords } from '../records/index.ts';

/** The job as it is now; of one that is over, or whose end is asked for already, nothing happens. */
export async function askCancel(
  { records, clock }: { readonly records: Pick<JobRecords, 'change' | 'get'>; readonly clock: Clock },
  asked: JobRecord,
): Promise<JobRecord> {
  let record = asked;
  for (;;) {
    if (isOver(record.status) || record.cancelAskedAtMs !== undefined) return record;
    try {
      return await records.change(record, { cancelAskedAtMs: Math.trunc(clock.now()) });
    } catch (error) {
      if (!(error instanceof JobChangedError)) throw error;
      record = (await records.get(record.id)) ?? record;
    }
  }
}
