// Rows onto the terminal: only those that are others than before, each at its own place. Ink would compose every cell of
// the screen anew for every frame: at 300x100 that took 67 ms of a core and 360 MB (measured 2026-11, Ink 8.0.0), so Ink has
// the keys and React the order of things, and the rows go out here.

export interface RowPainter {
  paint(rows: readonly string[]): void;
  /** The terminal shows something else by now: the next frame is written whole. */
  forget(): void;
  /** The terminal is somebody else's until `forget`: nothing is written to it. */
  hold(): void;
}

/** Terminals that know it show the frame at once; the others ignore it. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

export function createRowPainter(stdout: NodeJS.WritableStream): RowPainter {
  let shown: readonly string[] = [];
  let isUnknown = true;
  let isHeld = false;
  return {
    paint(rows) {
      if (isHeld) return;
      let out = isUnknown ? '\u001b[2J' : '';
      for (const [index, row] of rows.entries()) {
        if (!isUnknown && row === shown[index]) continue;
        // Erased first: where a terminal draws a sign narrower than we think, nothing old is left at the end.
        out += `\u001b[${index + 1};1H\u001b[2K${row}`;
      }
      shown = rows;
      isUnknown = false;
      if (out !== '') stdout.write(`${BEGIN}${out}${END}`);
    },
    forget() {
      isUnknown = true;
      isHeld = false;
    },
    hold() {
      isHeld = true;
    },
  };
}
