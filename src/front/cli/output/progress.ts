// Progress of long work on stderr: one line that is written over on a terminal, a line now and then elsewhere.
import type { Context } from '../context.ts';

export interface ProgressLine {
  show(text: string): void;
  /** Clears the line; calling it again is harmless. */
  end(): void;
}

/** Where the line cannot be written over, so often at most. */
const PLAIN_EVERY_MS = 10_000;
const TERMINAL_EVERY_MS = 100;

export function progressLine({ terminal, clock }: Pick<Context, 'terminal' | 'clock'>): ProgressLine {
  let shownAt = Number.NEGATIVE_INFINITY;
  let isDirty = false;
  return {
    show(text) {
      const now = clock.monotonic();
      if (now - shownAt < (terminal.errIsTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS)) return;
      shownAt = now;
      isDirty = terminal.errIsTerminal;
      terminal.err(
        terminal.errIsTerminal ? `\r\u001b[2K${text.slice(0, terminal.columns - 1)}` : `${text}\n`,
      );
    },
    end() {
      if (isDirty) terminal.err('\r\u001b[2K');
      isDirty = false;
    },
  };
}
