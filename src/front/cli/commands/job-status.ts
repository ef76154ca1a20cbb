// `vastdeck job status`: one job and all its attempts, from the store alone.
import {
  formatDuration,
  formatIso,
  formatUsd,
  type MicroUsd,
  printable,
  usd,
} from '../../../base/std/index.ts';
import { isOver, type JobAttempt, type JobRecord } from '../../../rent/jobs/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { jobFilesOf } from '../job-files.ts';
import { openJobBooks } from '../jobs-session.ts';
import type { Column, Row } from '../output/column.ts';
import { screenTime } from '../output/screen-time.ts';
import { renderRows } from '../output/table.ts';
import { findJob } from './job-find.ts';
import { isDriven } from './job-leader.ts';
import { attemptSpentUsd, jobRow, spentNow } from './job-row.ts';

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
  await using books = await openJobBooks(context);
  const record = await findJob(books.records, name);
  const attempts = await books.records.attempts(record.id);
  const nowMs = clock.now();
  const rows = await Promise.all(
    attempts.map(async (attempt) => ({
      ...attemptRow(attempt, nowMs),
      spent_usd: await attemptSpentUsd(books, attempt, nowMs),
    })),
  );
  if (formatOf(flags, terminal) !== 'table') {
    const row = {
      ...(await jobRow(books, record, nowMs)),
      failures: record.failures,
      attempts: rows,
    };
    const columns = Object.keys(row).filter((key) => key !== 'took');
    context.print(
      [row],
      columns.map((key) => ({ name: key })),
      flags,
    );
    return;
  }
  const spent = await spentNow(books, record, nowMs);
  const isLed = await isDriven(books.books.store, record, nowMs);
  for (const line of headLines(context, record, { spent, isLed })) terminal.out(`${printable(line)}\n`);
  if (rows.length > 0) terminal.out(renderRows(rows, ATTEMPTS, { format: 'table', width: terminal.columns }));
}

function headLines(
  context: Context,
  record: JobRecord,
  { spent, isLed }: { readonly spent: MicroUsd; readonly isLed: boolean },
): readonly string[] {
  const { id, name, status, reason, sinceMs, job, group, nextAtMs, verifiedAtMs, startedAtMs } = record;
  const nowMs = context.clock.now();
  const budget = job.budget === undefined ? '' : ` of ${formatUsd(usd(job.budget))}`;
  const files = jobFilesOf(context);
  const endsMs =
    startedAtMs === undefined || job.maxDurationMs === undefined
      ? undefined
      : startedAtMs + job.maxDurationMs;
  return [
    `${name} (${id}) is ${status}${reason === '' ? '' : `: ${reason}`}, since ${screenTime(sinceMs)}.`,
    `Spent ${formatUsd(usd(spent))}${budget}${group.startsWith(`${name}.`) ? '' : `, in the budget of ${group}`}.`,
    ...(nextAtMs !== undefined && !isOver(status) && nextAtMs > nowMs
      ? [`Looked at again at ${screenTime(nextAtMs)}.`]
      : []),
    ...(endsMs !== undefined && !isOver(status) ? [`Its max_duration ends at ${screenTime(endsMs)}.`] : []),
    ...(record.attempt > 0 ? [`Log: ${files.logFile(id, record.attempt)}`] : []),
    ...(verifiedAtMs === undefined ? [] : [`Artifacts, verified: ${files.artifactsFolder(id)}`]),
    ...(isOver(status) || isLed ? [] : [unwatchedLine(record)]),
  ];
}

function unwatchedLine({ name, isUnattended }: JobRecord): string {
  const end = isUnattended ? ' It was submitted unattended: its machine ends itself.' : '';
  return `Nothing drives it now: "vastdeck job wait ${name}" does, or "vastdeck up".${end}`;
}

function attemptRow(attempt: JobAttempt, nowMs: number): Row {
  const { startedAtMs, runningAtMs, endedAtMs } = attempt;
  const iso = (ms: number | undefined) => (ms === undefined ? null : formatIso(ms));
  return {
    attempt: attempt.attempt,
    rental_id: attempt.rentalId,
    instance_id: attempt.instanceId ?? null,
    machine_id: attempt.machineId ?? null,
    started_at: iso(startedAtMs),
    running_at: iso(runningAtMs),
    ended_at: iso(endedAtMs),
    ran: runningAtMs === undefined ? null : formatDuration((endedAtMs ?? nowMs) - runningAtMs),
    exit_code: attempt.exitCode ?? null,
    failure: attempt.failure ?? null,
    reason: attempt.reason,
    checkpoint: attempt.checkpoint ?? null,
    log_bytes: attempt.logBytes,
  };
}
