// Who goes on with a job when this program leaves: a daemon that runs, one that is started now, or nobody.

import { findDaemon, startDaemonInBackground } from '../../app/index.ts';
import type { JobRow } from '../../http/protocol.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

export interface Watcher {
  readonly pid: number;
  readonly isNew: boolean;
}

/** What a daemon has to run for jobs. */
const PARTS = ['rentals', 'jobs'] as const;

/** The daemon that drives jobs now; undefined where none runs, or one that leaves jobs alone. */
export function presentWatcher({ config }: Pick<Context, 'config'>): Watcher | undefined {
  const daemon = findDaemon(config.home.value);
  const isAble = daemon !== undefined && PARTS.every((part) => daemon.parts.includes(part));
  return isAble ? { pid: daemon.pid, isNew: false } : undefined;
}

/** A daemon looks for jobs that were handed in every two seconds. */
const TAKEN_UP_MS = 10_000;

/** Nobody drives it, nor is about to. */
export function isUnwatched(
  { config, clock }: Pick<Context, 'config' | 'clock'>,
  { isOver, isDriven, createdAtMs }: Pick<JobRow, 'createdAtMs' | 'isDriven' | 'isOver'>,
): boolean {
  if (isOver || isDriven) return false;
  return clock.now() - createdAtMs > TAKEN_UP_MS || presentWatcher({ config }) === undefined;
}

/** Throws UsageError with what to do where nobody would watch. */
export async function ensureWatcher({ config, terminal, clock }: Context): Promise<Watcher> {
  const present = presentWatcher({ config });
  if (present) return present;
  const home = config.home.value;
  if (findDaemon(home)) {
    throw new UsageError(
      'The daemon that runs leaves jobs alone, so nobody would watch: "vastdeck down", then "vastdeck up"; or add --unattended',
    );
  }
  try {
    const { pid } = await startDaemonInBackground({
      home,
      env: terminal.env,
      cwd: terminal.cwd,
      clock,
      flags: ['--only', PARTS.join(',')],
      signal: terminal.interrupted,
    });
    return { pid, isNew: true };
  } catch (error) {
    if (terminal.interrupted.aborted) throw error;
    throw new UsageError(
      `Nobody would watch the job, since no daemon could be started (${(error as Error).message}); leave --detach out, or add --unattended`,
    );
  }
}

export function watcherSentence({ pid, isNew }: Watcher): string {
  return isNew
    ? `a daemon was started for it (process ${pid}; "vastdeck down" ends it)`
    : `the daemon goes on with it (process ${pid})`;
}
