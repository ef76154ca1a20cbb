// Jobs as a whole: handed in, led by a term each, watched while others lead.
import { createId, type MicroUsd, type Secret } from '../../../base/std/index.ts';
import type { Job } from '../file/index.ts';
import { isOver, type JobRecord } from '../records/index.ts';
import { askCancel } from './ask-cancel.ts';
import type { JobContext } from './context.ts';
import type { DriveOptions, JobSecrets, Jobs, RunObserver, SubmitOptions } from './jobs-api.ts';
import { createLeadership } from './lead.ts';
import { type LogPlace, startLogPlace } from './log-place.ts';
import { budgetCap } from './money.ts';
import { WORKSPACE } from './run-script.ts';
import { createStepWatch } from './step-watch.ts';

const WATCH_MS = 1_000;
/** Between two looks at the log that a leader keeps, for whoever reads it along. */
const LOG_LOOK_MS = 100;
/** Between two looks for jobs that were handed in by others. */
const LIST_MS = 2_000;
/** One that is driven for so long without failing again goes on. */
const FORGIVEN_AFTER_MS = 60_000;

export function createJobs(given: JobContext): Jobs {
  const { account, records, kept, workplaces, ledger, clock, random, log } = given;
  /** By job; in memory alone, so that no file has them. */
  const handedOver = new Map<string, JobSecrets>();
  const context: JobContext = {
    ...given,
    secret: (name, jobId) => secretIn(handedOver.get(jobId), name)?.reveal() ?? given.secret(name, jobId),
  };
  const steps = createStepWatch({ clock });
  const leadership = createLeadership(context, steps);

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
      if (place) await readAlong(place, record.attempt, signal);
      else await clock.sleep(WATCH_MS, signal);
      const next = await need(begun.id);
      if (next.version !== record.version) onChange?.(next);
      record = next;
      if (record.attempt > 0) await place?.catchUp(record.attempt);
      if (isOver(record.status)) return record;
      if (looks % TRY_EVERY === 0) return undefined;
    }
  };

  const readAlong = async (
    place: LogPlace,
    attempt: number,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += LOG_LOOK_MS) {
      await clock.sleep(LOG_LOOK_MS, signal);
      if (attempt > 0) await place.catchUp(attempt);
    }
  };

  /** The cap of a group's budget goes with the last of its jobs. */
  const closed = async (record: JobRecord): Promise<JobRecord> => {
    handedOver.delete(record.id);
    if (record.job.budget === undefined) return record;
    const others = await records.list({ account, group: record.group, isLive: true });
    if (others.length === 0)
      await ledger.removeCap({ ...budgetCap(record), removedBy: `job ${record.name}` });
    return record;
  };

  /** A process may have died after the last change of a job and before its cap was gone. */
  const closeLeft = async (): Promise<void> => {
    for (const cap of await ledger.budget()) {
      // Those that a person has set stay.
      if (cap.scope !== 'job' || cap.setBy !== `job ${cap.value}`) continue;
      const last = (await records.list({ account, group: cap.value })).at(-1);
      // Without a job it is being handed in just now.
      if (last && isOver(last.status)) await closed(last);
    }
  };

  const run = async (signal: AbortSignal, { onRound, ...observer }: RunObserver = {}): Promise<void> => {
    await closeLeft().catch((error: unknown) =>
      log.warn('caps of jobs that are over stay for now', { error }),
    );
    const driven = new Map<string, Promise<void>>();
    /** Why one was not driven the last time; gone when it has ended, or is driven for a while. */
    const undriven = new Map<string, { readonly sentence: string; readonly atMs: number }>();
    const start = (id: string) =>
      drive(id, { ...observer, signal }).then(
        () => void undriven.delete(id),
        (error: unknown) => {
          if (signal.aborted) return;
          log.error('a job is not driven for now', { job: id, error });
          undriven.set(id, { sentence: sentenceOf(error), atMs: clock.monotonic() });
        },
      );
    const look = async (): Promise<string | null> => {
      const live = await records.list({ account, isLive: true });
      for (const { id } of live)
        if (!driven.has(id))
          driven.set(
            id,
            start(id).finally(() => driven.delete(id)),
          );
      for (const [id, { sentence, atMs }] of undriven) {
        if (clock.monotonic() - atMs < FORGIVEN_AFTER_MS) return `job ${id} is not driven: ${sentence}`;
        undriven.delete(id);
      }
      return steps.trouble();
    };
    while (!signal.aborted) {
      const trouble = await look().catch((error: unknown) => `jobs cannot be listed: ${sentenceOf(error)}`);
      onRound?.({ trouble });
      await clock.sleep(LIST_MS, signal).catch(() => {});
    }
    await Promise.all(driven.values());
  };

  return {
    submit: (jobs, options) => submit(context, jobs, options),
    lend: (jobId, secrets) => void handedOver.set(jobId, secrets),
    cancel: async (jobId) => await askCancel(context, await need(jobId)),
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
        compress: record.job.compresses,
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
    { folder, isUnattended = false, startAtMs, startReason, secrets }: SubmitOptions,
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
    // Before the jobs as well: they are driven as soon as they are there.
    if (secrets) for (const { id } of submitted) handedOver.set(id, secrets);
    try {
      await records.insert(submitted);
    } catch (error) {
      for (const { id } of submitted) handedOver.delete(id);
      for (const group of new Set(submitted.map((record) => record.group))) {
        await ledger.removeCap({ ...budgetCap({ group }), removedBy: 'nobody was submitted' });
      }
      throw error;
    }
    return submitted;
  }
}

/** A name may be one that every object has. */
function secretIn(secrets: JobSecrets | undefined, name: string): Secret | undefined {
  return secrets && Object.hasOwn(secrets, name) ? secrets[name] : undefined;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A leader that has died is noticed by whoever asks for its term. */
const TRY_EVERY = 5;
