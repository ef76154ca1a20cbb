// Dots and lines on cells: braille gives two by four dots to a cell, letters one. A cell has one colour, the last drawn.

export interface Canvas {
  readonly dotColumns: number;
  readonly dotRows: number;
  /** From the top left; dots outside are left out. */
  dot(x: number, y: number, series: number): void;
  line(x0: number, y0: number, x1: number, y1: number, series: number): void;
  /** Rows of cells; series -1 where nothing is. */
  cells(): readonly (readonly { readonly text: string; readonly series: number }[])[];
}

/** Bits of the dots of a braille cell, by row and column. */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BRAILLE_EMPTY = 0x2800;

export function createCanvas(columns: number, rows: number, kind: 'braille' | 'letters'): Canvas {
  const across = kind === 'braille' ? 2 : 1;
  const down = kind === 'braille' ? 4 : 1;
  const bits = new Uint8Array(columns * rows);
  const owners = new Int8Array(columns * rows).fill(-1);
  const dotColumns = columns * across;
  const dotRows = rows * down;
  const dot = (x: number, y: number, series: number) => {
    if (x < 0 || y < 0 || x >= dotColumns || y >= dotRows) return;
    const cell = Math.floor(y / down) * columns + Math.floor(x / across);
    const bit = kind === 'braille' ? (BRAILLE_BITS[y % 4]?.[x % 2] ?? 0) : 1;
    bits[cell] = (bits[cell] ?? 0) | bit;
    owners[cell] = series;
  };
  return {
    dotColumns,
    dotRows,
    dot,
    line(x0, y0, x1, y1, series) {
      const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
      for (let step = 0; step <= steps; step += 1) {
        const share = step / steps;
        dot(Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share), series);
      }
    },
    cells() {
      return Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, column) => {
          const at = row * columns + column;
          const set = bits[at] ?? 0;
          if (set === 0) return { text: ' ', series: -1 };
          const series = owners[at] ?? 0;
          return {
            text:
              kind === 'braille' ? String.fromCharCode(BRAILLE_EMPTY + set) : (LETTER_OF[series % 5] ?? '*'),
            series,
          };
        }),
      );
    },
  };
}

/** Lines are told apart by letters where they cannot be by colour and dots. */
const LETTER_OF = ['*', 'o', '+', 'x', '%'] as const;
