// Starts this program's daemon as a process of its own that outlives its parent, and waits until it answers.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Clock, formatDuration, makeFolder } from '../../../base/std/index.ts';
import { type FoundDaemon, findDaemon } from './find-daemon.ts';

export interface BackgroundOptions {
  readonly home: string;
  /** Of the terminal that starts it, whole: the key may be in it, and it goes nowhere else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.env` is. */
  readonly cwd: string;
  readonly clock: Clock;
  /** Further flags of `vastdeck up`, for example `['--only', 'rentals,jobs']`. Consent must have been given: it asks nobody. */
  readonly flags?: readonly string[];
  readonly signal?: AbortSignal;
  /** So long it may take until it answers; default 60,000. */
  readonly timeoutMs?: number;
}

/** It did not come up; the sentence ends with what it said last. */
export class DaemonStartError extends Error {
  override name = 'DaemonStartError';
}

const POLL_MS = 50;
/**
 * Young objects of a daemon are few; by itself the engine lets them take 48 MB before it looks at them twice.
 */
const ENGINE_FLAGS = ['--max-semi-space-size=2'];
/**
 * The C library keeps what was freed in a pool for each thread. Large pieces, which an answer of the market is made of, are
 * to go back to the system instead. What somebody has set of it stays.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
const LAST_WORDS = 2_000;
const LOG_MAX_BYTES = 10_000_000;

export function daemonLogPath(home: string): string {
  return join(home, 'daemon.log');
}

/**
 * The daemon that runs already, or a new one once it answers. Throws DaemonStartError with the daemon's own last words, and
 * the signal's reason.
 */
export async function startDaemonInBackground(options: BackgroundOptions): Promise<FoundDaemon> {
  const { home, env, cwd, clock, flags = [], signal, timeoutMs = 60_000 } = options;
  const running = findDaemon(home);
  if (running) return running;
  makeFolder(home);
  const logPath = daemonLogPath(home);
  const saidBefore = roomInLog(logPath);
  const output = openSync(logPath, 'a', 0o600);
  const child = spawn(execPath, [...ENGINE_FLAGS, fileURLToPath(programEntry()), 'up', '--yes', ...flags], {
    cwd,
    env: { ...ALLOCATOR, ...env, VASTDECK_HOME: home },
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let exit: string | undefined;
  child.once('error', (error) => {
    exit = error.message;
  });
  child.once('exit', (code, killedBy) => {
    exit = killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`;
  });
  child.unref();
  const startedMs = clock.monotonic();
  for (;;) {
    const found = findDaemon(home);
    // Another one may have been quicker; it does as well.
    if (found) return found;
    const lastWords = () =>
      readFileSync(logPath).subarray(saidBefore).toString('utf8').trim().slice(-LAST_WORDS);
    if (exit !== undefined) throw new DaemonStartError(lastWords() || `The daemon ${exit}; see ${logPath}`);
    if (clock.monotonic() - startedMs > timeoutMs) {
      throw new DaemonStartError(
        `The daemon (process ${child.pid}) does not answer after ${formatDuration(timeoutMs)}; it goes on starting, and says so in ${logPath}`,
      );
    }
    await clock.sleep(POLL_MS, signal);
  }
}

/** How many bytes are in the log already; a long one is put aside, and the one before it is lost. */
function roomInLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LOG_MAX_BYTES) return size;
  renameSync(path, `${path}.1`);
  return 0;
}

/** The command line program: from source beside this folder, from the bundle beside the running chunk. */
function programEntry(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? '../../cli/main.ts' : './main.js', import.meta.url);
}
