// The terminal monitor from its first frame to the terminal as it was: puts state, keys, monitor and Ink together.
import type { Clock } from '../../base/std/index.ts';
import type { Monitor } from '../../rent/monitor/index.ts';
import type { RunActs } from './acts.ts';
import { createControl } from './app/control.ts';
import { startFeed } from './app/feed.ts';
import { mountScreen } from './app/mount-screen.ts';
import { createScreenStore } from './app/screen-store.ts';
import { drawScreen } from './draw-screen.ts';
import { glyphsOf } from './look/glyphs.ts';
import { paintLine } from './look/paint.ts';
import type { TerminalLook } from './look/terminal-look.ts';
import type { Pen, Whose } from './panels/pen.ts';
import { screenSvg } from './save/screen-svg.ts';
import { screenText } from './save/screen-text.ts';
import { type ScreenState, startState } from './state/screen-state.ts';
import { guardTerminal } from './terminal/guard-terminal.ts';
import { createRowPainter } from './terminal/paint-rows.ts';

export interface TopTerminal {
  readonly stdout: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WritableStream;
  /** False: nobody can press a key, and only the signal ends it. */
  readonly inIsTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly onResize: (listener: () => void) => () => void;
}

export interface SavedScreen {
  readonly svg: string;
  readonly text: string;
  readonly atMs: number;
}

export interface TopOptions {
  readonly monitor: Monitor;
  /** Null: read-only. */
  readonly acts: RunActs | null;
  readonly terminal: TopTerminal;
  readonly look: TerminalLook;
  /** Of every time on the screen; an IANA name. */
  readonly zone: string;
  /** Between two looks of the monitor; a reading three times as old is told to be old. */
  readonly intervalMs: number;
  /** The group that is shown first; default all. */
  readonly group?: string | undefined;
  /** Default nobody's. */
  readonly whose?: Whose | null | undefined;
  /** Puts a saved screen somewhere and resolves to a sentence that says where. */
  readonly save: (screen: SavedScreen) => Promise<string>;
  readonly onError: (what: string, error: unknown) => void;
  readonly clock: Clock;
  /** Ends it as `q` does. */
  readonly signal: AbortSignal;
  /** Has a shell give the terminal back should this process be killed. */
  readonly hasKeeper: boolean;
}

const STALE_INTERVALS = 3;

/** Resolves when the person has quit or the signal has ended it; rejects with the monitor's or the screen's failure. */
export async function runTop(options: TopOptions): Promise<void> {
  const { monitor, terminal, look, clock, signal } = options;
  const penOf = (state: ScreenState): Pen => ({
    state,
    glyphs: glyphsOf(look.hasUnicode),
    zone: options.zone,
    isReadOnly: options.acts === null,
    whose: options.whose ?? null,
    staleAfterMs: options.intervalMs * STALE_INTERVALS,
  });
  const first = startState({
    view: monitor.view(),
    size: { columns: terminal.columns, rows: terminal.rows },
    nowMs: clock.now(),
    group: options.group,
  });
  const store = createScreenStore(first, (state) =>
    drawScreen(penOf(state)).map((line) => paintLine(line, look.depth)),
  );
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const guard = await guardTerminal({
    stdout: terminal.stdout,
    stdin: terminal.stdin,
    clock,
    hasKeeper: options.hasKeeper,
  });
  const feed = startFeed({ monitor, store, clock, onError: options.onError });
  const control = createControl({
    store,
    monitor,
    feed,
    acts: options.acts,
    save: async (state) => {
      const lines = drawScreen(penOf(state));
      const svg = screenSvg(lines, state.size.columns);
      return await options.save({ svg, text: screenText(lines), atMs: clock.now() });
    },
    clock,
    signal: ended,
    quit: () => over.abort(),
    suspend: () => suspend(),
    redraw: () => redraw(),
  });
  const painter = createRowPainter(terminal.stdout);
  guard.enter();
  const screen = mountScreen(terminal.stdin, {
    store,
    painter,
    hasKeys: terminal.inIsTerminal,
    onKeys: control,
  });
  guard.raw();
  const redraw = () => {
    painter.forget();
    painter.paint(store.rows());
  };
  const setRaw = (isRaw: boolean) => {
    (terminal.stdin as { setRawMode?: (isRaw: boolean) => unknown }).setRawMode?.(isRaw);
  };
  const suspend = () => {
    // What comes before the system stops us, and before it tells us that we go on, must not land in the shell.
    painter.hold();
    guard.leave();
    setRaw(false);
    process.once('SIGCONT', () => {
      guard.enter();
      setRaw(true);
      redraw();
    });
    // Whoever was started by the same command line stops with us, as the terminal itself would have it.
    process.kill(0, 'SIGTSTP');
  };
  const offResize = terminal.onResize(() => {
    // What a terminal makes of the old rows in the new size is its own affair.
    painter.forget();
    store.change((state) => ({ ...state, size: { columns: terminal.columns, rows: terminal.rows } }));
  });
  const collecting = monitor.run(ended);
  try {
    await Promise.race([aborted(ended), collecting.then(() => aborted(ended)), screen.over]);
  } finally {
    over.abort();
    offResize();
    feed.stop();
    screen.unmount();
    painter.hold();
    // What broke it was told by the race above.
    await screen.over.catch(() => {});
    guard.leave();
    guard.release();
    await collecting.catch(() => {});
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
