// A job handed to the daemon that will drive it, with the values that its file takes from the environment: those of whoever
// submits, since the daemon was started somewhere else at another time.

import type { Job, JobRecord } from '../../../rent/jobs/index.ts';
import type { JobRow } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ReadJob } from './job-file.ts';
import type { ShownPlan } from './job-plan-show.ts';

const UNFIT =
  'The daemon of this home does not answer, or is of another version, key, service or store than this command, so nobody would watch the job: "vastdeck down", then "vastdeck up -d"';

/** Throws UsageError where the daemon would not drive it. */
export async function handToDaemon(
  context: Context,
  { text, jobs, folder }: ReadJob,
  { plan: { start } }: ShownPlan,
): Promise<readonly JobRow[]> {
  await using api = await openApi(context, { needs: 'jobs' });
  if (!api.isDaemon) {
    throw new UsageError(`${UNFIT}; or add --unattended`);
  }
  const environment = environmentOf(jobs, context.terminal.env);
  const handed = await api.client.submitJob({
    job: text,
    folder,
    ...(start && { startReason: start.sentence }),
    ...(start?.kind === 'wait' && { startAtMs: Math.trunc(start.startAtMs) }),
    ...(environment && { environment }),
  });
  return handed.jobs;
}

/** Jobs that were driven here go on there, with the same values. Throws UsageError where the daemon would not drive them. */
export async function lendToDaemon(context: Context, records: readonly JobRecord[]): Promise<void> {
  await using api = await openApi(context, { needs: 'jobs' });
  if (!api.isDaemon) throw new UsageError(UNFIT);
  for (const { id, job } of records) {
    const environment = environmentOf([job], context.terminal.env);
    if (environment) await api.client.lendEnvironment(id, environment);
  }
}

/** What is not set here stays out: the daemon may have it. */
function environmentOf(
  jobs: readonly Job[],
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  const names = jobs.flatMap((job) =>
    Object.values(job.env).flatMap((value) => (typeof value === 'string' ? [] : value.fromEnv)),
  );
  const values = [...new Set(names)].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return values.length === 0 ? undefined : Object.fromEntries(values);
}
