// A program of the system, run without a shell: its arguments reach it as they are, whatever is in them.
import { spawn } from 'node:child_process';

export type ProgramEnd =
  | { readonly kind: 'ended'; readonly code: number | null; readonly said: string }
  /** There is no such program, or it may not be run. */
  | { readonly kind: 'missing'; readonly code: string };

const SAID_MAX = 2_000;

/** Killed when the signal ends; never rejects. */
export function runProgram(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
      shell: false,
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      if (said.length < SAID_MAX) said += piece;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      // The kill on abort is told here too, and ends with `close` as all others do.
      if (error.name !== 'AbortError') resolve({ kind: 'missing', code: error.code ?? error.message });
    });
    child.on('close', (code) => resolve({ kind: 'ended', code, said: said.slice(0, SAID_MAX) }));
  });
}
