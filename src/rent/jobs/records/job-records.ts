// Reading and changing jobs in the store. Every change names the version that it was decided on and appends the event
// that tells of it, in one transaction: a controller that was overtaken changes nothing.

import { assert, type MicroUsd } from '../../../base/std/index.ts';
import { appendEvents, type NewEvent, type Store, type StoreTransaction } from '../../../base/store/index.ts';
import type { JobAttempt, JobFailure, JobRecord } from './job-record.ts';
import { attemptOf, attemptRowOf, jobRecordOf, jobRowOf } from './job-rows.ts';
import { canFollow, isOver, type JobStatus, OVER_JOB_STATUSES } from './job-states.ts';
import type { JobTables } from './tables.ts';

/** The job was changed by somebody else since it was read: read it again and decide anew. */
export class JobChangedError extends Error {
  override name = 'JobChangedError';
  readonly jobId: string;

  constructor(jobId: string, version: number) {
    super(`${jobId} was changed by another process since version ${version}; it has to be read again`);
    this.jobId = jobId;
  }
}

/** A job of that name is under way already. Nothing was submitted. */
export class JobNameTakenError extends Error {
  override name = 'JobNameTakenError';
  readonly jobId: string;

  constructor(name: string, jobId: string, status: JobStatus) {
    super(
      `A job called ${name} is under way already (${jobId}, ${status}); wait for it, cancel it, or give this one another name`,
    );
    this.jobId = jobId;
  }
}

/** Fields that a step may change; `undefined` leaves one as it is, `null` clears it. */
export interface JobChange {
  /** Must be able to follow the present one; the end of a job is noted with it. */
  readonly status?: JobStatus;
  readonly reason?: string;
  readonly attempt?: number;
  readonly rentalId?: string | null;
  readonly spent?: MicroUsd;
  readonly failures?: readonly JobFailure[];
  readonly isUnattended?: boolean;
  readonly nextAtMs?: number | null;
  readonly startedAtMs?: number;
  readonly cancelAskedAtMs?: number;
  readonly verifiedAtMs?: number;
}

export interface JobChangeOptions {
  /** The figures that it was decided on, for the event. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Written with the change: a new attempt, the present one as it is now, or both. */
  readonly attempt?: JobAttempt | readonly JobAttempt[];
  /** Runs in the same transaction, for example to check a Term. */
  readonly also?: (trx: StoreTransaction) => Promise<void>;
}

export interface JobFilter {
  readonly account?: string;
  readonly statuses?: readonly JobStatus[];
  /** Only those that are not over. */
  readonly isLive?: boolean;
  readonly name?: string;
  readonly group?: string;
}

export interface JobRecords {
  /** All or none of them; rejects with JobNameTakenError. */
  insert(records: readonly JobRecord[], data?: Readonly<Record<string, unknown>>): Promise<void>;
  get(id: string): Promise<JobRecord | undefined>;
  /** Oldest first. */
  list(filter?: JobFilter): Promise<readonly JobRecord[]>;
  /**
   * Applies a change to the version that was read and returns the new one. Rejects with JobChangedError; a status
   * that cannot follow is a broken assumption and rejects with AssertionError.
   */
  change(record: JobRecord, change: JobChange, options?: JobChangeOptions): Promise<JobRecord>;
  /** First to last. */
  attempts(jobId: string): Promise<readonly JobAttempt[]>;
  /** Of every job that has had an attempt, the instance of its last one; undefined where that has none. */
  lastInstances(): Promise<ReadonlyMap<string, number | undefined>>;
}

export function createJobRecords(store: Store): JobRecords {
  const db = store.db.$extendTables<JobTables>();
  const note = (trx: StoreTransaction, events: readonly Omit<NewEvent, 'noun'>[]) =>
    appendEvents(trx, { events: events.map((event) => ({ noun: 'job', ...event })), clock: store.clock });

  return {
    insert: (records, data = {}) =>
      store.transaction(async (trx) => {
        for (const record of records) {
          const { account, name } = record;
          const taken = await trx
            .$extendTables<JobTables>()
            .selectFrom('jobs')
            .select(['id', 'status'])
            .where('account', '=', account)
            .where('name', '=', name)
            .where('status', 'not in', OVER_JOB_STATUSES)
            .executeTakeFirst();
          if (taken) throw new JobNameTakenError(name, taken.id, taken.status as JobStatus);
          await trx.$extendTables<JobTables>().insertInto('jobs').values(jobRowOf(record)).execute();
        }
        await note(
          trx,
          records.map(({ id, status, reason, name, group }) => ({
            id,
            status,
            reason,
            data: { name, group, ...data },
          })),
        );
      }),
    get: async (id) => {
      const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && jobRecordOf(row);
    },
    list: async ({ account, statuses, isLive, name, group } = {}) => {
      let query = db.selectFrom('jobs').selectAll();
      if (account !== undefined) query = query.where('account', '=', account);
      if (statuses !== undefined) query = query.where('status', 'in', statuses);
      if (isLive) query = query.where('status', 'not in', OVER_JOB_STATUSES);
      if (name !== undefined) query = query.where('name', '=', name);
      if (group !== undefined) query = query.where('job_group', '=', group);
      return (await query.orderBy('created_at').orderBy('id').execute()).map(jobRecordOf);
    },
    change: (record, change, { data = {}, attempt, also } = {}) =>
      store.transaction(async (trx) => {
        const next = changed(record, change, Math.trunc(store.clock.now()));
        const { id: _, ...row } = jobRowOf(next);
        const { numUpdatedRows } = await trx
          .$extendTables<JobTables>()
          .updateTable('jobs')
          .set(row)
          .where('id', '=', record.id)
          .where('version', '=', record.version)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows !== 1n) throw new JobChangedError(record.id, record.version);
        for (const one of [attempt ?? []].flat()) await putAttempt(trx, one);
        await also?.(trx);
        await note(trx, [{ id: next.id, status: next.status, reason: next.reason, data }]);
        return next;
      }),
    attempts: async (jobId) =>
      (
        await db
          .selectFrom('job_attempts')
          .selectAll()
          .where('job_id', '=', jobId)
          .orderBy('attempt')
          .execute()
      ).map(attemptOf),
    lastInstances: async () => {
      const rows = await db
        .selectFrom('job_attempts')
        .select(['job_id', 'instance_id'])
        .orderBy('attempt')
        .execute();
      return new Map(rows.map(({ job_id, instance_id }) => [job_id, instance_id ?? undefined]));
    },
  };
}

async function putAttempt(trx: StoreTransaction, attempt: JobAttempt): Promise<void> {
  const row = attemptRowOf(attempt);
  await trx
    .$extendTables<JobTables>()
    .insertInto('job_attempts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['job_id', 'attempt']).doUpdateSet(row))
    .execute();
}

function changed(record: JobRecord, change: JobChange, atMs: number): JobRecord {
  const status = change.status ?? record.status;
  assert(canFollow(record.status, status), `${record.id} is ${record.status} and cannot become ${status}`);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const set = Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
  return {
    ...record,
    ...set,
    version: record.version + 1,
    sinceMs: status === record.status ? record.sinceMs : atMs,
    endedAtMs: isOver(status) ? atMs : record.endedAtMs,
  };
}
