// `vastdeck job plan`: everything that can be known of a job before anything is spent.
import { type Context, formatOf } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import { describeFailure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { readJob } from './job-file.ts';
import { MACHINE_COLUMNS, machineRows, planData, showJobPlan } from './job-plan-show.ts';
import { makePlan, refusalOf } from './job-planner.ts';

/** Ends with the code that submitting it would end with at once. */
export async function jobPlan(context: Context, file: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const read = readJob(context, file);
  await using renting = await openInstanceSession(context);
  const shown = await makePlan(context, renting, read);
  const format = formatOf(flags, terminal);
  if (format === 'json') terminal.out(`${JSON.stringify(planData(shown))}\n`);
  else if (format === 'table') showJobPlan(context, shown, terminal.out);
  else {
    // The machines are the data; everything else is said beside them, where it does not get between the rows.
    context.print(machineRows(shown.plan), MACHINE_COLUMNS, flags);
    showJobPlan(context, shown, terminal.err, 'without-machines');
  }
  const refusal = refusalOf(shown);
  if (!refusal) return;
  const { code } = describeFailure(refusal);
  if (code !== EXIT_CODES.noCapacity) terminal.err(`As it stands it is not submitted: ${refusal.message}\n`);
  context.endWith(code);
}
