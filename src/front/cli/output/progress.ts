// Progress of long work on stderr: one line that is written over on a terminal, a line now and then elsewhere.
import { cutCells, printable, type Timer } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';

export interface ProgressLine {
  readonly show: (text: string) => void;
  /** Shows what `text` makes of the time, again every second until `end` or the next `show`. */
  readonly keepShowing: (text: () => string) => void;
  /** Clears the line; calling it again is harmless. */
  readonly end: () => void;
}

export interface ProgressOptions {
  /** Where the line cannot be written over, so often at most; `never` leaves it out there. Default 10,000. */
  readonly plainEveryMs?: number | 'never';
}

const TERMINAL_EVERY_MS = 100;
const TICK_MS = 1_000;

export function progressLine(
  { terminal, clock }: Pick<Context, 'terminal' | 'clock'>,
  { plainEveryMs = 10_000 }: ProgressOptions = {},
): ProgressLine {
  let shownAt = Number.NEGATIVE_INFINITY;
  let isDirty = false;
  let ticking: Timer | undefined;
  const stopTicking = () => {
    ticking?.cancel();
    ticking = undefined;
  };
  const draw = (text: string) => {
    if (!terminal.errIsTerminal && plainEveryMs === 'never') return;
    const now = clock.monotonic();
    if (now - shownAt < (terminal.errIsTerminal ? TERMINAL_EVERY_MS : Number(plainEveryMs))) return;
    shownAt = now;
    isDirty = terminal.errIsTerminal;
    const line = printable(text);
    terminal.err(terminal.errIsTerminal ? `\r\u001b[2K${cutCells(line, terminal.columns - 1)}` : `${line}\n`);
  };
  return {
    show(text) {
      stopTicking();
      draw(text);
    },
    keepShowing(text) {
      stopTicking();
      const tick = () => {
        draw(text());
        ticking = clock.setTimer(TICK_MS, tick);
      };
      tick();
    },
    end() {
      stopTicking();
      if (isDirty) terminal.err('\r\u001b[2K');
      isDirty = false;
      if (terminal.errIsTerminal) shownAt = Number.NEGATIVE_INFINITY;
    },
  };
}
