// Jobs as answers have them: what their records say, where they are, what their machines have cost by now, and who drives them.
import { type MicroUsd, usd } from '../../../base/std/index.ts';
import {
  costOf,
  drivenJobs,
  isOver,
  type JobAttempt,
  type JobRecord,
  jobsSpent,
} from '../../../rent/jobs/index.ts';
import type { RentalRecords } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import type { JobDetail, JobRow } from '../protocol.ts';

type Sources = Pick<HttpDeps, 'clock' | 'jobRecords' | 'records' | 'store'>;

export async function tellJobs(
  { store, jobRecords, records, clock }: Sources,
  jobs: readonly JobRecord[],
): Promise<JobRow[]> {
  const nowMs = clock.now();
  const live = jobs.filter(({ status }) => !isOver(status));
  const spent = await jobsSpent(records, jobs, nowMs);
  const driven = await drivenJobs(
    store,
    live.map(({ id }) => id),
    nowMs,
  );
  const instances =
    jobs.length === 1 ? await instanceOf(jobRecords, jobs[0]) : await jobRecords.lastInstances();
  return jobs.map((job) =>
    jobRow(job, {
      spent: spent.get(job.id) ?? job.spent,
      isDriven: driven.has(job.id),
      instanceId: instances.get(job.id),
    }),
  );
}

export async function tellJob(sources: Sources, record: JobRecord): Promise<JobRow> {
  const [row] = await tellJobs(sources, [record]);
  return row as JobRow;
}

export async function tellJobDetail(sources: Sources, record: JobRecord): Promise<JobDetail> {
  const attempts = await sources.jobRecords.attempts(record.id);
  const { budget, maxDurationMs, artifacts } = record.job;
  return {
    ...(await tellJob(sources, record)),
    attempts: await Promise.all(
      attempts.map((attempt) => attemptRow(attempt, sources.records, sources.clock.now())),
    ),
    failures: record.failures.map((failure) => ({ ...failure })),
    budgetUsd: budget === undefined ? null : usd(budget),
    maxDurationMs: maxDurationMs ?? null,
    artifacts: [...artifacts],
  };
}

async function instanceOf(
  jobRecords: HttpDeps['jobRecords'],
  job: JobRecord | undefined,
): Promise<ReadonlyMap<string, number | undefined>> {
  if (!job) return new Map();
  return new Map([[job.id, (await jobRecords.attempts(job.id)).at(-1)?.instanceId]]);
}

function jobRow(
  record: JobRecord,
  {
    spent,
    isDriven,
    instanceId,
  }: { readonly spent: MicroUsd; readonly isDriven: boolean; readonly instanceId: number | undefined },
): JobRow {
  return {
    id: record.id,
    name: record.name,
    group: record.group,
    status: record.status,
    reason: record.reason,
    sinceMs: record.sinceMs,
    attempt: record.attempt,
    rentalId: record.rentalId ?? null,
    image: record.job.image ?? null,
    spentUsd: usd(spent),
    isUnattended: record.isUnattended,
    createdAtMs: record.createdAtMs,
    nextAtMs: record.nextAtMs ?? null,
    startedAtMs: record.startedAtMs ?? null,
    cancelAskedAtMs: record.cancelAskedAtMs ?? null,
    verifiedAtMs: record.verifiedAtMs ?? null,
    endedAtMs: record.endedAtMs ?? null,
    account: record.account,
    instanceId: instanceId ?? null,
    isOver: isOver(record.status),
    isDriven,
  };
}

/** As charged where the service has told, else by our own clock and the agreed price. */
async function attemptRow(
  attempt: JobAttempt,
  rentals: RentalRecords,
  nowMs: number,
): Promise<JobDetail['attempts'][number]> {
  const rental = await rentals.get(attempt.rentalId);
  return {
    attempt: attempt.attempt,
    rentalId: attempt.rentalId,
    instanceId: attempt.instanceId ?? null,
    machineId: attempt.machineId ?? null,
    startedAtMs: attempt.startedAtMs,
    runningAtMs: attempt.runningAtMs ?? null,
    endedAtMs: attempt.endedAtMs ?? null,
    exitCode: attempt.exitCode ?? null,
    failure: attempt.failure ?? null,
    reason: attempt.reason,
    checkpoint: attempt.checkpoint ?? null,
    logBytes: attempt.logBytes,
    spentUsd: rental ? usd(costOf(rental, nowMs)) : null,
  };
}
