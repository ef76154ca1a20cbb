// A whole log in one look: where each run in it stands, and when it would end.

import { estimateFinish, type Finish } from './finish/estimate-finish.ts';
import { progressOf, remainingStepsOf } from './finish/progress.ts';
import { createStepTimes, type StepTimes } from './finish/step-times.ts';
import { createLineLook } from './lines/line-look.ts';
import { createLineReader, type LogLine } from './lines/line-reader.ts';
import type { Figures } from './parser/figures.ts';
import type { LogEvent } from './parser/log-events.ts';
import { createLogParser, type LogParserOptions } from './parser/log-parser.ts';
import type { RunState } from './parser/run-state.ts';

export interface RunSummary {
  readonly format: string;
  readonly attempts: number;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  /** Within the epoch where the log counts so. */
  readonly step: number | null;
  readonly totalSteps: number | null;
  readonly loss: number | null;
  /** Seconds that the rest would take; 0 where all steps are done, null where the log does not tell. */
  readonly etaS: number | null;
  /** Why there is no time, or how it is known. */
  readonly finish: Finish;
  /** All other figures, the log's own and custom ones, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** What a person should know of the log: two runs in it, a clock set back, what ended it. */
  readonly notes: readonly string[];
}

const NOTES_MAX = 20;

/** A log that is read piece by piece, of whatever length; it is kept nowhere. */
export interface LogSummary {
  push(bytes: Uint8Array): void;
  /** After the last piece: a summary for each run in the log. None where nothing was recognised, two where two write it. */
  end(): readonly RunSummary[];
  /** As of each run, also where there is none. */
  notes(): readonly string[];
}

interface Note {
  readonly sentence: string;
  /** Which attempt it is of: it may turn out to be none. */
  readonly attempt: number | null;
}

export function createLogSummary(options: Omit<LogParserOptions, 'nowMs'> = {}): LogSummary {
  const reader = createLineReader();
  // A file's lines all arrive at once: only the times in them count.
  const parser = createLogParser({ ...options, nowMs: () => 0 });
  const steps = createStepTimes();
  const looks = createLineLook();
  let notes: Note[] = [];
  const note = (sentence: string, attempt: number | null = null) => {
    const isKnown = attempt === null && notes.some((each) => each.sentence === sentence);
    if (!isKnown && notes.length < NOTES_MAX) notes.push({ sentence, attempt });
  };
  const take = (line: LogLine) => {
    const odd = looks.look(line);
    if (odd) note(odd.sentence);
    for (const event of parser.push(line.text)) {
      steps.push(event);
      if (event.kind === 'two-writers') {
        // What was taken for its attempts was the other run.
        notes = notes.filter(({ attempt }) => attempt === null || attempt <= event.attempt);
      }
      const sentence = noteOf(event);
      if (sentence !== null) note(sentence, event.kind === 'restart' ? event.attempt : null);
    }
  };
  const sentences = () => notes.map(({ sentence }) => sentence);
  return {
    push(bytes) {
      for (const line of reader.push(bytes)) take(line);
    },
    end() {
      for (const line of reader.end()) take(line);
      return summaryOf(parser.state(), steps.times(), sentences());
    },
    notes: sentences,
  };
}

/** A whole log at once; as `createLogSummary`. */
export function summarizeLog(
  chunks: Iterable<Uint8Array>,
  options: Omit<LogParserOptions, 'nowMs'> = {},
): readonly RunSummary[] {
  const summary = createLogSummary(options);
  for (const chunk of chunks) summary.push(chunk);
  return summary.end();
}

function summaryOf(state: RunState, times: StepTimes, notes: readonly string[]): readonly RunSummary[] {
  const { readings, format, attempts, figures, second } = state;
  if (readings === 0) return [];
  const runs = second === null ? [figures] : [figures, second];
  return runs.map((run): RunSummary => {
    const progress = progressOf(run);
    const { remainingS } = run;
    const finish: Finish =
      progress === null
        ? { kind: 'unknown', reason: 'The log tells neither steps nor epochs' }
        : estimateFinish({
            nowMs: 0,
            progress,
            times,
            remainingS,
            remainingSteps: remainingStepsOf(run),
          });
    return {
      format: format ?? 'custom',
      attempts,
      epoch: run.epoch ?? null,
      totalEpochs: run.totalEpochs ?? null,
      step: run.step ?? null,
      totalSteps: run.totalSteps ?? null,
      loss: run.loss ?? null,
      etaS: finish.kind === 'done' ? 0 : finish.kind === 'known' ? finish.remainingS.likely : null,
      finish,
      metrics: otherFigures(run),
      notes,
    };
  });
}

function otherFigures(figures: Readonly<Figures>): Readonly<Record<string, number>> {
  const { valLoss, learningRate, gradNorm, throughput, tokens, memoryGb, stepS, elapsedS, custom } = figures;
  const named = { valLoss, learningRate, gradNorm, throughput, tokens, memoryGb, stepS, elapsedS };
  const known = Object.entries(named).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return { ...Object.fromEntries(known), ...custom };
}

function noteOf(event: LogEvent): string | null {
  switch (event.kind) {
    case 'restart':
      return `Attempt ${event.attempt} begins at step ${event.step}, after step ${event.fromStep}`;
    case 'two-writers':
      return event.reason;
    case 'time-backwards':
      return `A line is ${(event.byMs / 1_000).toFixed(0)} s older than the one before it: a clock was set back`;
    case 'out-of-memory':
      return `Out of memory: ${event.text.trim()}`;
    case 'failed':
      return `Failed: ${event.text.trim()}`;
    case 'metric-too-slow':
      return `The pattern of "${event.name}" takes too many steps and is not tried any more`;
    default:
      return null;
  }
}
