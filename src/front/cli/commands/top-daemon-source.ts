// What `top` shows beside a daemon: the daemon's monitor. To act, this process opens the account itself, when something is to
// be done.
import type { Log } from '../../../base/std/index.ts';
import { selectRuns } from '../../../rent/monitor/index.ts';
import { createRemoteMonitor, DaemonAnswerError, DaemonUnreachableError } from '../../http/daemon-client.ts';
import { askDaemonOfHome } from '../api-session.ts';
import type { Context } from '../context.ts';
import type { JobsSession } from '../jobs-session.ts';
import { openTopActsLater } from './top-acts-later.ts';
import type { TopSettings } from './top-flags.ts';
import { selectOf, type TopSource } from './top-shown.ts';

/** The account is not opened before something is to be done to it. */
export function daemonSource(context: Context, settings: TopSettings, log: Log): TopSource {
  const { clock } = context;
  const remote = createRemoteMonitor({
    find: async () =>
      (await askDaemonOfHome({ ...context, log }, { needs: 'monitor' })) ??
      'no daemon that watches runs answers',
    clock,
  });
  const open = async () => {
    const { openJobsSession } = await import('../jobs-session.ts');
    const { attachOwnKey } = await import('../../app/index.ts');
    const { createTopActs } = await import('./top-acts.ts');
    const session = await openJobsSession({ ...context, log });
    const acts = createTopActs({
      session,
      attachKey: (instanceId) => attachOwnKey(session.renting, instanceId),
      cancelJob: (jobId) => cancelJob({ ...context, log }, session, jobId),
      clock,
      log,
    });
    return {
      ...acts,
      [Symbol.asyncDispose]: async () => {
        await acts[Symbol.asyncDispose]();
        await session[Symbol.asyncDispose]();
      },
    };
  };
  const acts = settings.acting === 'read-only' ? null : openTopActsLater(open);
  return {
    monitor: selectRuns(remote, selectOf(settings)),
    acts,
    failure: null,
    whose: { word: "daemon's", sentence: 'what the daemon sees' },
    isBesideDaemon: false,
    [Symbol.asyncDispose]: async () => await acts?.[Symbol.asyncDispose](),
  };
}

/** By the daemon where it drives jobs, else here. */
async function cancelJob(context: Context, { jobs }: JobsSession, jobId: string): Promise<void> {
  const daemon = await askDaemonOfHome(context, { needs: 'jobs' });
  try {
    await (daemon ? daemon.cancelJob(jobId) : jobs.cancel(jobId));
  } catch (error) {
    const isGone = error instanceof DaemonUnreachableError;
    if (!isGone && !(error instanceof DaemonAnswerError && error.status >= 500)) throw error;
    context.log.debug('the daemon does not cancel the job, so it is told to end from here', { jobId, error });
    await jobs.cancel(jobId);
  }
}
