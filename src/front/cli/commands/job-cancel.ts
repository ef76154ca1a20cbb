// `vastdeck job cancel`: a job ends in order: its commands are told to, what it made is fetched, its machine is destroyed.
// Where nobody drives it, it is driven here until it is over.
import { formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import { isOver, type JobRecord } from '../../../rent/jobs/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openJobsSession } from '../jobs-session.ts';
import { driveJobs } from './job-drive.ts';
import { findJob } from './job-find.ts';
import { jobRow, spentNow } from './job-row.ts';

export async function jobCancel(context: Context, names: readonly string[], flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  await using session = await openJobsSession(context);
  const found = await Promise.all(names.map((name) => findJob(session.records, name)));
  const records = [...new Map(found.map((record) => [record.id, record])).values()];
  const live = records.filter(({ status }) => !isOver(status));
  for (const record of records) {
    if (isOver(record.status))
      terminal.err(`${record.name} is over already: ${record.status} (${record.reason}).\n`);
  }
  if (live.length > 0) {
    const plans = await Promise.all(
      live.map(async (record) => planSentence(record, await spentNow(session, record, clock.now()))),
    );
    if (!(await askConsent(context, flags, { plan: plans.join('\n') }))) return;
    for (const { id } of live) await session.jobs.cancel(id);
    await driveJobs(context, session, live, { format: 'text', showsLog: false });
  }
  const now = await Promise.all(
    records.map(async (record) => (await session.records.get(record.id)) ?? record),
  );
  if (live.length > 0 && now.some(({ status }) => !isOver(status))) context.endWith(EXIT_CODES.failed);
  if (flags.json !== true && flags.format === undefined) return;
  const rows = await Promise.all(now.map((record) => jobRow(session, record, clock.now())));
  const columns = ['id', 'name', 'status', 'reason', 'instance_id', 'spent_usd'].map((column) => ({
    name: column,
  }));
  context.print(rows, columns, flags);
}

function planSentence({ name, status, reason, job }: JobRecord, spent: MicroUsd): string {
  const kept = job.artifacts.length === 0 ? 'nothing but its log is kept' : 'what it made is fetched first';
  const machine = ['setting-up', 'running', 'fetching', 'unknown'].includes(status)
    ? `: its commands are told to end, ${kept}, then its machine is destroyed`
    : ', and whatever machine it has is destroyed';
  return `Cancels ${name}, which is ${status} (${reason}), ${formatUsd(usd(spent))} spent so far${machine}.`;
}
