// The story of a job from its events: its own steps with the figures they were decided on, and those of every machine it had.
import type { Ledger } from '../../../base/ledger/index.ts';
import { formatUsd } from '../../../base/std/index.ts';
import { readEventsSince, type Store, type StoredEvent } from '../../../base/store/index.ts';
import { NoSuchTargetError, readWhy, type Why } from '../../rental/index.ts';
import type { JobRecord, JobRecords } from '../records/index.ts';

export interface JobStoryStep extends Omit<Why['entries'][number], 'about'> {
  /** `job`, or `attempt 2 rental`. */
  readonly about: string;
}

export interface JobStorySources {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly records: Pick<JobRecords, 'attempts'>;
}

/** More of one job are not told one by one. */
const MOST_EVENTS = 2_000;

/** Oldest first. */
export async function readJobStory(
  { store, ledger, records }: JobStorySources,
  record: Pick<JobRecord, 'id' | 'account'>,
): Promise<readonly JobStoryStep[]> {
  const own = await readEventsSince(store.db, 0, { noun: 'job', id: record.id, limit: MOST_EVENTS });
  const attempts = await records.attempts(record.id);
  const machines = await Promise.all(
    attempts.map(async ({ attempt, rentalId }) => {
      const { entries } = await readWhy({ store, ledger, account: record.account, id: rentalId }).catch(
        (error: unknown) => {
          if (error instanceof NoSuchTargetError) return { entries: [] };
          throw error;
        },
      );
      return entries.map((entry): JobStoryStep => ({ ...entry, about: `attempt ${attempt} ${entry.about}` }));
    }),
  );
  // Of one moment, the job's own words come first.
  return [...own.map(ownWords), ...machines.flat()].sort((a, b) => a.atMs - b.atMs);
}

function ownWords({ at, status, reason, data }: StoredEvent): JobStoryStep {
  return {
    atMs: at,
    about: 'job',
    status,
    sentence: reason === '' ? status : reason,
    details: detailsOf(data),
    data,
  };
}

/** Data comes from a store that other versions have written: what is not there is not told. */
function detailsOf(data: StoredEvent['data']): readonly string[] {
  const { instance, machine, exitCode, spent, why, checkpoint, denied, files, bytes } = data;
  const facts = [
    typeof instance === 'number' && `instance ${instance}`,
    typeof machine === 'number' && `machine ${machine}`,
    typeof exitCode === 'number' && `exit code ${exitCode}`,
    typeof checkpoint === 'string' && `checkpoint ${checkpoint}`,
    typeof files === 'number' && `${files} files`,
    typeof bytes === 'number' && `${bytes} bytes`,
    typeof spent === 'number' && `${formatUsd(spent / 1e6)} spent by then`,
    typeof denied === 'string' && `denied by ${denied}`,
  ].filter((fact) => typeof fact === 'string');
  return [
    ...(facts.length > 0 ? [facts.join(', ')] : []),
    ...(typeof why === 'string' ? [`Because: ${why}`] : []),
  ];
}
