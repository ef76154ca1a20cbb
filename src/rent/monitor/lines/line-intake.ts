// Everything that is learned from the lines of one run: figures, health facts, step times, losses, what to show, and the
// metrics that are to be kept. Bounded memory, and no line makes it throw.
import {
  createLogParser,
  createLossWatch,
  createMetricNumbering,
  createStepTimes,
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
} from '../../training/index.ts';
import type { ShownLine } from '../monitor-api.ts';
import type { LinePiece } from '../sources/line-source.ts';
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
  /** Seconds of a step, or of a line where the log counts in epochs; for judging how it goes. */
  pace(): ReturnType<typeof paceOf>;
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
/** Of so many lines, more than half with bytes that are no text. */
const BINARY_LINES = 20;

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
  let gaps = createProgressGaps();
  let facts: RunFacts = NO_FACTS;
  let recentLosses: number[] = [];
  let metrics: RunMetric[] = [];
  const newest = new Map<string, RunMetric>();
  const notes = new Map<string, LogNote>();
  let looked = 0;
  let odd = 0;

  function newParser() {
    return createLogParser({ nowMs: () => nowMs, custom: training.metrics, templates: training.templates });
  }

  const beginAnew = (why: string) => {
    firstAttempt += parser.state().attempts;
    keptSeq = 0;
    parser = newParser();
    steps = createStepTimes();
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

  const look = (text: string, isCut: boolean) => {
    if (isCut) note('cut', 'A line is longer than 65,536 characters: its rest is not read');
    if (text === '') return;
    looked += 1;
    if (text.includes('\ufffd')) odd += 1;
    if (looked < BINARY_LINES) return;
    if (odd > BINARY_LINES / 2)
      note('binary', 'This is not text: most of its lines hold bytes that are no UTF-8');
    looked = 0;
    odd = 0;
  };

  return {
    run,
    window,
    push({ offset, bytes, writtenAtMs, restarted }) {
      nowMs = writtenAtMs;
      if (restarted !== undefined) {
        beginAnew(restarted === 'truncated' ? 'was cut short' : 'was replaced');
        places = createLinePlaces(offset);
      }
      places ??= beginAt(offset, bytes.length);
      position = offset + bytes.length;
      for (const line of places.push(bytes)) {
        look(line.text, line.isCut);
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
    pace() {
      const times = steps.times();
      return times.unit === 'epoch' ? gaps.pace() : paceOf(times);
    },
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
