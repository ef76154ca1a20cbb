// Lines of a training log to events. It finds the format by itself, keeps little, and never throws at a line.
import { type CustomMetric, createCustomReader, type LogTemplate } from '../custom/custom-reader.ts';
import { LOG_FORMATS } from '../formats/all-formats.ts';
import { createStepTracker, type StepTracker } from './attempts.ts';
import { createDoubledSteps, type DoubledSteps } from './doubled-steps.ts';
import { emptyFigures, type Figures } from './figures.ts';
import { createFormatChoice } from './format-choice.ts';
import { beginningOf } from './line-beginning.ts';
import type { LogEvent, Pause } from './log-events.ts';
import type { Finding, LogFormat } from './log-format.ts';
import { timeAtStart } from './numbers.ts';
import { withoutRank } from './rank-prefix.ts';
import { mergeFigures, type RunState } from './run-state.ts';
import { signOf } from './signs.ts';
import { createStepsByKind } from './steps-by-kind.ts';

export interface LogParserOptions {
  /** The time at which a line arrived. A clock that is set back is told as `time-backwards`. */
  readonly nowMs: () => number;
  /** Which formats to look for. Default all; one alone where the user knows better. */
  readonly formats?: readonly LogFormat[];
  readonly custom?: readonly CustomMetric[];
  /** Templates of lines, tried before every format. */
  readonly templates?: readonly LogTemplate[];
}

export interface LogParser {
  /** What a line tells. Lines are those of a `LineReader`: without ANSI codes, in their order. */
  push(line: string): readonly LogEvent[];
  state(): RunState;
}

const NOTHING: readonly LogEvent[] = [];
/** Of longer lines the beginning is read: no pattern of ours then takes long. Objects of JSON are read whole. */
const LINE_MAX = 8_192;
const OPEN_BRACE = 123;
const TOLD_MAX = 100;
/** What an event quotes of a line. */
const QUOTE_MAX = 300;
/** Lines of several hosts are not in order to the second: only more than this is a clock set back. */
const BACKWARDS_MS = 5_000;

/** Ranks that print each step are one apart at most; bars are drawn when there is time, so those of ranks differ by more. */
const APART_STRIDES = { own: 3, generic: 3, bar: 6 } as const;

/** More than an epoch has, where the log does not tell how many. */
const STEPS_OF_ANY_EPOCH = 1e6;

interface Reader {
  readonly format: LogFormat;
  readonly read: (line: string) => Finding | null;
  readonly steps: StepTracker;
  readonly doubled: DoubledSteps;
  /** Learned where steps fall as the epoch rises. */
  stepsAreOfEpoch: boolean;
  lastEpoch: number | undefined;
  lastStep: number | undefined;
}

export function createLogParser({
  nowMs,
  formats = LOG_FORMATS,
  custom = [],
  templates = [],
}: LogParserOptions): LogParser {
  const customReader = createCustomReader({ custom, templates });
  const readers: Reader[] = [...customReader.formats, ...formats].map((format) => ({
    format,
    read: format.start(),
    steps: stepsOf(format),
    doubled: createDoubledSteps(),
    stepsAreOfEpoch: false,
    lastEpoch: undefined,
    lastStep: undefined,
  }));
  const choice = createFormatChoice();
  // Which format tells the steps: beside dictionaries without any, it is the bar.
  const stepChoice = createFormatChoice();
  const known = emptyFigures();
  let second: Figures | null = null;
  let lead: Reader | null = null;
  // Readers of bars and of anything, by how their lines begin: all others have seen such a line and did not want it.
  const beginnings = new Map<string, Reader>();
  let leastRank: number | null = null;
  let attempts = 1;
  let writers = 1;
  let readings = 0;
  let isFinished = false;
  let lastPause: Pause | null = null;
  // What was told since the last step, so that each of 64 ranks that fails is not told again.
  let toldSigns = new Set<string>();
  let newestAtMs = Number.NEGATIVE_INFINITY;
  let newestLoggedMs = Number.NEGATIVE_INFINITY;

  return {
    push(line) {
      if (line === '') return NOTHING;
      const { rank, text } = withoutRank(
        line.length > LINE_MAX && line.charCodeAt(0) !== OPEN_BRACE ? line.slice(0, LINE_MAX) : line,
      );
      const events: LogEvent[] = [];
      const own = custom.length === 0 ? undefined : customReader.valuesOf(text);
      if (custom.length > 0) tellSlow(events);
      const found = find(text);
      if (found === null && own === undefined) {
        readSign(text, events);
        return events.length === 0 ? NOTHING : events;
      }
      const atMs = arrival(events);
      // The first rank speaks for all: the others' losses are of their share of the batch.
      if (rank !== null) {
        leastRank = Math.min(leastRank ?? rank, rank);
        if (rank > leastRank) return events.length === 0 ? NOTHING : events;
      }
      if (found !== null && found.finding.kind !== 'figures') {
        const { kind } = found.finding;
        if ((kind === 'settings' || kind === 'finished') && choice.count(found.reader.format)) {
          events.push({ kind: 'format', atMs, format: found.reader.format.name });
        }
        noteFinding(found.finding, { atMs, text }, events);
        if (own === undefined) return events.length === 0 ? NOTHING : events;
      }
      const figures = found?.finding.kind === 'figures' ? found.finding.figures : emptyFigures();
      if (own !== undefined) figures.custom = { ...figures.custom, ...own };
      takeReading(found?.reader ?? null, figures, { atMs, text }, events);
      return events;
    },
    state: () => ({
      format: choice.name,
      attempts,
      writers,
      readings,
      figures: { ...known },
      second: second && { ...second },
      isFinished,
    }),
  };

  function find(text: string): { readonly reader: Reader; readonly finding: Finding } | null {
    if (lead !== null) {
      const finding = lead.read(text);
      if (finding !== null) return { reader: lead, finding };
    }
    const beginning = beginningOf(text);
    const same = beginnings.get(beginning);
    if (same !== undefined) {
      const finding = same.read(text);
      if (finding !== null) return { reader: same, finding };
    }
    for (const reader of readers) {
      if (reader === lead || reader === same) continue;
      const finding = reader.read(text);
      if (finding === null) continue;
      // A reader of everything would hide those who know better: it is asked first only for lines that begin like this.
      if (reader.format.rank === 'own') lead = reader;
      else if (beginning !== '') remember(beginning, reader);
      return { reader, finding };
    }
    return null;
  }

  function remember(beginning: string, reader: Reader): void {
    if (beginnings.size >= BEGINNINGS_MAX) beginnings.clear();
    // A slice would keep its whole line in memory.
    beginnings.set(Buffer.from(beginning).toString(), reader);
  }

  function tellSlow(events: LogEvent[]): void {
    for (const name of customReader.newlySlow())
      events.push({ kind: 'metric-too-slow', atMs: nowMs(), name });
  }

  function arrival(events: LogEvent[]): number {
    const atMs = nowMs();
    if (atMs < newestAtMs - BACKWARDS_MS) {
      events.push({ kind: 'time-backwards', atMs, byMs: newestAtMs - atMs });
      newestAtMs = atMs;
    }
    newestAtMs = Math.max(newestAtMs, atMs);
    return atMs;
  }

  function loggedAt(text: string, atMs: number, events: LogEvent[]): number | undefined {
    const loggedAtMs = timeAtStart(text);
    if (loggedAtMs === undefined) return undefined;
    if (loggedAtMs < newestLoggedMs - BACKWARDS_MS) {
      events.push({ kind: 'time-backwards', atMs, byMs: newestLoggedMs - loggedAtMs });
      newestLoggedMs = loggedAtMs;
    }
    newestLoggedMs = Math.max(newestLoggedMs, loggedAtMs);
    return loggedAtMs;
  }

  function takeReading(reader: Reader | null, figures: Figures, line: Line, events: LogEvent[]): void {
    const { atMs } = line;
    figures.loggedAtMs ??= loggedAt(line.text, atMs, events);
    let writer = 1;
    if (reader !== null) {
      learnScope(reader, figures);
      if (choice.count(reader.format)) events.push({ kind: 'format', atMs, format: reader.format.name });
      writer = followSteps(reader, figures, line, events);
      if (figures.step !== undefined || figures.loss !== undefined) {
        lastPause = null;
        if (toldSigns.size > 0) toldSigns = new Set();
      }
    }
    if (writer > 1) second ??= { ...known };
    const run = (writer > 1 ? second : known) ?? known;
    mergeFigures(run, figures);
    figures.step ??= stepOfEpoch(run, figures) ?? run.step;
    if (figures.step !== undefined && run.step === undefined) run.step = figures.step;
    figures.totalSteps ??= run.totalSteps;
    figures.epoch ??= run.epoch;
    figures.firstEpoch = run.firstEpoch;
    figures.totalEpochs ??= run.totalEpochs;
    figures.stepScope = run.stepScope;
    readings += 1;
    events.push({
      kind: 'reading',
      format: choice.name ?? 'custom',
      attempt: attempts,
      writer,
      atMs,
      figures,
    });
  }

  function learnScope(reader: Reader, figures: Figures): void {
    const { step, epoch } = figures;
    if (step === undefined) return;
    const before = reader.lastEpoch;
    const now = epoch ?? known.epoch;
    if (
      !reader.stepsAreOfEpoch &&
      before !== undefined &&
      now !== undefined &&
      now > before &&
      step < (reader.lastStep ?? 0)
    ) {
      reader.stepsAreOfEpoch = true;
    }
    reader.lastEpoch = now;
    reader.lastStep = step;
    if (reader.stepsAreOfEpoch) figures.stepScope = 'epoch';
  }

  function followSteps(reader: Reader, figures: Figures, { atMs, text }: Line, events: LogEvent[]): number {
    const { step } = figures;
    const totalSteps = figures.totalSteps ?? known.totalSteps;
    const position = positionOf(figures, totalSteps);
    if (position === undefined) return 1;
    stepChoice.count(reader.format);
    const isLastEpoch =
      figures.stepScope === 'run' ||
      (figures.epoch ?? 0) >= (figures.totalEpochs ?? Number.POSITIVE_INFINITY);
    const isDone = step !== undefined && totalSteps !== undefined && step >= totalSteps && isLastEpoch;
    const verdict = reader.steps.follow(position, isDone, text);
    if (!verdict.isOfRun && step !== undefined && step < (known.step ?? 0)) {
      figures.step = undefined;
      figures.totalSteps = undefined;
      return 1;
    }
    // Two formats may count differently: only the log's own decides.
    if (reader.format.name !== stepChoice.name) return 1;
    if (verdict.provesTwoWriters) {
      attempts = verdict.attempt;
      writers = 2;
      const reason = 'The steps jump to and fro between two rows of steps: two runs write this file';
      events.push({ kind: 'two-writers', atMs, attempt: attempts, isCertain: true, reason });
    } else if (verdict.restartedFrom !== null) {
      attempts = verdict.attempt;
      isFinished = false;
      const fromStep = known.step ?? verdict.restartedFrom;
      events.push({ kind: 'restart', atMs, attempt: attempts, fromStep, step: step ?? position });
    }
    // A bar repeats its state; only a line of one framework's own is written once for each step.
    if (step !== undefined && figures.loss !== undefined && reader.format.rank !== 'bar') {
      if (reader.doubled.note(position, figures.loss) && writers === 1) {
        const reason =
          'Each step is told twice, with different losses: ranks without their names, or two runs that write this file';
        events.push({ kind: 'two-writers', atMs, attempt: attempts, isCertain: false, reason });
      }
    }
    return verdict.writer;
  }

  /** One number that grows as the run goes on; undefined where the line tells of no place in it. */
  function positionOf(
    { step, epoch, loss, stepScope }: Figures,
    totalSteps: number | undefined,
  ): number | undefined {
    if (step === undefined) return known.step === undefined && loss !== undefined ? epoch : undefined;
    if (stepScope === 'run') return step;
    return Math.floor(epoch ?? known.epoch ?? 0) * (totalSteps ?? STEPS_OF_ANY_EPOCH) + step;
  }

  function noteFinding(finding: Exclude<Finding, { kind: 'figures' }>, line: Line, events: LogEvent[]): void {
    const { atMs, text } = line;
    switch (finding.kind) {
      case 'settings':
        if (finding.totalSteps !== undefined) known.totalSteps = finding.totalSteps;
        if (finding.totalEpochs !== undefined) known.totalEpochs = finding.totalEpochs;
        return;
      case 'pause':
        pause(finding.pause, line, events);
        return;
      case 'checkpoint':
        if (isTold(`checkpoint ${finding.path ?? ''}`)) return;
        events.push({
          kind: 'checkpoint',
          atMs,
          loggedAtMs: loggedAt(text, atMs, events),
          step: finding.step ?? known.step,
          path: finding.path,
        });
        return;
      case 'finished':
        isFinished = true;
        if (isTold('finished')) return;
        events.push({ kind: 'finished', atMs, text: text.slice(0, QUOTE_MAX) });
        return;
      case 'seen':
    }
  }

  function isTold(what: string): boolean {
    if (toldSigns.has(what)) return true;
    if (toldSigns.size < TOLD_MAX) toldSigns.add(what);
    return false;
  }

  /** Said once: the bar of an evaluation has hundreds of states. */
  function pause(what: Pause, { atMs, text }: Line, events: LogEvent[]): void {
    if (lastPause === what) return;
    lastPause = what;
    events.push({ kind: 'pause', atMs, loggedAtMs: loggedAt(text, atMs, events), pause: what });
  }

  function readSign(text: string, events: LogEvent[]): void {
    const sign = signOf(text);
    if (sign === null) return;
    const atMs = arrival(events);
    switch (sign.kind) {
      case 'pause':
        pause(sign.pause, { atMs, text }, events);
        return;
      case 'checkpoint':
        noteFinding(sign, { atMs, text }, events);
        return;
      case 'finished':
        noteFinding({ kind: 'finished' }, { atMs, text }, events);
        return;
      case 'out-of-memory':
      case 'failed':
        if (!isTold(sign.kind)) events.push({ kind: sign.kind, atMs, text: text.slice(0, QUOTE_MAX) });
    }
  }
}

function stepsOf({ rank }: LogFormat): StepTracker {
  const apartStrides = APART_STRIDES[rank];
  if (rank !== 'generic')
    return createStepTracker({ afterDone: rank === 'own' ? 'restart' : 'begin-again', apartStrides });
  return createStepsByKind(() => createStepTracker({ afterDone: 'begin-again', apartStrides }));
}

/** The Trainer tells the epoch as a fraction, which with both totals is the step. */
function stepOfEpoch(run: Figures, { epoch }: Figures): number | undefined {
  const { totalSteps, totalEpochs, stepScope, step } = run;
  if (epoch === undefined || !totalSteps || !totalEpochs || stepScope === 'epoch') return undefined;
  const exact = (epoch / totalEpochs) * totalSteps;
  // Epochs are rounded to two places: where the bar is that near, it knows better.
  const isNear =
    step !== undefined && Math.abs(step - exact) <= Math.max(1, (0.005 / totalEpochs) * totalSteps);
  return isNear ? step : Math.round(exact);
}

const BEGINNINGS_MAX = 256;

interface Line {
  readonly atMs: number;
  readonly text: string;
}
