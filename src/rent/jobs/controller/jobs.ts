// Jobs as a whole: handed in, led by a term each, watched while others lead.
import { createId, type MicroUsd } from '../../../base/std/index.ts';
import type { Job } from '../file/index.ts';
import { isOver, JobChangedError, type JobRecord } from '../records/index.ts';
import type { JobContext } from './context.ts';
import type { DriveOptions, JobObserver, Jobs, SubmitOptions } from './jobs-api.ts';
import { createLeadership } from './lead.ts';
import { type LogPlace, startLogPlace } from './log-place.ts';
import { budgetCap } from './money.ts';
import { WORKSPACE } from './run-script.ts';

const WATCH_MS = 1_000;
/** Between two looks for jobs that were handed in by others. */
const LIST_MS = 2_000;

export function createJobs(context: JobContext): Jobs {
  const { account, records, kept, workplaces, ledger, clock, random, log } = context;
  const leadership = createLeadership(context);

  const need = async (jobId: string): Promise<JobRecord> => {
    const record = await records.get(jobId);
    if (!record) throw new RangeError(`There is no job ${jobId}; "vd job list" shows those there are`);
    return record;
  };

  const drive = async (jobId: string, options: DriveOptions = {}): Promise<JobRecord> => {
    const { signal, onLog } = options;
    const { attempt } = await need(jobId);
    const place = onLog && (await startLogPlace({ kept, jobId, attempt }, onLog));
    const observed = { ...options, ...(place && { onLog: place.onLog }) };
    for (;;) {
      signal?.throwIfAborted();
      const record = await need(jobId);
      if (isOver(record.status)) return await closed(record);
      const acquired = await leadership.acquire(jobId);
      await place?.catchUp(record.attempt);
      const over =
        acquired.kind === 'leading'
          ? await leadership.lead(jobId, acquired.term, observed)
          : await watch(record, options, place);
      if (over && isOver(over.status)) return await closed(over);
    }
  };

  /** While another leads: what it writes is passed on. Ends when the term may be free. */
  const watch = async (
    begun: JobRecord,
    { signal, onChange }: DriveOptions,
    place: LogPlace | undefined,
  ): Promise<JobRecord | undefined> => {
    let record = begun;
    for (let looks = 1; ; looks += 1) {
      await clock.sleep(WATCH_MS, signal);
      const next = await need(begun.id);
      if (next.version !== record.version) onChange?.(next);
      record = next;
      if (record.attempt > 0) await place?.catchUp(record.attempt);
      if (isOver(record.status)) return record;
      if (looks % TRY_EVERY === 0) return undefined;
    }
  };

  /** The cap of a group's budget goes with the last of its jobs. */
  const closed = async (record: JobRecord): Promise<JobRecord> => {
    if (record.job.budget === undefined) return record;
    const others = await records.list({ account, group: record.group, isLive: true });
    if (others.length === 0)
      await ledger.removeCap({ ...budgetCap(record), removedBy: `job ${record.name}` });
    return record;
  };

  const run = async (signal: AbortSignal, observer: JobObserver = {}): Promise<void> => {
    const driven = new Map<string, Promise<void>>();
    while (!signal.aborted) {
      for (const { id } of await records.list({ account, isLive: true }).catch(() => [])) {
        if (driven.has(id)) continue;
        const done = drive(id, { ...observer, signal }).then(
          () => {},
          (error: unknown) => {
            if (!signal.aborted) log.error('a job is not driven for now', { job: id, error });
          },
        );
        driven.set(
          id,
          done.finally(() => driven.delete(id)),
        );
      }
      await clock.sleep(LIST_MS, signal).catch(() => {});
    }
    await Promise.all(driven.values());
  };

  return {
    submit: (jobs, options) => submit(context, jobs, options),
    async cancel(jobId) {
      for (;;) {
        const record = await need(jobId);
        if (isOver(record.status) || record.cancelAskedAtMs !== undefined) return record;
        try {
          return await records.change(record, { cancelAskedAtMs: Math.trunc(clock.now()) });
        } catch (error) {
          if (!(error instanceof JobChangedError)) throw error;
        }
      }
    },
    drive,
    run,
    logFile: (jobId, attempt) => kept.logFile(jobId, attempt),
    artifactsFolder: (jobId) => kept.artifactsFolder(jobId),
    async fetchNow(jobId, { signal, onTransfer } = {}) {
      const record = await need(jobId);
      const instanceId = (await records.attempts(jobId)).at(-1)?.instanceId;
      if (instanceId === undefined || record.job.artifacts.length === 0) return { files: 0, bytes: 0 };
      const report = await workplaces.of(instanceId).artifacts.fetch({
        root: WORKSPACE,
        globs: record.job.artifacts,
        to: kept.artifactsFolder(jobId),
        ...(signal && { signal }),
        ...(onTransfer && { onProgress: (progress) => onTransfer('fetching', progress) }),
      });
      return {
        files: report.files.filter(({ state }) => state === 'verified').length,
        bytes: report.verifiedBytes,
      };
    },
  };

  async function submit(
    of: JobContext,
    jobs: readonly Job[],
    { folder, isUnattended = false, startAtMs, startReason }: SubmitOptions,
  ): Promise<readonly JobRecord[]> {
    const nowMs = Math.trunc(clock.now());
    const made = jobs.map((job) => ({ job, id: createId('job', { clock, random }) }));
    const mark = made[0]?.id.slice(-6) ?? '';
    const submitted = made.map(
      ({ job, id }): JobRecord => ({
        id,
        account: of.account,
        name: job.name,
        // The same file handed in again has its budget anew.
        group: `${job.group}.${mark}`,
        status: 'queued',
        reason: startReason ?? 'handed in',
        sinceMs: nowMs,
        version: 1,
        job,
        folder,
        attempt: 0,
        rentalId: undefined,
        spent: 0 as MicroUsd,
        failures: [],
        isUnattended,
        createdAtMs: nowMs,
        nextAtMs: startAtMs === undefined ? undefined : Math.trunc(startAtMs),
        startedAtMs: undefined,
        cancelAskedAtMs: undefined,
        verifiedAtMs: undefined,
        endedAtMs: undefined,
      }),
    );
    // Before the jobs: one that is there without its cap could pass it.
    for (const [group, budget] of new Map(
      submitted.flatMap(({ group, job }) => (job.budget === undefined ? [] : [[group, job.budget] as const])),
    )) {
      await ledger.setCap({ ...budgetCap({ group }), limit: budget, setBy: `job ${group}` });
    }
    try {
      await records.insert(submitted);
    } catch (error) {
      for (const group of new Set(submitted.map((record) => record.group))) {
        await ledger.removeCap({ ...budgetCap({ group }), removedBy: 'nobody was submitted' });
      }
      throw error;
    }
    return submitted;
  }
}

/** A leader that has died is noticed by whoever asks for its term. */
const TRY_EVERY = 5;
