// A job as rows and events have it: what is recorded of it, where it is, and what its machines have cost by now. Rows come from
// the routes; events of a job that this process drives or waits for come from its own store.
import { formatDuration, formatIso, type MicroUsd, usd } from '../../../base/std/index.ts';
import { type JobRecord, type JobRecords, spentOf } from '../../../rent/jobs/index.ts';
import type { RentalRecords } from '../../../rent/rental/index.ts';
import type { JobRow } from '../../http/protocol.ts';
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

/** Of every event. */
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

/** The same fields of a job that a route has told of. */
export function toldFields(job: JobRow) {
  return {
    id: job.id,
    name: job.name,
    status: job.status,
    reason: job.reason,
    instance_id: job.instanceId,
    spent_usd: job.spentUsd,
    attempt: job.attempt,
    since: formatIso(job.sinceMs),
  };
}

/** Of every row. */
export function listedJob(job: JobRow, nowMs: number): Row {
  const { createdAtMs, startedAtMs, endedAtMs, verifiedAtMs } = job;
  return {
    ...toldFields(job),
    group: job.group,
    created_at: formatIso(createdAtMs),
    ended_at: endedAtMs === null ? null : formatIso(endedAtMs),
    is_over: job.isOver,
    is_unattended: job.isUnattended,
    is_verified: verifiedAtMs !== null,
    account: job.account,
    took: formatDuration((endedAtMs ?? nowMs) - (startedAtMs ?? createdAtMs)),
  };
}
