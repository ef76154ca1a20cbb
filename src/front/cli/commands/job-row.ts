// A job as rows and events have it: what the record says, where it is, and what its machines have cost by now.
import { formatDuration, formatIso, type MicroUsd, usd } from '../../../base/std/index.ts';
import {
  costOf,
  isOver,
  type JobAttempt,
  type JobRecord,
  type JobRecords,
  spentOf,
} from '../../../rent/jobs/index.ts';
import type { RentalRecords } from '../../../rent/rental/index.ts';
import type { Row } from '../output/column.ts';

export interface JobSources {
  readonly records: Pick<JobRecords, 'attempts'>;
  readonly rentals: RentalRecords;
}

/** The record is written when something changes: what its machine has cost since then, and a bill that came later, count too. */
export async function spentNow(
  { rentals }: Pick<JobSources, 'rentals'>,
  record: JobRecord,
  nowMs: number,
): Promise<MicroUsd> {
  return await spentOf({ rentals, account: record.account, nowMs }, record);
}

/** Of one attempt: as charged where the service has told, else by our own clock and the agreed price. */
export async function attemptSpentUsd(
  { rentals }: Pick<JobSources, 'rentals'>,
  { rentalId }: JobAttempt,
  nowMs: number,
): Promise<number | null> {
  const rental = await rentals.get(rentalId);
  if (!rental) return null;
  return usd(costOf(rental, nowMs));
}

/** Of every event and every row. */
export async function jobFields(sources: JobSources, record: JobRecord, nowMs: number) {
  const last = (await sources.records.attempts(record.id)).at(-1);
  return {
    id: record.id,
    name: record.name,
    status: record.status,
    reason: record.reason,
    instance_id: last?.instanceId ?? null,
    spent_usd: usd(await spentNow(sources, record, nowMs)),
    attempt: record.attempt,
    since: formatIso(record.sinceMs),
  };
}

export async function jobRow(sources: JobSources, record: JobRecord, nowMs: number): Promise<Row> {
  const { createdAtMs, startedAtMs, endedAtMs, verifiedAtMs, status } = record;
  return {
    ...(await jobFields(sources, record, nowMs)),
    group: record.group,
    created_at: formatIso(createdAtMs),
    ended_at: endedAtMs === undefined ? null : formatIso(endedAtMs),
    is_over: isOver(status),
    is_unattended: record.isUnattended,
    is_verified: verifiedAtMs !== undefined,
    account: record.account,
    took: formatDuration((endedAtMs ?? nowMs) - (startedAtMs ?? createdAtMs)),
  };
}
