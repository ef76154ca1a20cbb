// One run under watch: its samples, its lines, and how it looks now. It lives from the first listing that holds it to the
// last one.
import { type Running, startRunning } from '../../base/std/index.ts';
import { createSampler, type RemoteTarget } from '../remote/index.ts';
import {
  createLineReader,
  HEALTH_LIMITS,
  type Health,
  LOSS_LIMITS,
  type RunMetric,
  type TrainingOptions,
} from '../training/index.ts';
import { type Bell, createBell } from './bell.ts';
import { createLineLoop, type LineState } from './line-loop.ts';
import { createLineIntake, type LineIntake, type LogNote } from './lines/line-intake.ts';
import { createLineWindow } from './lines/line-window.ts';
import type { LogBook } from './log-book.ts';
import type { ShownLine } from './monitor-api.ts';
import type { MonitorOptions } from './monitor-options.ts';
import type { RunEntry } from './roster/run-entry.ts';
import { namedRun } from './roster/select-entries.ts';
import type { RunView } from './run-view.ts';
import { NO_SAMPLE, type SampleState, sampleLoop } from './sample-loop.ts';
import { findSources } from './sources/find-sources.ts';
import { viewRun } from './view/view-run.ts';

export interface TrackedRunOptions {
  readonly options: MonitorOptions;
  readonly entry: RunEntry;
  readonly logBook: LogBook;
  /** Resolves when asking is allowed. */
  readonly allowed: (signal: AbortSignal) => Promise<void>;
  /** Something looks otherwise than before. */
  readonly onChange: () => void;
  readonly onLines: (lines: readonly ShownLine[]) => void;
}

export interface TrackedRun extends Running {
  readonly key: string;
  entry(): RunEntry;
  update(entry: RunEntry): void;
  look(isLookedAt: boolean): void;
  /** Asks everything again now; resolves when all of it was answered, or has failed. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Ends what is being read; it goes on when asking is allowed. */
  interrupt(): void;
  view(nowMs: number): RunView;
  lines(limit: number): Promise<readonly ShownLine[]>;
  /** The name under which its metrics are kept; undefined before there are lines. */
  metricRun(): string | undefined;
  takeMetrics(): readonly RunMetric[];
  notes(): readonly LogNote[];
  /** The log is still being read up to its end. */
  isCatchingUp(): boolean;
  nextSource(signal: AbortSignal): Promise<string>;
}

export const INTERVAL_MS = 10_000;
const IDLE_INTERVAL_MS = 60_000;
const LOOK_AGAIN_MS = 60_000;
/** A sample is of now for so many intervals. */
const STALE_INTERVALS = 3;
/** Within this after the last piece of a log's past, more of it is on its way. */
const QUIET_MS = 1_000;
/** Between two notes of how far a log was read. */
const NOTE_EVERY_MS = 60_000;
/** Of a line, on average, when looking back into what is not in memory. */
const BYTES_A_LINE = 300;
const LOOK_BACK_MAX_BYTES = 4 * 1024 * 1024;
const NO_TRAINING: TrainingOptions = { metrics: [], templates: [], health: HEALTH_LIMITS, loss: LOSS_LIMITS };

export function trackRun(wanted: TrackedRunOptions): TrackedRun {
  const { options, logBook, allowed, onChange, onLines } = wanted;
  const { clock, random, log, pool } = options;
  const {
    intervalMs = INTERVAL_MS,
    idleIntervalMs = IDLE_INTERVAL_MS,
    lookAgainMs = LOOK_AGAIN_MS,
  } = options;
  let { entry } = wanted;
  let isLookedAt = false;
  let sampling: SampleState = NO_SAMPLE;
  let intake: LineIntake | undefined;
  let noted:
    | { readonly firstAttempt: number; readonly atMs: number; readonly position: number | undefined }
    | undefined;
  let health: Health | undefined;
  let pastAtMs = Number.NEGATIVE_INFINITY;
  let hasAnswered = { sample: false, lines: false };
  const window = createLineWindow();
  const bells = { sample: createBell(clock), lines: createBell(clock) };
  const answered: Bell = createBell(clock);
  const training = trainingOf(options, entry);

  const interval = () => (isLookedAt ? intervalMs : Math.max(intervalMs, idleIntervalMs));

  const targetOf = (instanceId: number, onFailure: (error: unknown) => void): RemoteTarget | undefined => {
    if (!pool) return undefined;
    const open = pool.opener(instanceId);
    return {
      clock,
      random,
      log,
      open: async (how) => {
        try {
          return await open(how);
        } catch (error) {
          if (how?.signal?.aborted !== true) onFailure(error);
          throw error;
        }
      },
    };
  };

  const lineLoop = createLineLoop({
    clock,
    bell: bells.lines,
    allowed,
    lookAgainMs,
    find: (signal, onFailure) => {
      const { instanceId, canEnter } = entry;
      const target =
        instanceId !== null && canEnter ? targetOf(instanceId, (error) => lineLoop.failed(error)) : undefined;
      return findSources({ options, entry, target, signal, onFailure });
    },
    async begin(source) {
      if (intake && isSameSource(lineLoop.state(), source)) {
        return { from: intake.position(), print: intake.print(clock.now()) };
      }
      const start = await logBook.startOf(
        source,
        entry.jobId !== null && source.kind === 'job' ? entry.attempt : 1,
      );
      intake = createLineIntake({ run: source.run, start, training, window });
      noted = { firstAttempt: start.firstAttempt, atMs: Number.NEGATIVE_INFINITY, position: undefined };
      return { from: start.from, print: start.print };
    },
    take(piece) {
      if (piece.isPast) pastAtMs = clock.monotonic();
      intake?.push(piece);
      void noteLog(NOTE_EVERY_MS);
      const lines = intake?.takeLines() ?? [];
      if (lines.length > 0) onLines(lines);
      onChange();
    },
    onState(state) {
      if (state.error !== null || state.answeredAtMs !== null) {
        hasAnswered = { ...hasAnswered, lines: true };
        answered.ring();
      }
      onChange();
    },
  });

  /**
   * Never rejects. Without the attempt, figures after a restart of this program go to the wrong one; without the print of
   * what was read last, a log that is replaced until then is taken for the same.
   */
  const noteLog = async (everyMs: number): Promise<void> => {
    if (!intake || !noted) return;
    const firstAttempt = intake.firstAttempt();
    const position = intake.position();
    const isDue = position !== noted.position && clock.monotonic() - noted.atMs >= everyMs;
    if (firstAttempt === noted.firstAttempt && !isDue) return;
    const print = intake.print(clock.now());
    // Of a log that has only just begun anew there is nothing to print: soon.
    noted = { firstAttempt, atMs: print ? clock.monotonic() : Number.NEGATIVE_INFINITY, position };
    await logBook.note(intake.run, { firstAttempt, print }).catch((error: unknown) => {
      log.warn('the attempt of a log could not be kept', { run: intake?.run, error });
    });
  };

  const sampleUntil = async (signal: AbortSignal): Promise<never> => {
    for (;;) {
      const { instanceId, canEnter } = entry;
      if (!pool || instanceId === null || !canEnter) {
        sampling = { ...sampling, error: whyNoSample(entry, pool !== undefined), idleSinceMs: null };
        settle();
        await bells.sample.wait(Number.POSITIVE_INFINITY, signal);
        continue;
      }
      const target = targetOf(instanceId, () => {});
      const leave = new AbortController();
      leaveSampling = () => leave.abort(new Error('The machine is another one'));
      try {
        await sampleLoop(
          {
            clock,
            bell: bells.sample,
            sampler: createSampler(target as RemoteTarget, { intervalMs: 0, diskPath: '/' }),
            intervalMs: interval,
            allowed,
            gpuLowPercent: training.health.gpuLowPercent,
            onState(state) {
              sampling = state;
              settle();
            },
          },
          AbortSignal.any([signal, leave.signal]),
        );
      } catch (error) {
        signal.throwIfAborted();
        if (!leave.signal.aborted) throw error;
      }
    }
  };
  let leaveSampling = () => {};
  const settle = () => {
    hasAnswered = { ...hasAnswered, sample: true };
    answered.ring();
    onChange();
  };

  const running = startRunning(async (signal) => {
    const results = await Promise.allSettled([lineLoop.run(signal), sampleUntil(signal)]);
    await noteLog(0);
    const failed = results.find((result) => result.status === 'rejected' && !signal.aborted);
    if (failed?.status === 'rejected') {
      log.error('a run cannot be watched any more', { run: entry.key, error: failed.reason });
      throw failed.reason;
    }
    signal.throwIfAborted();
  });

  return {
    ...running,
    key: entry.key,
    entry: () => entry,
    update(next) {
      const isElsewhere = next.instanceId !== entry.instanceId || next.attempt !== entry.attempt;
      const isOtherwise = isElsewhere || next.canEnter !== entry.canEnter;
      entry = next;
      if (isOtherwise) {
        leaveSampling();
        bells.sample.ring();
        lineLoop.interrupt(isElsewhere ? 'anew' : 'same');
      }
    },
    look(next) {
      if (next && !isLookedAt) bells.sample.ring();
      isLookedAt = next;
    },
    async refresh(signal) {
      hasAnswered = { sample: false, lines: lineLoop.state().answeredAtMs !== null };
      bells.sample.ring();
      if (!hasAnswered.lines) bells.lines.ring();
      while (!hasAnswered.sample || !hasAnswered.lines || isCatchingUp()) {
        await answered.wait(QUIET_MS / 2, signal);
      }
    },
    interrupt: () => lineLoop.interrupt('same'),
    view(nowMs) {
      const view = viewRun({
        nowMs,
        entry,
        sampling,
        staleAfterMs: STALE_INTERVALS * interval(),
        lines: lineLoop.state(),
        intake,
        training,
        before: health,
      });
      health = view.health;
      return view;
    },
    async lines(limit) {
      const inMemory = window.newest(limit);
      const tail = lineLoop.state().source?.tail;
      if (inMemory.length >= limit || !tail || inMemory.at(0)?.seq === 1) return inMemory;
      const older = await lookBack(tail, limit).catch(() => []);
      const first = inMemory[0]?.seq ?? older.length + 1;
      const before = older
        .slice(0, Math.max(0, older.length - inMemory.length))
        .slice(-(limit - inMemory.length));
      const attempt = inMemory[0]?.attempt ?? 1;
      const atMs = inMemory[0]?.atMs ?? clock.now();
      return [
        ...before.map((text, at) => ({ seq: first - before.length + at, attempt, atMs, text })),
        ...inMemory,
      ];
    },
    metricRun: () => intake?.run,
    takeMetrics: () => intake?.takeMetrics() ?? [],
    notes: () => intake?.notes() ?? [],
    isCatchingUp,
    async nextSource(signal) {
      const source = await lineLoop.next(signal);
      if (source) return `${source.kind}${source.from === '' ? '' : ` ${source.from}`}`;
      throw new NoOtherSourceError(entry.name);
    },
  };

  function isCatchingUp(): boolean {
    return clock.monotonic() - pastAtMs < QUIET_MS;
  }
}

/** There is one source of lines, or none. */
export class NoOtherSourceError extends Error {
  override name = 'NoOtherSourceError';

  constructor(name: string) {
    super(
      `There is no other source of lines for ${name}; name a log by --log or under "logs:" in vastdeck.yaml`,
    );
  }
}

function trainingOf({ rules, training = NO_TRAINING }: MonitorOptions, entry: RunEntry): TrainingOptions {
  return { ...training, ...rules?.limitsOf?.(namedRun(entry)) };
}

function isSameSource(
  { source }: LineState,
  other: { readonly kind: string; readonly run: string },
): boolean {
  return source !== null && source.run === other.run;
}

function whyNoSample({ status, reason }: RunEntry, hasPool: boolean): string {
  if (status !== 'running') return reason;
  return hasPool ? 'The machine has no SSH port' : 'Machines are not entered (--no-ssh)';
}

async function lookBack(
  tail: (bytes: number) => Promise<Uint8Array>,
  limit: number,
): Promise<readonly string[]> {
  const bytes = Math.min(LOOK_BACK_MAX_BYTES, limit * BYTES_A_LINE);
  const reader = createLineReader();
  const lines = reader.push(await tail(bytes)).filter(({ ending }) => ending !== 'return');
  return lines.map(({ text }) => text);
}
