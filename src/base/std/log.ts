// A log line is a fixed message plus fields. The library never prints: it is given a Log.
import { inspect } from 'node:util';
import type { Clock } from './clock.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  child(fields: LogFields): Log;
}

export interface LogLine {
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface LogOptions {
  readonly clock: Clock;
  /** Lines below it are dropped; default `info`. */
  readonly level?: LogLevel;
  readonly write: (line: LogLine) => void;
}

export function createLog({ clock, level = 'info', write }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  const make = (bound: LogFields): Log => {
    const at = (lineLevel: LogLevel) => (message: string, fields?: LogFields) => {
      if (LOG_LEVELS.indexOf(lineLevel) < least) return;
      write({ at: clock.now(), level: lineLevel, message, fields: { ...bound, ...fields } });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}

/** A log that goes nowhere: the default of library constructors. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

/** One line for people: time, level when it matters, message, fields as key=value. */
export function formatLogLine(line: LogLine): string {
  const time = new Date(line.at).toISOString().slice(11, 19);
  const level = line.level === 'info' ? '' : `${line.level} `;
  const fields = Object.entries(line.fields).map(([key, value]) => ` ${key}=${formatField(value)}`);
  return `${time}Z ${level}${line.message}${fields.join('')}`;
}

function formatField(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'string') return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  try {
    return (
      JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)) ?? 'undefined'
    );
  } catch {
    // It refers to itself, or its toJSON throws: a log line must never be what ends the program.
    return JSON.stringify(inspect(value, { depth: 1 }));
  }
}
