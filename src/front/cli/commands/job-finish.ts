// The last word on jobs: where their results are or who goes on with them, the exit code, and for programs one JSON object that
// says so, also where nothing was handed in.
import { formatIso } from '../../../base/std/index.ts';
import { isOver } from '../../../rent/jobs/index.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Failure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import type { JobsSession } from '../jobs-session.ts';
import type { Driven } from './job-drive.ts';
import { worstExitCode } from './job-ending.ts';
import { goesOnSentence } from './job-question.ts';
import { jobFields } from './job-row.ts';

interface LeftJob extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly status: string;
}

/** For programs, before anything was handed in. */
export function tellNotSubmitted({ terminal, clock }: Context, { sentence, code }: Failure): void {
  const at = formatIso(Math.trunc(clock.now()));
  const reason = sentence === '' ? 'it was interrupted' : sentence;
  const event = { at, event: 'result', status: 'not-submitted', reason, exit_code: code };
  terminal.out(`${JSON.stringify(event)}\n`);
}

export function tellLeft(
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
  const at = formatIso(Math.trunc(clock.now()));
  terminal.out(`${JSON.stringify({ at, event: 'result', ...summary, exit_code: code })}\n`);
}
