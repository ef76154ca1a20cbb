// What goes on beside a run as long as somebody leads its job: its log is kept here, its newest checkpoint copied, its
// losses looked at. It holds nothing that a new leader would need: all of it is made again from what is kept.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRemoteLog, keepLog } from '../../remote/index.ts';
import type { JobAttempt, JobRecord } from '../records/index.ts';
import type { JobContext, RunSession } from './context.ts';
import type { JobObserver } from './jobs-api.ts';
import { copyCheckpoint } from './keep-checkpoint.ts';
import { runIdOf, WORKSPACE } from './run-script.ts';
import { watchLosses } from './watch-losses.ts';

export interface RunSessionOptions {
  readonly record: JobRecord;
  readonly attempt: JobAttempt;
  readonly instanceId: number;
  readonly observer: JobObserver;
  /** Called when something happened that a step should look at. */
  readonly wake: () => void;
  readonly signal: AbortSignal;
}

/** After what is no matter of the connection: a full disk here, a service that does not answer. */
const AGAIN_MS = 15_000;
/** A run that has not ended by the end of its grace is signalled again after so much more. */
const SIGNAL_AGAIN_MS = 15_000;

export function startRunSession(context: JobContext, options: RunSessionOptions): RunSession {
  const { record, attempt, instanceId, observer, wake } = options;
  const { clock, log, kept, workplaces, policy } = context;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const place = workplaces.of(instanceId);
  const runId = runIdOf(record.id, attempt.attempt);
  const file = kept.logFile(record.id, attempt.attempt);
  const figuresPath = record.job.log;
  const watch = record.job.stopsOnNan ? watchLosses(() => clock.now()) : undefined;
  let logBytes = attempt.logBytes;
  let checkpoint = attempt.checkpoint;
  let copying: Promise<void> = Promise.resolve();
  let signalledMs = Number.NEGATIVE_INFINITY;
  let endReason: string | undefined;
  let isRead = false;

  const isOver = async (asked: AbortSignal | undefined): Promise<boolean> => {
    const { state } = await place.runs.status(runId, asked ? { signal: asked } : {});
    return state === 'exited' || state === 'lost';
  };
  // Lines are pushed; that none will come any more need not be known sooner than the run is looked at.
  const looks = { isOver, overCheckMs: policy.lookMs };
  /** Of what a leader before this one has kept, too. */
  const watchKept = async (): Promise<void> => {
    if (!watch || figuresPath !== undefined) return;
    logBytes = await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
    if (logBytes === 0) return;
    for await (const bytes of createReadStream(file)) if (watch.push(bytes as Uint8Array)) wake();
  };
  const keep = async (): Promise<void> => {
    const remote = createRemoteLog(place.target, { ...looks, path: place.runs.logPath(runId) });
    for await (const chunk of keepLog({ log: remote, file, follow: true, signal })) {
      logBytes = chunk.offset + chunk.bytes.length;
      observer.onLog?.(chunk, attempt.attempt);
      if (figuresPath === undefined && watch?.push(chunk.bytes)) wake();
    }
    wake();
  };
  /** The figures stand in a file of their own. */
  const watchFigures = async (path: string): Promise<void> => {
    const remote = createRemoteLog(place.target, { ...looks, path: `${WORKSPACE}/${path}` });
    for await (const { bytes } of remote.read(0, { follow: true, signal })) if (watch?.push(bytes)) wake();
  };
  const untilDone = async (work: () => Promise<void>, what: string): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return;
        log.warn(what, { job: record.id, error });
        await clock.sleep(AGAIN_MS, signal).catch(() => {});
      }
    }
  };
  const reading = watchKept()
    .catch((error: unknown) => log.warn('the kept log of a job could not be read', { job: record.id, error }))
    .then(() => untilDone(keep, 'the log of a job is not kept for now'))
    .then(() => {
      isRead = !signal.aborted;
      wake();
    });
  const figures =
    watch && figuresPath !== undefined
      ? untilDone(() => watchFigures(figuresPath), 'the figures of a job are not read for now')
      : Promise.resolve();

  const copy: RunSession['keepCheckpoint'] = async ({ signal: asked, isStill = false }) => {
    try {
      const both = AbortSignal.any([asked, stopping.signal]);
      const wanted = { record, instanceId, known: checkpoint, signal: both, isStill };
      const copied = await copyCheckpoint(context, wanted);
      if (copied === undefined) return;
      checkpoint = copied;
      wake();
    } catch (error) {
      if (asked.aborted || stopping.signal.aborted) return;
      log.warn('a checkpoint could not be copied; it is tried again', { job: record.id, error });
    }
  };

  return {
    attempt: attempt.attempt,
    logBytes: () => logBytes,
    divergence: () => watch?.verdict(),
    checkpoint: () => checkpoint,
    keepCheckpoint(asked) {
      copying = copying.then(() => copy(asked));
      return copying;
    },
    isRead: () => isRead,
    endFor(reason) {
      endReason ??= reason;
    },
    endsFor: () => endReason,
    isStopDue() {
      return clock.monotonic() - signalledMs >= policy.graceMs + SIGNAL_AGAIN_MS;
    },
    stopAsked() {
      signalledMs = clock.monotonic();
    },
    async stop() {
      stopping.abort(new Error('The job is not watched any more'));
      await Promise.all([reading, figures, copying]);
    },
  };
}
