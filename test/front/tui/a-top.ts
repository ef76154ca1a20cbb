// The whole screen on a terminal without one, with a scripted monitor behind it.
import { systemClock } from '../../../src/base/std/index.ts';
import { type RunActs, runTop, type SavedScreen, type TerminalLook } from '../../../src/front/tui/index.ts';
import { NOW_MS, type ScriptedMonitor } from './a-monitor.ts';
import { aTerminal, type TestTerminal } from './a-terminal.ts';

export interface ATop {
  readonly terminal: TestTerminal;
  readonly saved: SavedScreen[];
  readonly errors: string[];
  readonly done: Promise<void>;
  /** Moves the clock that the screen tells the age of readings by. */
  pass(ms: number): void;
  stop(): Promise<void>;
}

export interface ATopOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly look?: Partial<TerminalLook>;
  readonly acts?: RunActs | null;
  readonly group?: string;
}

/** Time stands still at NOW_MS; timers are real, since Ink's are. */
export function aTop(
  monitor: ScriptedMonitor,
  { columns = 120, rows = 40, look, acts = null, group }: ATopOptions = {},
): ATop {
  const terminal = aTerminal(columns, rows);
  const saved: SavedScreen[] = [];
  const errors: string[] = [];
  const over = new AbortController();
  let nowMs = NOW_MS;
  const real = systemClock();
  const clock = { ...real, now: () => nowMs };
  const done = runTop({
    monitor,
    acts,
    terminal,
    look: { depth: '16', hasUnicode: true, ...look },
    zone: 'UTC',
    intervalMs: 10_000,
    group,
    save: async (screen) => {
      saved.push(screen);
      return 'Saved the screen as top.svg and top.txt.';
    },
    onError: (what) => void errors.push(what),
    clock,
    signal: over.signal,
    hasKeeper: false,
  });
  // Who waits for the end sees its failure; a test that does not must not end with it.
  done.catch(() => {});
  return {
    terminal,
    saved,
    errors,
    done,
    pass(ms) {
      nowMs += ms;
    },
    async stop() {
      over.abort();
      await done.catch(() => {});
      terminal.end();
    },
  };
}
