// What goes on beside a run as long as somebody leads its job: its log is kept here, its newest checkpoint copied, its
// losses looked at. It holds nothing that a new leader would need: all of it is made again from what is kept.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ArtifactUnit } from '../../remote/index.ts';
import { createRemoteLog, keepLog } from '../../remote/index.ts';
import { createLineReader, createLogParser, type ReadingEvent } from '../../training/index.ts';
import type { JobAttempt, JobRecord } from '../records/index.ts';
import type { JobContext, RunSession } from './context.ts';
import type { JobObserver } from './jobs-api.ts';
import { runIdOf, WORKSPACE } from './run-script.ts';

export interface RunSessionOptions {
  readonly record: JobRecord;
  readonly attempt: JobAttempt;
  readonly instanceId: number;
  readonly observer: JobObserver;
  /** Called when something happened that a step should look at. */
  readonly wake: () => void;
  readonly signal: AbortSignal;
}

/** Copies that are kept: the newest may be the one that a disk error spoiled. */
const COPIES_KEPT = 2;

export function startRunSession(context: JobContext, options: RunSessionOptions): RunSession {
  const { record, attempt, instanceId, observer, wake } = options;
  const { clock, log, kept, workplaces } = context;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const place = workplaces.of(instanceId);
  const runId = runIdOf(record.id, attempt.attempt);
  const figuresPath = record.job.log;
  const watch = record.job.stopsOnNan ? watchLosses(() => clock.now()) : undefined;
  let logBytes = 0;
  let checkpoint = attempt.checkpoint;

  const isOver = async (asked: AbortSignal | undefined): Promise<boolean> => {
    const { state } = await place.runs.status(runId, asked ? { signal: asked } : {});
    return state === 'exited' || state === 'lost';
  };
  const keep = async (): Promise<void> => {
    const remote = createRemoteLog(place.target, { path: place.runs.logPath(runId), isOver });
    const file = kept.logFile(record.id, attempt.attempt);
    for await (const chunk of keepLog({ log: remote, file, follow: true, signal })) {
      logBytes = chunk.offset + chunk.bytes.length;
      observer.onLog?.(chunk, attempt.attempt);
      if (figuresPath === undefined && watch?.push(chunk.bytes)) wake();
    }
    wake();
  };
  /** The figures stand in a file of their own. */
  const watchFigures = async (path: string): Promise<void> => {
    const remote = createRemoteLog(place.target, { path: `${WORKSPACE}/${path}`, isOver });
    for await (const { bytes } of remote.read(0, { follow: true, signal })) if (watch?.push(bytes)) wake();
  };
  const quietly = (work: Promise<void>, what: string) =>
    work.catch((error: unknown) => {
      if (!signal.aborted) log.warn(what, { job: record.id, error });
    });
  const logEnded = quietly(keep(), 'the log of a job is not kept for now');
  const figuresEnded =
    watch && figuresPath !== undefined
      ? quietly(watchFigures(figuresPath), 'the figures of a job are not read for now')
      : Promise.resolve();

  return {
    attempt: attempt.attempt,
    logEnded,
    logBytes: () => logBytes,
    divergence: () => watch?.verdict(),
    checkpoint: () => checkpoint,
    async keepCheckpoint(asked) {
      const copied = await copyCheckpoint(context, { record, instanceId, known: checkpoint, signal: asked });
      if (copied === undefined) return;
      checkpoint = copied;
      wake();
    },
    async stop() {
      stopping.abort(new Error('The job is not watched any more'));
      await Promise.all([logEnded, figuresEnded]);
    },
  };
}

interface Copy {
  readonly record: JobRecord;
  readonly instanceId: number;
  /** The one that is here already, by path and time. */
  readonly known: string | undefined;
  readonly signal: AbortSignal;
  /** Nobody writes any more: no time is lost with waiting for files to stand still. */
  readonly isStill?: boolean;
}

/**
 * The newest whole checkpoint, copied and compared with its manifest, in a folder of its own; returns how it is called
 * (`out/ckpt-3@<time>`). Undefined when there is no newer one, or when it did not come whole.
 */
export async function copyCheckpoint(
  { workplaces, kept, log }: Pick<JobContext, 'workplaces' | 'kept' | 'log'>,
  { record, instanceId, known, signal, isStill = false }: Copy,
): Promise<string | undefined> {
  if (record.job.checkpoints.length === 0) return undefined;
  const { artifacts } = workplaces.of(instanceId);
  try {
    const units = await artifacts.find({
      root: WORKSPACE,
      globs: record.job.checkpoints,
      signal,
      ...(isStill && { settleMs: 0 }),
    });
    const newest = newestWhole(units);
    if (!newest) return undefined;
    const name = `${newest.path}@${newest.modifiedAtMs}`;
    if (name === known) return undefined;
    const folder = kept.checkpointsFolder(record.id);
    const to = join(folder, String(Math.trunc(newest.modifiedAtMs)).padStart(15, '0'));
    const report = await artifacts.fetch({
      root: WORKSPACE,
      globs: [literal(newest.path)],
      to,
      signal,
      ...(isStill && { settleMs: 0 }),
    });
    // A program that keeps its last two has deleted this one meanwhile, or writes it anew: the next look finds another.
    if (!report.isWhole) {
      rmSync(to, { recursive: true, force: true });
      return undefined;
    }
    forgetOld(folder);
    return name;
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn('a checkpoint could not be copied; it is tried again', { job: record.id, error });
    return undefined;
  }
}

function newestWhole(units: readonly ArtifactUnit[]): ArtifactUnit | undefined {
  const [newest] = units
    .filter(({ state }) => state === 'complete')
    .toSorted((a, b) => b.modifiedAtMs - a.modifiedAtMs || (a.path < b.path ? 1 : -1));
  return newest;
}

/** A path as a pattern that matches nothing else. */
function literal(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&');
}

/** The newest folder with a whole checkpoint, whose content goes below the workspace; undefined for none. */
export function newestCopy(folder: string): string | undefined {
  const newest = copies(folder).at(-1);
  return newest === undefined ? undefined : join(folder, newest);
}

function copies(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function forgetOld(folder: string): void {
  for (const name of copies(folder).slice(0, -COPIES_KEPT))
    rmSync(join(folder, name), { recursive: true, force: true });
}

/** Says, once and for good, that a loss in the log is no number. */
function watchLosses(nowMs: () => number) {
  const reader = createLineReader();
  const parser = createLogParser({ nowMs });
  let said: string | undefined;
  return {
    verdict: () => said,
    /** True when these bytes hold the first. */
    push(bytes: Uint8Array): boolean {
      if (said !== undefined) return false;
      for (const { text } of reader.push(bytes)) {
        for (const event of parser.push(text)) {
          const loss = event.kind === 'reading' ? event.figures.loss : undefined;
          if (loss === undefined || Number.isFinite(loss)) continue;
          const { step } = (event as ReadingEvent).figures;
          said ??= `the loss is ${loss}${step === undefined ? '' : ` at step ${step}`}`;
        }
      }
      return said !== undefined;
    },
  };
}
