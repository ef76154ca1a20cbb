// A program that shows a job's lines, and how long after it was written each came out of it. Lines carry the time at which
// they were written: the machine is this one, so its clock and ours are the same.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../src/base/std/index.ts';

/** What the job prints; bash knows the time without starting a program. */
export const STAMPED_LINE = 'echo "written at $EPOCHREALTIME."';
const STAMP = /written at (\d+)[.,](\d{6})\./g;

/** What was written before a reader stood is told all at once, and is no measure. */
const SETTLE_MS = 3_000;

export interface LineReader extends AsyncDisposable {
  /** Resolves with the first line that it shows. */
  readonly first: Promise<void>;
  /** Milliseconds of the first `count` lines that were written after it stood; fewer where it ends before. */
  delays(count: number): Promise<readonly number[]>;
  /** What it said last, for errors. */
  said(): string;
}

/** With `screen` on a terminal of its own, by script(1). */
export function startLineReader(
  argv: readonly string[],
  { env, screen = false }: { readonly env: NodeJS.ProcessEnv; readonly screen?: boolean },
): LineReader {
  const clock = systemClock();
  const [program = '', ...args] = screen ? onTerminal(argv) : argv;
  const child: ChildProcess = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const seen = new Set<string>();
  const delays: number[] = [];
  let heard = () => {};
  let tail = '';
  let said = '';
  let isFirst = () => {};
  let firstAtMs: number | undefined;
  const first = new Promise<void>((resolve) => {
    isFirst = resolve;
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-2_000);
  });
  child.stdout?.on('data', (bytes: Buffer) => {
    const nowMs = clock.now();
    const text = tail + bytes.toString();
    for (const [stamp, seconds, micros] of text.matchAll(STAMP)) {
      if (seen.has(stamp)) continue;
      seen.add(stamp);
      firstAtMs ??= nowMs;
      isFirst();
      const writtenMs = Number(seconds) * 1000 + Number(micros) / 1000;
      if (writtenMs - firstAtMs >= SETTLE_MS) delays.push(nowMs - writtenMs);
    }
    tail = text.slice(-40);
    heard();
  });
  void ended.then(() => heard());
  return {
    first: Promise.race([
      first,
      ended.then(() => {
        if (firstAtMs === undefined) throw new Error(`${argv.join(' ')} ended without a line: ${said}`);
      }),
    ]),
    async delays(count) {
      while (delays.length < count && child.exitCode === null && child.signalCode === null)
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      return delays.slice(0, count);
    },
    said: () => said,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function onTerminal(argv: readonly string[]): string[] {
  const command = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return ['script', '-qec', `stty rows 40 cols 160; exec ${command}`, '/dev/null'];
}
