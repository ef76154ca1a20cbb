// What every command is given: terminal, settings, clock, dice, log.
import {
  type Clock,
  createLog,
  createRandom,
  formatLogLine,
  freshSeed,
  type Log,
  type LogLine,
  type Random,
  systemClock,
} from '../../base/std/index.ts';
import { type Config, readConfig } from './config.ts';
import { UsageError } from './errors.ts';
import type { Column, Row } from './output/column.ts';
import { FORMATS, type Format, renderRows } from './output/table.ts';
import type { Terminal } from './process.ts';

export interface OutputFlags {
  readonly json?: boolean;
  readonly format?: string;
}

export interface Context {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly writeLog: (line: LogLine) => void;
  /** Prints rows as the flags ask: a table on a terminal, TSV when piped. */
  print(rows: readonly Row[], columns: readonly Column[], flags: OutputFlags): void;
  /** The exit code of a command that has printed its answer and ends badly all the same. */
  readonly endWith: (code: number) => void;
}

/** Settings are read when a command runs: a faulty `.env` must not keep anybody from the help. */
export type MakeContext = () => Context;

export function createContext(terminal: Terminal, endWith: (code: number) => void): Context {
  const config = readConfig(terminal);
  const clock = systemClock();
  const writeLog = (line: LogLine) => terminal.err(`${formatLogLine(line)}\n`);
  return {
    terminal,
    config,
    clock,
    random: createRandom(freshSeed()),
    log: createLog({ clock, level: config.logLevel.value, write: writeLog }),
    writeLog,
    print: (rows, columns, flags) => {
      const options = { format: formatOf(flags, terminal), width: terminal.columns };
      terminal.out(
        renderRows(rows, columns, {
          ...options,
          onHidden: (hidden) => terminal.err(`${hiddenText(hidden)}\n`),
        }),
      );
    },
    endWith,
  };
}

/** Which columns a table had no room for, and where they are. */
export function hiddenText(hidden: readonly Column[]): string {
  const names = hidden.map(({ name }) => name).join(', ');
  return `Not shown for want of width: ${names}. A wider window, --format tsv or --json shows them.`;
}

/** For who waits for an outcome: tries that fail and are made again are no news to them. `LOG_LEVEL`, set to any, shows all. */
export function outcomeLog({
  clock,
  config,
  log,
  writeLog,
}: Pick<Context, 'clock' | 'config' | 'log' | 'writeLog'>): Log {
  return config.logLevel.source === 'default' ? createLog({ clock, level: 'error', write: writeLog }) : log;
}

/** The format that the flags ask for; without any, a table for people and TSV for pipes. */
export function formatOf(flags: OutputFlags, terminal: Pick<Terminal, 'outIsTerminal'>): Format {
  if (flags.json) return 'json';
  if (flags.format === undefined) return terminal.outIsTerminal ? 'table' : 'tsv';
  const format = FORMATS.find((known) => known === flags.format);
  if (format) return format;
  throw new UsageError(`--format "${flags.format}" is not known; it is one of ${FORMATS.join(', ')}`);
}
