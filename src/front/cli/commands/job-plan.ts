// `vastdeck job plan`: everything that can be known of a job before anything is spent.
import { type Context, formatOf } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import { describeFailure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { readJob } from './job-file.ts';
import { planData, showJobPlan } from './job-plan-show.ts';
import { makePlan, refusalOf } from './job-planner.ts';

/** Ends with the code that submitting it would end with at once. */
export async function jobPlan(context: Context, file: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const read = readJob(context, file);
  await using renting = await openInstanceSession(context);
  const shown = await makePlan(context, renting, read);
  if (formatOf(flags, terminal) === 'json') terminal.out(`${JSON.stringify(planData(shown))}\n`);
  else showJobPlan(context, shown, terminal.out);
  const refusal = refusalOf(shown);
  if (!refusal) return;
  const { code } = describeFailure(refusal);
  if (code !== EXIT_CODES.noCapacity) terminal.err(`As it stands it is not submitted: ${refusal.message}\n`);
  context.endWith(code);
}
