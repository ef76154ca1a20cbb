// `vastdeck job status`: one job and all its attempts.
import { formatDuration, formatIso, formatUsd, printable } from '../../../base/std/index.ts';
import type { JobDetail } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { jobFilesOf } from '../job-files.ts';
import type { Column, Row } from '../output/column.ts';
import { screenTime } from '../output/screen-time.ts';
import { renderRows } from '../output/table.ts';
import { listedJob } from './job-row.ts';
import { isUnwatched } from './job-watcher.ts';

const ATTEMPTS: readonly Column[] = [
  { name: 'attempt' },
  { name: 'instance_id', title: 'instance' },
  { name: 'machine_id', title: 'machine', importance: 1 },
  { name: 'ran', isWhole: true },
  { name: 'exit_code', title: 'exit', importance: 2 },
  { name: 'spent_usd', title: 'spent', format: (value) => formatUsd(Number(value)) },
  { name: 'checkpoint', importance: 3 },
  { name: 'reason', isProse: true },
];

export async function jobStatus(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  await using api = await openApi(context);
  const job = await api.client.job(name, 'beginning');
  const nowMs = clock.now();
  const rows = job.attempts.map((attempt) => attemptRow(attempt, nowMs));
  if (formatOf(flags, terminal) !== 'table') {
    const row = { ...listedJob(job, nowMs), failures: job.failures, attempts: rows };
    const columns = Object.keys(row).filter((key) => key !== 'took');
    context.print(
      [row],
      columns.map((key) => ({ name: key })),
      flags,
    );
    return;
  }
  for (const line of headLines(context, job)) terminal.out(`${printable(line)}\n`);
  if (rows.length > 0) terminal.out(renderRows(rows, ATTEMPTS, { format: 'table', width: terminal.columns }));
}

function headLines(context: Context, job: JobDetail): readonly string[] {
  const { id, name, status, reason, sinceMs, group, nextAtMs, verifiedAtMs, startedAtMs, isOver } = job;
  const nowMs = context.clock.now();
  const budget = job.budgetUsd === null ? '' : ` of ${formatUsd(job.budgetUsd)}`;
  const files = jobFilesOf(context);
  const endsMs = startedAtMs === null || job.maxDurationMs === null ? null : startedAtMs + job.maxDurationMs;
  return [
    `${name} (${id}) is ${status}${reason === '' ? '' : `: ${reason}`}, since ${screenTime(sinceMs)}.`,
    `Spent ${formatUsd(job.spentUsd)}${budget}${group.startsWith(`${name}.`) ? '' : `, in the budget of ${group}`}.`,
    ...(nextAtMs !== null && !isOver && nextAtMs > nowMs
      ? [`Looked at again at ${screenTime(nextAtMs)}.`]
      : []),
    ...(endsMs !== null && !isOver ? [`Its max_duration ends at ${screenTime(endsMs)}.`] : []),
    ...(job.attempt > 0 ? [`Log: ${files.logFile(id, job.attempt)}`] : []),
    ...(verifiedAtMs === null ? [] : [`Artifacts, verified: ${files.artifactsFolder(id)}`]),
    ...(isUnwatched(context, job) ? [unwatchedLine(job)] : []),
  ];
}

function unwatchedLine({ name, isUnattended }: JobDetail): string {
  const end = isUnattended ? ' It was submitted unattended: its machine ends itself.' : '';
  return `Nothing drives it now: "vastdeck job wait ${name}" does, or "vastdeck up".${end}`;
}

function attemptRow(attempt: JobDetail['attempts'][number], nowMs: number): Row {
  const { startedAtMs, runningAtMs, endedAtMs } = attempt;
  const iso = (ms: number | null) => (ms === null ? null : formatIso(ms));
  return {
    attempt: attempt.attempt,
    rental_id: attempt.rentalId,
    instance_id: attempt.instanceId,
    machine_id: attempt.machineId,
    started_at: iso(startedAtMs),
    running_at: iso(runningAtMs),
    ended_at: iso(endedAtMs),
    ran: runningAtMs === null ? null : formatDuration((endedAtMs ?? nowMs) - runningAtMs),
    exit_code: attempt.exitCode,
    failure: attempt.failure,
    reason: attempt.reason,
    checkpoint: attempt.checkpoint,
    log_bytes: attempt.logBytes,
    spent_usd: attempt.spentUsd,
  };
}
