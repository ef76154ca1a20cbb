// What becomes of a daemon whose own end does not come, or comes unforeseen: it is ended all the same, and how is written down
// for whoever starts the next one. All it knows is stored before it acts, so an end at any moment loses nothing.
import { formatDuration, type Timer } from '../../base/std/index.ts';
import type { PartHealth } from '../app/index.ts';
import { type DaemonEndKind, writeDaemonEnd } from '../app/index.ts';
import type { Context } from './context.ts';
import { EXIT_CODES } from './errors.ts';
import { exitNow } from './process.ts';

export interface DaemonGuard extends Disposable {
  /** It was asked to end: from now on it has 45 seconds. */
  ending(): void;
  /** Ends the process now: parts that do not end would keep it alive. */
  force(): void;
}

export interface DaemonGuardOptions {
  readonly startedAtMs: number;
  readonly health: () => readonly PartHealth[];
  /** Tells people before the end, for example by an event; it gets a second. */
  readonly lastWord: (kind: DaemonEndKind, reason: string) => Promise<void>;
}

/** More than all parts may take together, and what they work with. */
const LAST_RESORT_MS = 45_000;
const LAST_WORD_MS = 1_000;

export function guardDaemon(
  { clock, log, terminal, config }: Pick<Context, 'clock' | 'log' | 'terminal' | 'config'>,
  { startedAtMs, health, lastWord }: DaemonGuardOptions,
): DaemonGuard {
  let timer: Timer | undefined;
  let hasEnded = false;

  const end = (kind: DaemonEndKind, reason: string) => {
    if (hasEnded) return;
    hasEnded = true;
    try {
      writeDaemonEnd(config.home.value, {
        kind,
        pid: terminal.pid,
        startedAtMs,
        endedAtMs: clock.now(),
        reason,
      });
    } catch (error) {
      log.warn('how the daemon ended could not be written down', { error });
    }
    const exit = () => exitNow(EXIT_CODES.failed);
    clock.setTimer(LAST_WORD_MS, exit);
    lastWord(kind, reason).then(exit, exit);
  };
  const force = () => {
    const left = waitedFor(health());
    const what = left.length > 0 ? left.join(', ') : 'what it works with';
    terminal.err(`The daemon ends now, though ${what} did not let go; nothing of what it knew is lost.\n`);
    end('forced', `${what} did not let go`);
  };
  const onRejection = (error: unknown) => log.error('something in the daemon has failed unseen', { error });
  const onException = (error: unknown) => {
    const sentence = error instanceof Error ? error.message : String(error);
    log.error('the daemon ends by an error that nobody had expected', { error });
    if (error instanceof Error && error.stack) terminal.err(`${error.stack}\n`);
    end('crashed', sentence);
  };
  // One part's forgotten promise must not take all others with it; after an exception nothing is known to be whole.
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return {
    ending: () => {
      timer ??= clock.setTimer(LAST_RESORT_MS, () => {
        log.warn('the daemon has not ended in time', { after: formatDuration(LAST_RESORT_MS) });
        force();
      });
    },
    force,
    [Symbol.dispose]: () => {
      timer?.cancel();
      process.off('unhandledRejection', onRejection);
      process.off('uncaughtException', onException);
    },
  };
}

/** Those that were asked to end and have not. */
export function waitedFor(
  parts: readonly { readonly name: string; readonly status: string }[],
): readonly string[] {
  return parts.flatMap(({ name, status }) => (status === 'ending' ? [name] : []));
}
