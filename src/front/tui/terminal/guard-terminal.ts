// Gives the terminal back as it was, however the program ends. In order: by `leave`. At an error or an exit that nobody
// planned: by Node's last events, written synchronously. At SIGKILL nothing of ours runs any more, so a shell of a
// megabyte waits at a pipe that then breaks, and cleans up in our place.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Clock } from '../../../base/std/index.ts';

/** Other screen, no cursor, no wrapping at its edge, empty. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
/** Frames shown at once, wrapping, no bracketed paste, cursor, no colours, the screen that was. */
const LEAVE = '\u001b[?2026l\u001b[?7h\u001b[?2004l\u001b[?25h\u001b[0m\u001b[?1049l';

/**
 * A shell resets the modes of a terminal whose program died, and may have set its own by the time we look: they are put
 * back only where they are still ours. Signals that end or stop the program must not end its keeper before.
 */
const KEEPER = `trap '' INT TERM HUP QUIT TSTP TTOU
saved=$(stty -g </dev/tty) || exit 0
raw=
echo ready
while read -r word; do
  case $word in
    raw) raw=$(stty -g </dev/tty) ;;
    left) exit 0 ;;
  esac
done
printf '\\033[?2026l\\033[?7h\\033[?2004l\\033[?25h\\033[0m\\033[?1049l' >/dev/tty
sleep 0.2
if [ -n "$raw" ] && [ "$(stty -g </dev/tty)" = "$raw" ]; then stty "$saved" </dev/tty; fi`;

/** A machine without a shell waits no longer for one. */
const KEEPER_PATIENCE_MS = 500;

export interface GuardedTerminal {
  /** Shows the other screen. */
  enter(): void;
  /** To be called when keys come raw: what has to be undone is known from then on. */
  raw(): void;
  /** Back to the screen that was; may be called again, and `enter` after it. */
  leave(): void;
  /** Ends the keeper and forgets the process's events. */
  release(): void;
}

export interface GuardOptions {
  readonly stdout: NodeJS.WritableStream & { readonly fd?: number };
  readonly stdin: NodeJS.ReadableStream & { setRawMode?: (isRaw: boolean) => unknown };
  readonly clock: Clock;
  /** Default: where there is a shell. */
  readonly hasKeeper: boolean;
}

export async function guardTerminal({
  stdout,
  stdin,
  clock,
  hasKeeper,
}: GuardOptions): Promise<GuardedTerminal> {
  let isEntered = false;
  const lastResort = () => {
    if (!isEntered) return;
    isEntered = false;
    try {
      stdin.setRawMode?.(false);
      if (stdout.fd !== undefined) writeSync(stdout.fd, LEAVE);
    } catch {
      // The terminal itself is gone: there is nobody to give it back to.
    }
  };
  // The first comes before Node prints the error, which would else be printed onto the screen that goes away.
  process.on('uncaughtExceptionMonitor', lastResort);
  process.on('exit', lastResort);
  const keeper = hasKeeper ? await startKeeper(clock) : undefined;
  return {
    enter() {
      isEntered = true;
      stdout.write(ENTER);
    },
    raw: () => keeper?.tell('raw'),
    leave() {
      if (!isEntered) return;
      isEntered = false;
      stdout.write(LEAVE);
    },
    release() {
      keeper?.tell('left');
      process.off('uncaughtExceptionMonitor', lastResort);
      process.off('exit', lastResort);
    },
  };
}

interface Keeper {
  tell(word: 'raw' | 'left'): void;
}

/** Undefined where there is no shell, or it says nothing in time. */
async function startKeeper(clock: Clock): Promise<Keeper | undefined> {
  const child = spawn('/bin/sh', ['-c', KEEPER], { stdio: ['pipe', 'pipe', 'ignore'] });
  const isReady = await new Promise<boolean>((resolve) => {
    const patience = clock.setTimer(KEEPER_PATIENCE_MS, () => resolve(false));
    const settle = (ready: boolean) => {
      patience.cancel();
      resolve(ready);
    };
    child.once('error', () => settle(false));
    child.once('exit', () => settle(false));
    child.stdout.once('data', () => settle(true));
  });
  // A keeper that has died is no reason to die.
  child.stdin.on('error', () => {});
  if (!isReady) {
    child.kill();
    return undefined;
  }
  child.unref();
  child.stdout.destroy();
  (child.stdin as NodeJS.WritableStream & { unref?: () => void }).unref?.();
  return { tell: (word) => void child.stdin.write(`${word}\n`) };
}
