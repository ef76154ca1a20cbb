// Logs for tests, and what a separate awk line reads in them: expected values never come from our own parser.
import { execFileSync } from 'node:child_process';
import {
  createLineReader,
  createLogParser,
  type LogEvent,
  type LogParserOptions,
  type ReadingEvent,
  type RunState,
} from '../../../src/rent/training/index.ts';

export interface ParsedLog {
  readonly events: readonly LogEvent[];
  readonly readings: readonly ReadingEvent[];
  readonly state: RunState;
}

/** Parses a whole log; the clock stands still unless a test gives its own. */
export function parsed(log: string | Uint8Array, options: Partial<LogParserOptions> = {}): ParsedLog {
  const reader = createLineReader();
  const parser = createLogParser({ nowMs: () => 0, ...options });
  const bytes = typeof log === 'string' ? Buffer.from(log) : log;
  const events = [...reader.push(bytes), ...reader.end()].flatMap(({ text }) => parser.push(text));
  const readings = events.filter((event) => event.kind === 'reading');
  return { events, readings, state: parser.state() };
}

/** The last line that a shell command prints, given the log on its standard input. */
export function shell(command: string, log: string | Uint8Array): string {
  const output = execFileSync('sh', ['-c', command], { input: log, encoding: 'utf8', maxBuffer: 2 ** 28 });
  return output.trimEnd().split('\n').at(-1) ?? '';
}

export const shellNumber = (command: string, log: string | Uint8Array): number => Number(shell(command, log));

/** Kinds of the events that are not readings, in their order. */
export const kinds = ({ events }: ParsedLog): readonly string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'reading');
