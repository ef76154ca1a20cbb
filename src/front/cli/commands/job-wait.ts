// `vastdeck job wait`: until jobs are over. Whatever nobody drives is driven here meanwhile.
import { findJob, isOver, waitsForValues } from '../../../rent/jobs/index.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import { type Flags, readDuration, readText } from '../flags.ts';
import { openJobsSession } from '../jobs-session.ts';
import { driveJobs } from './job-drive.ts';
import { finish } from './job-finish.ts';
import { lendToDaemon } from './job-hand-over.ts';
import { presentWatcher } from './job-watcher.ts';

export async function jobWait(context: Context, names: readonly string[], flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const timeoutMs = flags.timeout === undefined ? undefined : readDuration('--timeout', flags.timeout);
  await using session = await openJobsSession(context);
  const found = await Promise.all(names.map((name) => findJob(session.records, name)));
  const records = [...new Map(found.map((record) => [record.id, record])).values()];
  const lacking = records.filter(waitsForValues);
  if (lacking.length > 0 && presentWatcher(context)) await lendToDaemon(context, lacking);
  const patience = new AbortController();
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.setTimer(timeoutMs, () => patience.abort(new Error('it takes too long')));
  try {
    const driven = await driveJobs(context, session, records, {
      format: flags.json === true ? 'json' : 'text',
      showsLog: flags.follow === true,
      signal: patience.signal,
    });
    await finish(context, session, driven, flags);
  } catch (error) {
    if (!patience.signal.aborted || terminal.interrupted.aborted) throw error;
    const now = await Promise.all(records.map(({ id }) => session.records.get(id)));
    const left = now.filter((record) => record !== undefined && !isOver(record.status));
    terminal.err(
      `Not over after ${readText(flags.timeout)}: ${left.map((record) => `${record?.name} is ${record?.status}`).join(', ')}.\n`,
    );
    context.endWith(EXIT_CODES.failed);
  } finally {
    timer?.cancel();
  }
}
