// What the screen can have done to runs: the same functions that `stop`, `rm`, `label` and `job fetch` call.
import { formatDuration } from '../../../base/std/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { ENDING_POLICY, relabel, stopByHand } from '../../../rent/rental/index.ts';
import type { Monitoring } from '../../app/index.ts';
import type { ActPlan, RunAct, RunActs } from '../../tui/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { JobsSession } from '../jobs-session.ts';
import { findInstance, gpuOf, type OneInstance, perHour, perMonth, pricesOf } from '../one-instance.ts';
import { clockTime } from '../output/clock-time.ts';
import { formatBytes, plural } from '../output/number.ts';

export interface TopActsOptions {
  readonly context: Context;
  readonly session: JobsSession;
  readonly monitoring: Pick<Monitoring, 'attachKey'>;
}

export function createTopActs({ context, session, monitoring }: TopActsOptions): RunActs {
  const { renting, jobs } = session;
  const oneOf = async (run: RunView, signal: AbortSignal): Promise<OneInstance> => {
    if (run.instanceId === null) throw new UsageError(`${run.name} has no machine now`);
    return await findInstance(renting, String(run.instanceId), signal);
  };
  return {
    async plan(act, run, signal) {
      if (act === 'fetch') return fetchPlan(run);
      if (act === 'destroy' && run.jobId !== null) return cancelPlan(run);
      return planOf(act, run, await oneOf(run, signal));
    },
    async act(act, run, { label, signal }) {
      if (act === 'fetch' && run.jobId !== null) {
        const { files, bytes } = await jobs.fetchNow(run.jobId, { signal });
        return `${run.name}: ${plural(files, 'file')}, ${formatBytes(bytes)}, in ${jobs.artifactsFolder(run.jobId)}.`;
      }
      if (act === 'destroy' && run.jobId !== null) {
        const { reason } = await jobs.cancel(run.jobId);
        return `${run.name} is to end (${reason}); who drives it fetches what there is and destroys its machine: the daemon, or "vastdeck job wait ${run.jobId}".`;
      }
      const one = await oneOf(run, signal);
      // What was seen a moment ago may be otherwise now: the refusals hold for the act as well.
      const { kind, sentence } = planOf(act, run, one);
      if (kind === 'refused') throw new UsageError(sentence);
      return await doIt(act, one, label);
    },
  };

  async function doIt(act: RunAct, one: OneInstance, label: string | undefined): Promise<string> {
    const { instance, rental, shown } = one;
    const { diskPerHour } = pricesOf(instance);
    if (act === 'stop') {
      await stopByHand({ ...renting, clock: context.clock }, one);
      return `${shown} stops; its disk costs ${perMonth(diskPerHour)} until "vastdeck rm ${instance.id}".`;
    }
    if (act === 'label') {
      await relabel(renting, { instance, rental, name: label ?? '' });
      return `${shown} is called "${label}" now.`;
    }
    if (act === 'attach-key') {
      await monitoring.attachKey(instance.id);
      return `Our key was attached to ${shown}; it takes up to a minute until it is known there.`;
    }
    if (!rental) throw new UsageError(`${shown} has no record; run "vastdeck recover"`);
    const { destroyAfterMs, reason } = await renting.ender.park(rental, 'you');
    return destroyAfterMs === undefined
      ? `${shown}: ${reason}.`
      : `${shown} is parked, and destroyed from ${clockTime(destroyAfterMs)} on by the daemon or the next command that looks after rentals; "vastdeck undo ${instance.id}" takes it back.`;
  }
}

function planOf(act: RunAct, run: RunView, one: OneInstance): ActPlan {
  const { instance, rental, shown, isForeign } = one;
  const { runningPerHour, diskPerHour } = pricesOf(instance);
  const what = `${shown}, ${gpuOf(instance)}`;
  const saves = runningPerHour === null ? null : Math.max(0, runningPerHour - (diskPerHour ?? 0));
  switch (act) {
    case 'stop':
      if (run.jobId !== null) {
        return refused(
          `${what} works for a job, which would only go on elsewhere: destroy ends the job and its machine.`,
        );
      }
      return possible(
        `Stops ${what}: ${perHour(runningPerHour)} while it runs, its disk ${perMonth(diskPerHour)} until it is destroyed. Its GPUs may be taken by others meanwhile.`,
        run.status === 'running' || run.status === 'loading' ? saves : null,
      );
    case 'destroy':
      if (isForeign) {
        return refused(
          `${what} was not made by this install, and is not touched: "vastdeck rm ${instance.id} --foreign" destroys it all the same, "vastdeck adopt ${instance.id} --budget 5" takes it under care.`,
        );
      }
      if (!rental)
        return refused(`${what} has our label and no record: "vastdeck recover" brings its record back.`);
      return possible(
        `Stops ${what} at ${perHour(runningPerHour)}, and destroys it with everything on its disk in ${formatDuration(ENDING_POLICY.parkMs)}; until then "vastdeck undo ${instance.id}" takes it back.`,
        runningPerHour,
      );
    case 'label':
      return possible(`Gives ${what} another name; what proves it ours stays in its label.`, null);
    case 'attach-key':
      return possible(
        `Attaches the SSH key of this install to ${what}; it opens this machine from here from then on.`,
        null,
      );
    case 'fetch':
      return fetchPlan(run);
  }
}

function fetchPlan(run: RunView): ActPlan {
  if (run.jobId === null) {
    return refused(
      `${run.name} is no job, so nothing says what to fetch: "vastdeck cp ${run.instanceId}:FILE ." copies what you name.`,
    );
  }
  return possible(
    `Fetches what ${run.name} has made so far, verified file by file; its machine charges for what it sends.`,
    null,
  );
}

function cancelPlan(run: RunView): ActPlan {
  const price = run.pricePerHour === null ? '' : ` at ${perHour(run.pricePerHour)}`;
  return possible(
    `Cancels the job ${run.name}: what it has made is fetched, then its machine${price} is destroyed with everything on it.`,
    run.pricePerHour,
  );
}

function possible(sentence: string, savesPerHour: number | null): ActPlan {
  return { kind: 'possible', sentence, savesPerHour };
}

function refused(sentence: string): ActPlan {
  return { kind: 'refused', sentence, savesPerHour: null };
}
