// `vastdeck job submit`: plans, asks, hands the job in, and drives it here to its verified artifacts, or leaves it to
// whoever watches.
import { DeniedError } from '../../../base/ledger/index.ts';
import { formatIso } from '../../../base/std/index.ts';
import { isOver, JobNameTakenError, type JobRecord } from '../../../rent/jobs/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { type JobsSession, openJobsSession } from '../jobs-session.ts';
import { lookAfterRentals } from '../look-after-rentals.ts';
import { screenTime } from '../output/screen-time.ts';
import { clockFault } from '../server-clock.ts';
import { type Driven, driveJobs } from './job-drive.ts';
import { worstExitCode } from './job-ending.ts';
import { type ReadJob, readJob } from './job-file.ts';
import { handToDaemon } from './job-hand-over.ts';
import { type ShownPlan, showJobPlan } from './job-plan-show.ts';
import { makePlan, refusalOf, submitSentence } from './job-planner.ts';
import { goesOnSentence } from './job-question.ts';
import { jobFields, toldFields } from './job-row.ts';
import { ensureWatcher, presentWatcher, watcherSentence } from './job-watcher.ts';

export async function jobSubmit(context: Context, file: string, flags: Flags): Promise<void> {
  await submitJob(context, readJob(context, file), flags);
}

/** From a job that was read or made to its end, or to whoever watches it. */
export async function submitJob(context: Context, read: ReadJob, flags: Flags): Promise<void> {
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
  if (
    !(await askConsent(context, flags, { plan: `${submitSentence(shown)}${watchSentence(context, flags)}` }))
  )
    return;
  // Nobody is to hand in what nobody will watch.
  if (flags.detach === true && !isUnattended) {
    const watcher = await ensureWatcher(context);
    const jobs = await handToDaemon(context, read, shown);
    tellLeft(context, jobs.map(toldFields), { flags, who: watcherSentence(watcher) });
    return;
  }
  const records = await handIn(session, read, shown, isUnattended);
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

interface LeftJob extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly status: string;
}

function tellLeft(
  { terminal, clock }: Context,
  jobs: readonly LeftJob[],
  { flags, who }: { readonly flags: Flags; readonly who: string },
): void {
  for (const job of jobs) {
    if (flags.json === true) {
      const event = { at: formatIso(Math.trunc(clock.now())), event: 'detached', ...job, watched_by: who };
      terminal.out(`${JSON.stringify(event)}\n`);
    } else {
      terminal.err(`${goesOnSentence(job, who)}\n`);
    }
  }
}

/** Where the results are, and the exit code; the last word of a stream of events. */
export async function finish(
  context: Context,
  session: JobsSession,
  { records, left }: Driven,
  flags: Flags,
): Promise<void> {
  const { terminal, clock } = context;
  if (left !== undefined) {
    const going = records.filter(({ status }) => !isOver(status));
    const fields = going.map((record) => jobFields(session, record, clock.now()));
    tellLeft(context, await Promise.all(fields), { flags, who: left });
    if (going.length > 0) return;
  }
  const code = await worstExitCode(session.renting.store, records);
  context.endWith(code);
  for (const record of records) {
    if (flags.json !== true && record.verifiedAtMs !== undefined && record.job.artifacts.length > 0)
      terminal.err(
        `${record.name}: its artifacts are in ${session.jobs.artifactsFolder(record.id)}, verified.\n`,
      );
  }
  if (flags.json !== true) return;
  const [only] = records;
  const results = await Promise.all(
    records.map(async (record) => ({
      ...(await jobFields(session, record, clock.now())),
      artifacts: record.verifiedAtMs === undefined ? null : session.jobs.artifactsFolder(record.id),
      is_verified: record.verifiedAtMs !== undefined,
    })),
  );
  const summary =
    only && records.length === 1
      ? results[0]
      : {
          status: code === EXIT_CODES.ok ? 'succeeded' : 'failed',
          reason: `${records.filter(({ status }) => status === 'succeeded').length} of ${records.length} jobs succeeded`,
          jobs: results,
        };
  terminal.out(
    `${JSON.stringify({ at: formatIso(Math.trunc(clock.now())), event: 'result', ...summary })}\n`,
  );
}
