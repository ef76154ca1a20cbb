// What the screen can have done to runs: the same functions that `stop`, `rm`, `label`, `job fetch` and `job cancel` call.
import type { Clock, Log } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import { drivenJobs, isOver, type JobRecord, type JobRecords, type Jobs } from '../../../rent/jobs/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { type AccountWatcher, relabel, stopByHand } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import type { ActPlan, RunAct, RunActs } from '../../tui/index.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { findInstance, type OneInstance, perHour, perMonth, pricesOf } from '../one-instance.ts';
import { clockTime } from '../output/clock-time.ts';
import { formatBytes, plural } from '../output/number.ts';
import { planOnMachine, possible, refused } from './top-act-plans.ts';

export interface TopActsOptions {
  readonly session: {
    readonly renting: Pick<
      Renting,
      'account' | 'client' | 'ender' | 'install' | 'records' | 'store' | 'watcher'
    >;
    readonly jobs: Pick<Jobs, 'artifactsFolder' | 'cancel' | 'drive' | 'fetchNow'>;
    readonly records: Pick<JobRecords, 'get'>;
  };
  /** Puts our own key on an instance. */
  readonly attachKey: (instanceId: number) => Promise<void>;
  /** Tells a job to end; default here. */
  readonly cancelJob?: (jobId: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Done to a job as a whole where a run is one. */
const JOB_ACTS: readonly RunAct[] = ['fetch', 'destroy'];

/** Its end waits until the jobs that it was told to cancel are let go of, which the signal of their act brings about. */
export interface TopActs extends RunActs, AsyncDisposable {}

export function createTopActs({ session, attachKey, clock, log, ...options }: TopActsOptions): TopActs {
  const { renting, jobs, records } = session;
  const { cancelJob = jobs.cancel } = options;
  const ending = new Set<Promise<void>>();

  /** What is done to the job and not to its machine. */
  const planOnJob = async (act: RunAct, run: RunView, jobId: string): Promise<ActPlan | undefined> => {
    if (!JOB_ACTS.includes(act)) return undefined;
    const record = await records.get(jobId);
    if (!record)
      return refused(`${run.name} has no record any more; "vastdeck job list" shows those there are.`);
    return act === 'fetch' ? fetchPlan(record, run) : cancelPlan(record, run);
  };

  const oneOf = async (
    run: RunView,
    signal: AbortSignal,
    watcher = renting.watcher,
  ): Promise<OneInstance> => {
    if (run.instanceId === null) throw new NotFoundError('it has no machine now');
    return await findInstance({ ...renting, watcher }, String(run.instanceId), signal);
  };

  /** Of several machines one listing tells it all, where it is whole; of one, its own answer. */
  const watcherFor = async (runs: readonly RunView[], signal: AbortSignal): Promise<AccountWatcher> => {
    const { watcher } = renting;
    if (runs.length < 2) return watcher;
    const { complete, instances } = await watcher.refresh({ startedAfterMs: clock.now(), signal });
    if (!complete) return watcher;
    const listed = new Map<number, Instance>(instances.map((instance) => [instance.id, instance]));
    return { ...watcher, lookup: async (id) => listed.get(id) };
  };

  const planOne = async (
    act: RunAct,
    run: RunView,
    { signal, watcher }: { readonly signal: AbortSignal; readonly watcher?: AccountWatcher },
  ): Promise<ActPlan> => {
    const ofJob = run.jobId === null ? undefined : await planOnJob(act, run, run.jobId);
    if (ofJob) return ofJob;
    if (act === 'fetch') {
      return refused(
        `${run.name} is no job, so nothing says what to fetch: "vastdeck cp ${run.instanceId}:FILE ." copies what you name.`,
      );
    }
    return planOnMachine(act, run, await oneOf(run, signal, watcher));
  };

  /** As `job cancel` does: where nobody drives it, or who does dies, it is seen to its end from here. */
  const cancel = async (record: JobRecord, signal: AbortSignal): Promise<string> => {
    const { id, name } = record;
    const isOthers = (await drivenJobs(renting.store, [id], clock.now())).has(id);
    await cancelJob(id);
    const driving = jobs
      .drive(id, { signal })
      .then(
        () => {},
        (error: unknown) => {
          if (!signal.aborted) log.error('a cancelled job is not driven to its end', { job: id, error });
        },
      )
      .finally(() => ending.delete(driving));
    ending.add(driving);
    return isOthers
      ? `${name} is to end: the program that drives it fetches what there is and destroys its machine.`
      : `${name} is to end, driven from here while this screen is open: what there is is fetched, and its machine destroyed. "vastdeck job wait ${id}" goes on with it afterwards.`;
  };

  const bring = async (run: RunView, jobId: string, signal: AbortSignal): Promise<string> => {
    const { files, bytes } = await jobs.fetchNow(jobId, { signal });
    return files === 0
      ? `${run.name}: nothing that its file names as artifacts is there and whole yet.`
      : `${run.name}: ${plural(files, 'file')}, ${formatBytes(bytes)}, in ${jobs.artifactsFolder(jobId)}.`;
  };

  const onMachine = async (
    act: Exclude<RunAct, 'fetch'>,
    { instance, rental, shown, isForeign }: OneInstance,
    label: string | undefined,
  ): Promise<string> => {
    const { diskPerHour } = pricesOf(instance);
    switch (act) {
      case 'stop':
        await stopByHand({ ...renting, clock }, { instance, rental });
        return `${shown} stops; its disk costs ${perMonth(diskPerHour)} until "vastdeck rm ${instance.id}${isForeign ? ' --foreign' : ''}".`;
      case 'label':
        await relabel(renting, { instance, rental, name: label ?? '' });
        return `${shown} is called "${label}" now.`;
      case 'attach-key':
        await attachKey(instance.id);
        return `Our key was attached to ${shown}; it takes up to a minute until it is known there.`;
      case 'destroy': {
        if (!rental) throw new UsageError(`${shown} has no record; run "vastdeck recover"`);
        const { destroyAfterMs, reason } = await renting.ender.park(rental, 'you');
        return destroyAfterMs === undefined
          ? `${shown}: ${reason}.`
          : `${shown} is parked, and destroyed from ${clockTime(destroyAfterMs)} on by the daemon or the next command that looks after rentals; "vastdeck undo ${instance.id}" takes it back.`;
      }
    }
  };

  return {
    async plan(act, runs, signal) {
      const onMachines = runs.filter(({ jobId }) => jobId === null || !JOB_ACTS.includes(act));
      const watcher = await watcherFor(act === 'fetch' ? [] : onMachines, signal);
      return await Promise.all(
        runs.map(async (run) => {
          try {
            return await planOne(act, run, { signal, watcher });
          } catch (error) {
            signal.throwIfAborted();
            return refused(sentenceAbout(run, error));
          }
        }),
      );
    },
    async act(act, run, { label, signal }) {
      // What was seen a moment ago may be otherwise now: the refusals hold for the act as well.
      const refuse = ({ kind, sentence }: ActPlan) => {
        if (kind === 'refused') throw new UsageError(sentence);
      };
      const ofJob = run.jobId === null ? undefined : await planOnJob(act, run, run.jobId);
      if (run.jobId !== null && ofJob) {
        refuse(ofJob);
        if (act === 'fetch') return await bring(run, run.jobId, signal);
        const record = await records.get(run.jobId);
        if (!record) throw new NotFoundError('its record has gone');
        return await cancel(record, signal);
      }
      if (act === 'fetch') throw new UsageError('it is no job, so nothing says what to fetch');
      const one = await oneOf(run, signal);
      refuse(planOnMachine(act, run, one));
      return await onMachine(act, one, label);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(ending);
    },
  };

  function fetchPlan({ job, status, id }: JobRecord, { name, instanceId }: RunView): ActPlan {
    if (job.artifacts.length === 0) {
      return refused(`${name} names no artifacts in its file, so nothing says what to fetch.`);
    }
    if (isOver(status)) {
      return refused(
        `${name} is over (${status}): what was fetched of it is in ${jobs.artifactsFolder(id)}.`,
      );
    }
    if (instanceId === null) return refused(`${name} has no machine now to fetch from.`);
    return possible(
      `Fetches what ${name} has made so far, verified file by file; its machine charges for what it sends.`,
      null,
    );
  }
}

function cancelPlan({ status, reason, job, cancelAskedAtMs }: JobRecord, run: RunView): ActPlan {
  const { name, pricePerHour, instanceId } = run;
  if (isOver(status)) return refused(`${name} is over already: ${status} (${reason}).`);
  const again = cancelAskedAtMs === undefined ? 'Cancels' : 'Goes on to cancel';
  if (instanceId === null) return possible(`${again} the job ${name}, which has no machine now.`, null);
  const kept = job.artifacts.length === 0 ? 'nothing but its log is kept' : 'what it has made is fetched';
  const price = pricePerHour === null ? '' : ` at ${perHour(pricePerHour)}`;
  return possible(
    `${again} the job ${name}: ${kept}, then its machine${price} is destroyed with everything on it.`,
    pricePerHour,
  );
}

/** Most sentences name the run themselves. */
function sentenceAbout({ name }: RunView, error: unknown): string {
  const sentence = error instanceof Error ? error.message : String(error);
  return sentence.includes(name) ? sentence : `${name}: ${sentence}`;
}
