// How a job ended, as an exit code: scripts tell a failed job from one that money or the market kept from running.
import { readEventsSince, type Store } from '../../../base/store/index.ts';
import { isOver, type JobRecord } from '../../../rent/jobs/index.ts';
import { EXIT_CODES } from '../errors.ts';

/**
 * 0 only for a job that succeeded and whose artifacts are here, verified; 3 where money denied it a machine, 6 where there
 * was none to be had, else 1.
 */
export async function exitCodeOf(store: Store, record: JobRecord): Promise<number> {
  const { status, verifiedAtMs, id, failures, job } = record;
  if (status === 'succeeded') {
    const isHere = verifiedAtMs !== undefined || job.artifacts.length === 0;
    return isHere ? EXIT_CODES.ok : EXIT_CODES.failed;
  }
  if (status !== 'failed' || failures.at(-1)?.kind !== 'no_capacity') return EXIT_CODES.failed;
  const events = await readEventsSince(store.db, 0, { noun: 'job', id });
  const isDenied = events.findLast((event) => event.status === 'failed')?.data.denied !== undefined;
  return isDenied ? EXIT_CODES.denied : EXIT_CODES.noCapacity;
}

/** Of several: the first that is not 0. */
export async function worstExitCode(store: Store, records: readonly JobRecord[]): Promise<number> {
  for (const record of records) {
    const code = isOver(record.status) ? await exitCodeOf(store, record) : EXIT_CODES.failed;
    if (code !== EXIT_CODES.ok) return code;
  }
  return EXIT_CODES.ok;
}
