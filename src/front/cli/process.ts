// The process as seen by the command line: the one reader of argv and environment, the one printer.
import type { Writable } from 'node:stream';

export interface Terminal {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Data: tables, TSV, JSON. */
  readonly out: (text: string) => void;
  /** Everything else: progress, warnings, errors, questions. */
  readonly err: (text: string) => void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly stdout: Writable;
  readonly stdin: NodeJS.ReadableStream;
  readonly pid: number;
  readonly nodeVersion: string;
  /** Aborted at the first SIGINT or SIGTERM; the second one ends the process at once. */
  readonly interrupted: AbortSignal;
}

export function processTerminal(): Terminal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Interrupted(signal));
    });
  }
  // A reader that goes away (`| head`) ends the program quietly, as it does for every other Unix tool.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    args: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    inIsTerminal: process.stdin.isTTY === true,
    columns: process.stdout.columns ?? 250,
    rows: process.stdout.rows ?? 40,
    stdout: process.stdout,
    stdin: process.stdin,
    pid: process.pid,
    nodeVersion: process.versions.node,
    interrupted: controller.signal,
  };
}

/** Why work was ended by the person at the keyboard or by the system. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor(signal: string) {
    super(`Interrupted by ${signal}`);
  }
}

/** Sets the exit code and lets the process end by itself once all output has been written. */
export function endWith(code: number): void {
  process.exitCode = code;
}
