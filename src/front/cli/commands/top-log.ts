// Where diagnostics go while a screen stands on the terminal: into a file, to an error output that is somewhere else, or
// nowhere. A line on the terminal itself would tear the screen.
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createLog, formatLogLine, type Log } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

export interface QuietOutput {
  readonly log: Log;
  /** Takes what others write to the error output meanwhile. */
  readonly take: (text: string) => void;
}

/** Throws a UsageError where the file cannot be written. */
export function quietOutput({ terminal, clock, config }: Context, logFile: string | undefined): QuietOutput {
  const take = takerOf({ terminal }, logFile);
  const log = createLog({
    clock,
    level: config.logLevel.value,
    write: (line) => take(`${formatLogLine(line)}\n`),
  });
  return { log, take };
}

function takerOf(
  { terminal }: Pick<Context, 'terminal'>,
  logFile: string | undefined,
): (text: string) => void {
  if (logFile === undefined) return terminal.errIsTerminal ? () => {} : terminal.err;
  const path = resolve(terminal.cwd, logFile);
  const append = (text: string) => appendFileSync(path, text, { mode: 0o600 });
  try {
    append('');
  } catch (error) {
    throw new UsageError(
      `--log-file ${logFile} cannot be written (${(error as NodeJS.ErrnoException).code}); name another file`,
    );
  }
  return (text) => {
    try {
      append(text);
    } catch {
      // A disk that has filled up must not take the screen with it.
    }
  };
}
