// `vastdeck job submit`: plans, asks, hands the job in, and drives it here to its verified artifacts, or leaves it to
// whoever watches.
import { DeniedError } from '../../../base/ledger/index.ts';
import { isOver, JobNameTakenError, type JobRecord } from '../../../rent/jobs/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { describeFailure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import { type JobsSession, openJobsSession } from '../jobs-session.ts';
import { lookAfterRentals } from '../look-after-rentals.ts';
import { screenTime } from '../output/screen-time.ts';
import { clockFault } from '../server-clock.ts';
import { driveJobs } from './job-drive.ts';
import { type ReadJob, readJob, uncompressed } from './job-file.ts';
import { finish, tellLeft, tellNotSubmitted } from './job-finish.ts';
import { handToDaemon } from './job-hand-over.ts';
import { type ShownPlan, showJobPlan } from './job-plan-show.ts';
import { makePlan, refusalOf, submitSentence } from './job-planner.ts';
import { toldFields } from './job-row.ts';
import { ensureWatcher, presentWatcher, watcherSentence } from './job-watcher.ts';

export async function jobSubmit(context: Context, file: string, flags: Flags): Promise<void> {
  const asAsked = (read: ReadJob) => (flags.compress === false ? uncompressed(read) : read);
  await submitJob(context, () => asAsked(readJob(context, file)), flags);
}

/** From a job that is read or made to its end, or to whoever watches it. */
export async function submitJob(context: Context, readIt: () => ReadJob, flags: Flags): Promise<void> {
  const handing = { isOver: false };
  try {
    await planAndDrive(context, { read: readIt(), flags, handing });
  } catch (error) {
    // Of what was handed in the last word is said where it is known how it stands.
    if (!handing.isOver && flags.json === true) tellNotSubmitted(context, describeFailure(error));
    throw error;
  }
}

interface Submission {
  readonly read: ReadJob;
  readonly flags: Flags;
  /** Whether anything was handed in. */
  readonly handing: { isOver: boolean };
}

async function planAndDrive(context: Context, { read, flags, handing }: Submission): Promise<void> {
  const { terminal } = context;
  const isUnattended = flags.unattended === true;
  refuseUnwatched(read, flags);
  await using session = await openJobsSession(context);
  const { renting } = session;
  await refuseTakenNames(session, read);
  if (flags.dryRun !== true) {
    await refuseWhileHalted(session);
    // What others gave back counts before anything new is set aside.
    await lookAfterRentals(context, renting);
  }
  const fault = await clockFault(context);
  if (fault !== undefined) terminal.err(`${fault}\n`);
  const shown = await makePlan(context, renting, read);
  showJobPlan(context, shown, terminal.err);
  const refusal = refusalOf(shown);
  if (refusal && flags.anyway !== true) throw refusal;
  const plan = `${submitSentence(shown)}${watchSentence(context, flags)}`;
  if (!(await askConsent(context, flags, { plan }))) {
    const [sentence, code] =
      flags.dryRun === true ? (['this is a dry run', 0] as const) : (['nobody said yes', 1] as const);
    if (flags.json === true) tellNotSubmitted(context, { sentence, code });
    return;
  }
  // Nobody is to hand in what nobody will watch.
  if (flags.detach === true && !isUnattended) {
    const watcher = await ensureWatcher(context);
    const jobs = await handToDaemon(context, read, shown);
    handing.isOver = true;
    tellLeft(context, jobs.map(toldFields), { flags, who: watcherSentence(watcher) });
    return;
  }
  const records = await handIn(session, read, shown, isUnattended);
  handing.isOver = true;
  const driven = await driveJobs(context, session, records, {
    format: flags.json === true ? 'json' : 'text',
    ...(flags.detach === true && { isEnough: ({ status }) => status === 'running' || isOver(status) }),
  });
  await finish(context, session, driven, flags);
}

function refuseUnwatched({ job }: ReadJob, flags: Flags): void {
  if (flags.unattended !== true || job.maxDurationMs !== undefined) return;
  throw new UsageError(
    '--unattended leaves a machine that nobody watches, so the job needs an end: write max_duration: 8h into its file',
  );
}

/** Said before anybody reads a plan; handing it in asks once more. */
async function refuseTakenNames({ records, renting }: JobsSession, { jobs }: ReadJob): Promise<void> {
  const live = await records.list({ account: renting.account.account, isLive: true });
  const taken = live.find(({ name }) => jobs.some((job) => job.name === name));
  if (taken) throw new JobNameTakenError(taken.name, taken.id, taken.status);
}

/** Nobody is asked about what the switch forbids. */
async function refuseWhileHalted({ renting: { ledger } }: JobsSession): Promise<void> {
  const halt = await ledger.haltState();
  if (halt.kind === 'running') return;
  throw new DeniedError({
    limit: 'halt',
    reason: `All spending is halted since ${screenTime(halt.sinceMs)} by ${halt.by} (${halt.reason}), so no job is submitted until: vd resume`,
  });
}

/** Who watches is part of what is said yes to. */
function watchSentence(context: Context, flags: Flags): string {
  if (flags.unattended === true) {
    return ' Its machine ends itself at max_duration, whether or not anything of this program runs.';
  }
  if (flags.detach !== true) return '';
  const present = presentWatcher(context);
  return present
    ? ` The daemon watches it (process ${present.pid}).`
    : ' A daemon is started in the background, which watches it.';
}

async function handIn(
  { jobs }: JobsSession,
  { jobs: wanted, folder }: ReadJob,
  { plan: { start } }: ShownPlan,
  isUnattended: boolean,
): Promise<readonly JobRecord[]> {
  return await jobs.submit(wanted, {
    folder,
    isUnattended,
    ...(start && { startReason: start.sentence }),
    ...(start?.kind === 'wait' && { startAtMs: start.startAtMs }),
  });
}
