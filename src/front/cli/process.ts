// The process as seen by the command line: the one reader of argv and environment, the one printer.
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { systemClock } from '../../base/std/index.ts';
import { watchKeys } from './keys.ts';

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
  /** Size of the window at this moment; that of a wide page where there is no window. */
  readonly columns: number;
  readonly rows: number;
  /** Called whenever the window has another size; returns what ends that. */
  readonly onResize: (listener: () => void) => () => void;
  /**
   * Called with every key while a person sits at a terminal, elsewhere never; returns what ends that. Keys with a
   * meaning of their own (Ctrl-C, Ctrl-Z, Ctrl-\) keep it.
   */
  readonly onKey: (listener: (key: string) => void) => () => void;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdin: NodeJS.ReadableStream;
  readonly pid: number;
  readonly nodeVersion: string;
  /**
   * Aborted at the first SIGINT, SIGTERM or SIGHUP, for commands that end in order; the second one ends the
   * process at once. A command that never asks for it is ended by the first: it has nothing to put in order.
   */
  readonly interrupted: AbortSignal;
  /**
   * While a listener is there, Ctrl-C is told to it and ends nothing; SIGTERM and SIGHUP do as ever. Returns what ends
   * that.
   */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Of an interrupted program, as shells have it: 128 and the number of SIGINT. */
const INTERRUPTED_CODE = 130;

/** One Ctrl-C arrives several times: from the terminal itself, and once more from npm and from our launcher. */
const SAME_KEYSTROKE_MS = 1_000;

const WIDE_PAGE = { columns: 250, rows: 40 } as const;

/** Ends the process at once, whatever keeps it alive: only for what has no other end. */
export function exitNow(code: number): never {
  process.exit(code);
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // A reader that goes away (`| head`) ends the program quietly, as it does for every other Unix tool.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  }
  const interruption = watchSignals();
  return {
    args: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outIsTerminal: stdout.isTTY === true,
    errIsTerminal: stderr.isTTY === true,
    inIsTerminal: isatty(0),
    get columns() {
      return stdout.columns || WIDE_PAGE.columns;
    },
    get rows() {
      return stdout.rows || WIDE_PAGE.rows;
    },
    onResize: (listener) => {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    onKey: (listener) => (isatty(0) && stdout.isTTY === true ? watchKeys(process.stdin, listener) : () => {}),
    stdout,
    stderr,
    // Opened only when asked for: an open standard input keeps a program alive.
    get stdin() {
      return process.stdin;
    },
    pid: process.pid,
    nodeVersion: process.versions.node,
    get interrupted() {
      return interruption.signal();
    },
    onInterrupt: interruption.listen,
  };
}

/** Why work was ended by the person at the keyboard or by the system. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor(signal: string) {
    super(`Interrupted by ${signal}`);
  }
}

interface Interruption {
  /** Asking for it is what makes the first interruption an orderly one. */
  readonly signal: () => AbortSignal;
  readonly listen: Terminal['onInterrupt'];
}

function watchSignals(): Interruption {
  const clock = systemClock();
  const controller = new AbortController();
  const listeners: (() => void)[] = [];
  let hasListener = false;
  let interruptedAtMs = Number.NEGATIVE_INFINITY;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const nowMs = clock.monotonic();
      const isSameKeystroke = nowMs - interruptedAtMs <= SAME_KEYSTROKE_MS;
      const listener = listeners.at(-1);
      if (name === 'SIGINT' && listener && !controller.signal.aborted) {
        interruptedAtMs = nowMs;
        if (!isSameKeystroke) listener();
        return;
      }
      if (!hasListener) process.exit(INTERRUPTED_CODE);
      if (!controller.signal.aborted) {
        interruptedAtMs = nowMs;
        controller.abort(new Interrupted(name));
      } else if (!isSameKeystroke) {
        process.exit(INTERRUPTED_CODE);
      }
    });
  }
  return {
    signal: () => {
      hasListener = true;
      return controller.signal;
    },
    listen: (listener) => {
      listeners.push(listener);
      return () => void listeners.splice(listeners.lastIndexOf(listener), 1);
    },
  };
}
