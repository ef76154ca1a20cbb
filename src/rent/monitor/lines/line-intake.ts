// Everything that is learned from the lines of one run: figures, health facts, step times, losses, what to show, and the
// metrics that are to be kept. Bounded memory, and no line makes it throw.
import {
  createLineLook,
  createLogParser,
  createLossWatch,
  createMetricNumbering,
  createStepTimes,
  createWorkedSteps,
  type LogEvent,
  type LossVerdict,
  NO_FACTS,
  noteEvent,
  noteLine,
  paceOf,
  type ReadingEvent,
  type RunFacts,
  type RunMetric,
  type RunState,
  type StepTimes,
  type TrainingOptions,
  type WorkedSteps,
} from '../../training/index.ts';
import type { ShownLine } from '../monitor-api.ts';
import type { LinePiece } from '../sources/line-source.ts';
import { type LogFile, type LogPrint, makeLogPrint, PRINT_BYTES } from '../sources/log-print.ts';
import { createLinePlaces, type LinePlaces } from './line-places.ts';
import { createLineWindow, type LineWindow } from './line-window.ts';
import { createProgressGaps } from './progress-gaps.ts';

export interface LineIntakeOptions {
  /** Under which metrics are kept. */
  readonly run: string;
  readonly start: LogStart;
  readonly training: TrainingOptions;
  /** Lines go on to be counted where they were, when only the source changes. */
  readonly window?: LineWindow;
}

/** How the numbers of what is read go on from what is kept. */
export interface LogStart {
  /** With which attempt the log begins; and which one goes on where it is not read from its beginning. */
  readonly firstAttempt: number;
  readonly lastAttempt: number;
  /** Where to begin; undefined is the source's own choice. */
  readonly from: number | undefined;
  /** The first piece has been read before: its metrics are kept already. */
  readonly isFirstKept: boolean;
  /** Of what was read of it last; undefined where nothing was, or it is no file. */
  readonly print?: LogPrint | undefined;
}

/** How much of a log was read, and of which. */
export interface LogRead {
  /** Null of what is no file, whose lines come without the time of their writing. */
  readonly file: LogFile | null;
  /** Of the bytes up to where it was read, those that were: below 1 where a long log was begun near its end. */
  readonly share: number;
}

/** Something odd about the log that a person should know. */
export interface LogNote {
  /** One note of a name is enough. */
  readonly name: string;
  readonly sentence: string;
}

export interface LineIntake {
  readonly run: string;
  readonly window: LineWindow;
  push(piece: LinePiece): void;
  /** Where reading goes on after an interruption; undefined before the first piece. */
  position(): number | undefined;
  state(): RunState;
  facts(): RunFacts;
  loss(): LossVerdict;
  times(): StepTimes;
  worked(): WorkedSteps | null;
  read(): LogRead;
  /** For knowing the log again; undefined where there is nothing of a file yet. */
  print(nowMs: number): LogPrint | undefined;
  /** Seconds of a step, or of a line where the log counts in epochs; for judging how it goes. */
  pace(): ReturnType<typeof paceOf>;
  /** Seconds from one sign of progress to the next; null before there are enough. */
  signS(): number | null;
  /** The number of the attempt that runs, by the count of the job. */
  attempt(): number;
  /** With which the present content of the log begins. */
  firstAttempt(): number;
  recentLosses(): readonly number[];
  /** The newest of each name. */
  newest(): readonly RunMetric[];
  /** Metrics since the last call. */
  takeMetrics(): readonly RunMetric[];
  /** New lines since the last call. */
  takeLines(): readonly ShownLine[];
  notes(): readonly LogNote[];
}

/** A line has at most 73 figures; the number of a metric is that of its line times this. */
export const SEQS_A_LINE = 128;
const LOSSES_SHOWN = 60;
/** Where the store takes nothing for a while, the oldest are given up. */
const METRICS_HELD = 50_000;
const NAMES_MAX = 200;

export function createLineIntake(options: LineIntakeOptions): LineIntake {
  const { run, training, start, window = createLineWindow() } = options;
  let { firstAttempt } = start;
  /** Metrics up to this number are kept already. */
  let keptSeq = 0;
  let nowMs = 0;
  let position: number | undefined;
  let places: LinePlaces | undefined;
  let parser = newParser();
  const losses = createLossWatch(training.loss);
  let steps = createStepTimes();
  let worked = createWorkedSteps();
  let file: LogFile | null = null;
  let firstOffset = 0;
  // The last bytes before the position.
  let tail: Buffer = Buffer.alloc(0);
  let gaps = createProgressGaps();
  let facts: RunFacts = NO_FACTS;
  let recentLosses: number[] = [];
  let metrics: RunMetric[] = [];
  const newest = new Map<string, RunMetric>();
  const notes = new Map<string, LogNote>();
  const looks = createLineLook();

  function newParser() {
    return createLogParser({ nowMs: () => nowMs, custom: training.metrics, templates: training.templates });
  }

  const beginAnew = (why: string) => {
    // Nothing of it was read since this program began: then those count that are kept.
    firstAttempt = position === undefined ? start.lastAttempt + 1 : firstAttempt + parser.state().attempts;
    keptSeq = 0;
    parser = newParser();
    steps = createStepTimes();
    worked = createWorkedSteps();
    tail = Buffer.alloc(0);
    gaps = createProgressGaps();
    losses.forget();
    facts = { ...NO_FACTS, lastLineAtMs: facts.lastLineAtMs };
    note(`restarted ${firstAttempt}`, `The log ${why}: attempt ${firstAttempt} begins`);
  };

  const beginAt = (offset: number, length: number): LinePlaces => {
    if (start.isFirstKept) keptSeq = (offset + length) * SEQS_A_LINE;
    else if (offset > 0) firstAttempt = start.lastAttempt;
    return createLinePlaces(offset);
  };

  const note = (name: string, sentence: string) => {
    if (!notes.has(name) && notes.size < NAMES_MAX) notes.set(name, { name, sentence });
  };

  const takeReading = (event: ReadingEvent, place: number) => {
    const { figures, writer } = event;
    if (writer === 1 && figures.loss !== undefined) {
      losses.push(figures.loss, event.atMs);
      recentLosses.push(figures.loss);
      if (recentLosses.length >= 2 * LOSSES_SHOWN) recentLosses = recentLosses.slice(-LOSSES_SHOWN);
    }
    const numbering = createMetricNumbering({ run, firstAttempt, afterSeq: place * SEQS_A_LINE });
    for (const metric of numbering.metricsOf(event)) {
      if (writer === 1 && (newest.has(metric.name) || newest.size < NAMES_MAX))
        newest.set(metric.name, metric);
      if (metric.seq > keptSeq) metrics.push(metric);
    }
    if (metrics.length > METRICS_HELD) metrics = metrics.slice(-METRICS_HELD / 2);
  };

  const takeEvent = (event: LogEvent, place: number) => {
    const { done } = facts;
    facts = noteEvent(facts, event);
    if (event.kind === 'reading' && facts.done !== done) gaps.push(event.figures.loggedAtMs ?? event.atMs);
    steps.push(event);
    worked.push(event);
    switch (event.kind) {
      case 'reading':
        takeReading(event, place);
        return;
      case 'restart':
        losses.forget();
        note(
          `attempt ${attemptNow()}`,
          `Attempt ${attemptNow()} begins at step ${event.step}, after step ${event.fromStep}`,
        );
        return;
      case 'two-writers':
        losses.forget();
        // What was taken for its attempts was the other run.
        for (const name of notes.keys()) {
          if (Number(/^attempt (\d+)$/.exec(name)?.[1]) > attemptNow()) notes.delete(name);
        }
        note('two-writers', event.reason);
        return;
      case 'time-backwards':
        note('time-backwards', `The clock of the log goes back by ${Math.round(event.byMs / 1_000)} s`);
        return;
      case 'metric-too-slow':
        note(`slow ${event.name}`, `The pattern of "${event.name}" takes too long and is not tried any more`);
        return;
      default:
    }
  };

  const attemptNow = () => firstAttempt + parser.state().attempts - 1;

  return {
    run,
    window,
    push({ offset, bytes, writtenAtMs, restarted, file: present }) {
      nowMs = writtenAtMs;
      if (present) file = present;
      if (restarted !== undefined) {
        beginAnew(restarted === 'truncated' ? 'was cut short' : 'was replaced');
        places = createLinePlaces(offset);
        firstOffset = offset;
      }
      if (places === undefined) {
        places = beginAt(offset, bytes.length);
        firstOffset = offset;
      }
      position = offset + bytes.length;
      // A copy: a view would keep the whole piece alive.
      tail = Buffer.concat([
        tail.subarray(Math.max(0, tail.length + bytes.length - PRINT_BYTES)),
        bytes.subarray(-PRINT_BYTES),
      ]);
      for (const line of places.push(bytes)) {
        const odd = looks.look(line);
        if (odd) note(odd.name, odd.sentence);
        facts = noteLine(facts, nowMs);
        for (const event of parser.push(line.text)) takeEvent(event, line.place);
        window.push(line, attemptNow(), nowMs);
      }
    },
    position: () => position,
    state: () => parser.state(),
    facts: () => facts,
    loss: () => losses.verdict(),
    times: () => steps.times(),
    worked: () => worked.worked(),
    read: () => ({ file, share: position ? (position - firstOffset) / position : 1 }),
    print: (atMs) =>
      file === null || position === undefined
        ? undefined
        : makeLogPrint(file, { bytes: tail, end: position, atMs }),
    pace() {
      const times = steps.times();
      return times.unit === 'epoch' ? gaps.pace() : paceOf(times);
    },
    signS: () => gaps.pace().usualStepS,
    attempt: attemptNow,
    firstAttempt: () => firstAttempt,
    recentLosses: () => recentLosses.slice(-LOSSES_SHOWN),
    newest: () => [...newest.values()],
    takeMetrics() {
      const taken = metrics;
      metrics = [];
      return taken;
    },
    takeLines: () => window.takeNew(),
    notes: () => [...notes.values()],
  };
}
