// What an act on a run would do, in a sentence with its price, or why it cannot be done and what to do instead. Pure.
import { formatDuration } from '../../../base/std/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { ENDING_POLICY } from '../../../rent/rental/index.ts';
import type { ActPlan, RunAct } from '../../tui/index.ts';
import { gpuOf, type OneInstance, perHour, perMonth, pricesOf } from '../one-instance.ts';
import { clockTime } from '../output/clock-time.ts';

/** `fetch` is of jobs alone, and has no plan for a machine. */
export type MachineAct = Exclude<RunAct, 'fetch'>;

export function planOnMachine(act: MachineAct, run: Pick<RunView, 'jobId'>, one: OneInstance): ActPlan {
  const { instance, shown, isForeign } = one;
  const what = `${shown}, ${gpuOf(instance)}`;
  const whose = isForeign ? ', which was not made by this install' : '';
  switch (act) {
    case 'stop':
      return stopPlan(run, one);
    case 'destroy':
      return parkPlan(one);
    case 'label':
      // The screen would go on showing the job's.
      if (run.jobId !== null) {
        return refused(
          `${what} works for a job, whose name stays: "vastdeck label ${instance.id} NAME" names the machine alone.`,
        );
      }
      return possible(
        isForeign
          ? `Gives ${what}${whose}, another label.`
          : `Gives ${what} another name; what proves it ours stays in its label.`,
        null,
      );
    case 'attach-key':
      return possible(
        `Attaches the SSH key of this install to ${what}${whose}; it opens this machine from here from then on.`,
        null,
      );
  }
}

function stopPlan({ jobId }: Pick<RunView, 'jobId'>, one: OneInstance): ActPlan {
  const { instance, rental, shown, isForeign } = one;
  const { runningPerHour, diskPerHour } = pricesOf(instance);
  const what = `${shown}, ${gpuOf(instance)}`;
  if (jobId !== null) {
    return refused(
      `${what} works for a job, which would only wait for it or go on elsewhere: destroy ends the job and its machine.`,
    );
  }
  if (instance.intendedStatus === 'stopped') {
    const until =
      rental?.destroyAfterMs === undefined
        ? 'it is destroyed'
        : `it is destroyed, from ${clockTime(rental.destroyAfterMs)} on`;
    return refused(`${what} is stopped already: its disk costs ${perMonth(diskPerHour)} until ${until}.`);
  }
  const whose = isForeign ? ', which was not made by this install' : '';
  return possible(
    `Stops ${what}${whose}: ${perHour(runningPerHour)} while it runs, its disk ${perMonth(diskPerHour)} until it is destroyed. Its GPUs may be taken by others meanwhile.`,
    savedByStop(one),
  );
}

function parkPlan(one: OneInstance): ActPlan {
  const { instance, rental, shown, isForeign } = one;
  const { runningPerHour, diskPerHour } = pricesOf(instance);
  const what = `${shown}, ${gpuOf(instance)}`;
  if (isForeign) {
    return refused(
      `${what} was not made by this install, and is not touched: "vastdeck rm ${instance.id} --foreign" destroys it all the same, "vastdeck adopt ${instance.id} --budget 5" takes it under care.`,
    );
  }
  if (!rental) {
    return refused(`${what} has our label and no record: "vastdeck recover" brings its record back.`);
  }
  if (rental.status === 'ending') {
    return refused(`${what} is being destroyed already (${rental.reason}).`);
  }
  const ends = `destroys it with everything on its disk in ${formatDuration(ENDING_POLICY.parkMs)}; until then "vastdeck undo ${instance.id}" takes it back.`;
  return instance.intendedStatus === 'stopped'
    ? possible(`Takes ${what}, which is stopped and costs ${perMonth(diskPerHour)}, and ${ends}`, diskPerHour)
    : possible(`Stops ${what} at ${perHour(runningPerHour)}, and ${ends}`, runningPerHour);
}

/** What runs costs GPUs and disk; what stands costs its disk. */
function savedByStop({ instance }: OneInstance): number | null {
  const { runningPerHour, diskPerHour } = pricesOf(instance);
  return runningPerHour === null ? null : Math.max(0, runningPerHour - (diskPerHour ?? 0));
}

export function possible(sentence: string, savesPerHour: number | null): ActPlan {
  return { kind: 'possible', sentence, savesPerHour };
}

export function refused(sentence: string): ActPlan {
  return { kind: 'refused', sentence, savesPerHour: null };
}
