// `vastdeck job cancel`: a job ends in order: its commands are told to, what it made is fetched, its machine is destroyed. The
// act is asked of whoever answers; its end is waited for as `job wait` does, which drives what nobody drives.
import { formatUsd } from '../../../base/std/index.ts';
import type { JobDetail } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { type JobsSession, openJobsSession } from '../jobs-session.ts';
import { driveJobs } from './job-drive.ts';
import { listedJob } from './job-row.ts';

export async function jobCancel(context: Context, names: readonly string[], flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  await using session = await openJobsSession(context);
  await using api = await openApi(context, { session: async () => session });
  const { client } = api;
  const found = await Promise.all(names.map((name) => client.job(name, 'beginning')));
  const jobs = [...new Map(found.map((job) => [job.id, job])).values()];
  const live = jobs.filter(({ isOver }) => !isOver);
  for (const { name, status, reason, isOver } of jobs) {
    if (isOver) terminal.err(`${name} is over already: ${status} (${reason}).\n`);
  }
  refuseOthers(session, live);
  if (live.length > 0) {
    if (!(await askConsent(context, flags, { plan: live.map(planSentence).join('\n') }))) return;
    for (const { id } of live) await client.cancelJob(id);
    const records = await Promise.all(live.map(({ id }) => session.records.get(id)));
    await driveJobs(
      context,
      session,
      records.filter((record) => record !== undefined),
      { format: 'text', showsLog: false },
    );
  }
  // A daemon may have ended or begun since.
  await using later = await openApi(context, { session: async () => session });
  const now = await Promise.all(jobs.map(({ id }) => later.client.job(id)));
  if (live.length > 0 && now.some(({ isOver }) => !isOver)) context.endWith(EXIT_CODES.failed);
  if (flags.json !== true && flags.format === undefined) return;
  const columns = ['id', 'name', 'status', 'reason', 'instance_id', 'spent_usd'].map((column) => ({
    name: column,
  }));
  context.print(
    now.map((job) => listedJob(job, clock.now())),
    columns,
    flags,
  );
}

/** Its machine is not on this key's account: as far as this key sees, it is gone. */
function refuseOthers({ renting }: JobsSession, jobs: readonly JobDetail[]): void {
  const own = renting.account.account;
  const other = jobs.find(({ account }) => account !== own);
  if (!other) return;
  throw new UsageError(
    `${other.name} (${other.id}) is of another account (${other.account}), and this key opens ${own}: cancel it with the key of that account`,
  );
}

function planSentence({ name, status, reason, artifacts, spentUsd }: JobDetail): string {
  const kept = artifacts.length === 0 ? 'nothing but its log is kept' : 'what it made is fetched first';
  const machine = ['setting-up', 'running', 'fetching', 'unknown'].includes(status)
    ? `: its commands are told to end, ${kept}, then its machine is destroyed`
    : ', and whatever machine it has is destroyed';
  return `Cancels ${name}, which is ${status} (${reason}), ${formatUsd(spentUsd)} spent so far${machine}.`;
}
