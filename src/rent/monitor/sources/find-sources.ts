// Where the lines of a run may be, in the order in which they are looked for.
import { createDetachedRuns, isPassing, type RemoteTarget } from '../../remote/index.ts';
import type { MonitorOptions } from '../monitor-options.ts';
import type { RunEntry } from '../roster/run-entry.ts';
import { namedRun } from '../roster/select-entries.ts';
import { containerLog } from './container-log.ts';
import { expandGlob, findInWorkspace, type WorkspaceFiles, workspaceOf } from './find-logs.ts';
import { findKeptFile } from './kept-file.ts';
import type { FoundSource } from './line-source.ts';
import { remoteFile } from './remote-file.ts';
import { eventFile } from './tensorboard/event-file.ts';
import { findPanes } from './tmux-pane.ts';

export interface FindSources {
  readonly options: Pick<
    MonitorOptions,
    'client' | 'clock' | 'containerEveryMs' | 'jobs' | 'logGlob' | 'rules'
  >;
  readonly entry: RunEntry;
  /** Undefined where its machine cannot be asked. */
  readonly target: RemoteTarget | undefined;
  readonly signal: AbortSignal;
  /** Hears why a way of looking brought nothing, where that is not just that nothing is there. */
  readonly onFailure: (error: unknown) => void;
}

const PANE_EVERY_MS = 2_000;
const CONTAINER_EVERY_MS = 60_000;
/** More logs than these are not offered: nobody steps through them by a key. */
const LOGS_OFFERED = 5;

/** One after the other, found when it is asked for: most are content with the first. */
export async function* findSources(find: FindSources): AsyncGenerator<FoundSource, void> {
  const seen = new Set<string>();
  let present = find;
  for (const look of LOOKS) {
    let found: readonly FoundSource[] = [];
    try {
      found = await look(present);
    } catch (error) {
      find.signal.throwIfAborted();
      find.onFailure(error);
      // A machine that lets nobody in is not knocked at again for each way of looking.
      if (isPassing(error)) present = { ...find, target: undefined };
    }
    for (const source of found) {
      if (seen.has(source.from) && source.from !== '') continue;
      seen.add(source.from);
      yield source;
    }
  }
}

/** Metrics of a job's own log belong to the job; every other log is a run of its own. */
function runOf({ jobId, key }: RunEntry, path: string): string {
  return `${jobId ?? key}:${path}`;
}

type Look = (find: FindSources) => Promise<readonly FoundSource[]>;

const lookByGlob: Look = async ({ options, entry, target, signal }) =>
  options.logGlob === undefined || !target
    ? []
    : await byGlob({ kind: 'glob', path: options.logGlob }, 'file', { entry, target, signal });

const lookAtJob: Look = async ({ options, entry, target }) => {
  const { job, attempt } = entry;
  if (!job || !options.jobs) return [];
  const kept = await findKeptFile({
    clock: options.clock,
    file: options.jobs.logFile(job.id, attempt),
    run: job.id,
  });
  if (!target) return kept ? [kept] : [];
  const path = createDetachedRuns(target).logPath(runIdOf(job.id, attempt));
  const onMachine = remoteFile({ target, path, kind: 'job', run: job.id });
  return kept ? [onMachine, kept] : [onMachine];
};

/** As the jobs' controller names the run of an attempt on its machine. */
function runIdOf(jobId: string, attempt: number): string {
  return `${jobId}.${attempt}`;
}

const lookAtConfigured: Look = async ({ options, entry, target, signal }) => {
  if (!target) return [];
  const place = options.rules?.logOf?.(namedRun(entry));
  return place ? await byGlob(place, 'configured', { entry, target, signal }) : [];
};

const lookForLogs: Look = async (find) => {
  const { entry, target } = find;
  if (!target) return [];
  const { logs } = await lookAround(find, target);
  return logs
    .slice(0, LOGS_OFFERED)
    .map(({ path }) => remoteFile({ target, path, kind: 'newest-log', run: runOf(entry, path) }));
};

const lookAtTmux: Look = async ({ entry, target, signal }) =>
  target ? await findPanes(target, { run: entry.jobId ?? entry.key, everyMs: PANE_EVERY_MS, signal }) : [];

const lookAtContainer: Look = async ({ options, entry }) => {
  const { instanceId, jobId, key } = entry;
  if (instanceId === null || entry.status === 'created') return [];
  const { client, clock, containerEveryMs = CONTAINER_EVERY_MS } = options;
  return [containerLog({ client, clock, instanceId, run: jobId ?? key, everyMs: containerEveryMs })];
};

const lookForEvents: Look = async (find) => {
  const { entry, target } = find;
  if (!target) return [];
  const { events } = await lookAround(find, target);
  return events
    .slice(0, LOGS_OFFERED)
    .map(({ path }) => eventFile({ target, path, run: runOf(entry, path) }));
};

const LOOKS: readonly Look[] = [
  lookByGlob,
  lookAtJob,
  lookAtConfigured,
  lookForLogs,
  lookAtTmux,
  lookForEvents,
  // There always, so that nothing after it would be come to by itself.
  lookAtContainer,
];

async function lookAround({ signal }: FindSources, target: RemoteTarget): Promise<WorkspaceFiles> {
  await using shell = await target.open({ signal });
  return await findInWorkspace(shell, await workspaceOf(shell, signal), signal);
}

async function byGlob(
  place: { readonly kind: 'file' | 'glob'; readonly path: string },
  kind: 'file' | 'configured',
  {
    entry,
    target,
    signal,
  }: { readonly entry: RunEntry; readonly target: RemoteTarget; readonly signal: AbortSignal },
): Promise<readonly FoundSource[]> {
  await using shell = await target.open({ signal });
  const { path } = place;
  const whole = /^[/~]/.test(path) ? path : `${await workspaceOf(shell, signal)}/${path}`;
  // A file that is named need not be there yet.
  const paths =
    place.kind === 'file' ? [whole] : (await expandGlob(shell, whole, signal)).map((file) => file.path);
  return paths
    .slice(0, LOGS_OFFERED)
    .map((each) => remoteFile({ target, path: each, kind, run: runOf(entry, each) }));
}
