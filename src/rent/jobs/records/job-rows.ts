// Records of jobs to rows and back.
import type { MicroUsd } from '../../../base/std/index.ts';
import type { Job, RetryKind } from '../file/index.ts';
import type { JobAttempt, JobFailure, JobRecord } from './job-record.ts';
import type { JobStatus } from './job-states.ts';
import type { JobAttemptRow, JobRow } from './tables.ts';

export function jobRowOf(record: JobRecord): JobRow {
  return {
    id: record.id,
    account: record.account,
    name: record.name,
    job_group: record.group,
    status: record.status,
    reason: record.reason,
    since: Math.trunc(record.sinceMs),
    version: record.version,
    job: JSON.stringify(record.job),
    folder: record.folder,
    attempt: record.attempt,
    rental_id: record.rentalId ?? null,
    spent: record.spent,
    failures: JSON.stringify(record.failures),
    unattended: record.isUnattended ? 1 : 0,
    created_at: Math.trunc(record.createdAtMs),
    next_at: wholeOrNull(record.nextAtMs),
    started_at: wholeOrNull(record.startedAtMs),
    cancel_asked_at: wholeOrNull(record.cancelAskedAtMs),
    verified_at: wholeOrNull(record.verifiedAtMs),
    ended_at: wholeOrNull(record.endedAtMs),
  };
}

export function jobRecordOf(row: JobRow): JobRecord {
  return {
    id: row.id,
    account: row.account,
    name: row.name,
    group: row.job_group,
    status: row.status as JobStatus,
    reason: row.reason,
    sinceMs: row.since,
    version: row.version,
    job: JSON.parse(row.job) as Job,
    folder: row.folder,
    attempt: row.attempt,
    rentalId: row.rental_id ?? undefined,
    spent: row.spent as MicroUsd,
    failures: JSON.parse(row.failures) as readonly JobFailure[],
    isUnattended: row.unattended === 1,
    createdAtMs: row.created_at,
    nextAtMs: row.next_at ?? undefined,
    startedAtMs: row.started_at ?? undefined,
    cancelAskedAtMs: row.cancel_asked_at ?? undefined,
    verifiedAtMs: row.verified_at ?? undefined,
    endedAtMs: row.ended_at ?? undefined,
  };
}

export function attemptRowOf(attempt: JobAttempt): JobAttemptRow {
  return {
    job_id: attempt.jobId,
    attempt: attempt.attempt,
    rental_id: attempt.rentalId,
    instance_id: attempt.instanceId ?? null,
    machine_id: attempt.machineId ?? null,
    started_at: Math.trunc(attempt.startedAtMs),
    running_at: wholeOrNull(attempt.runningAtMs),
    ended_at: wholeOrNull(attempt.endedAtMs),
    exit_code: attempt.exitCode ?? null,
    failure: attempt.failure ?? null,
    final: attempt.isFinal ? 1 : 0,
    reason: attempt.reason,
    brought: attempt.brought ? 1 : 0,
    checkpoint: attempt.checkpoint ?? null,
    log_bytes: attempt.logBytes,
    traffic_gb: attempt.trafficGb ?? null,
    spent: attempt.spent,
  };
}

export function attemptOf(row: JobAttemptRow): JobAttempt {
  return {
    jobId: row.job_id,
    attempt: row.attempt,
    rentalId: row.rental_id,
    instanceId: row.instance_id ?? undefined,
    machineId: row.machine_id ?? undefined,
    startedAtMs: row.started_at,
    runningAtMs: row.running_at ?? undefined,
    endedAtMs: row.ended_at ?? undefined,
    exitCode: row.exit_code ?? undefined,
    failure: (row.failure as RetryKind | null) ?? undefined,
    isFinal: row.final === 1,
    reason: row.reason,
    brought: row.brought === 1,
    checkpoint: row.checkpoint ?? undefined,
    logBytes: row.log_bytes,
    ...(row.traffic_gb !== null && { trafficGb: row.traffic_gb }),
    spent: row.spent as MicroUsd,
  };
}

function wholeOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.trunc(value);
}
