// Rows that come one after another over hours: each is printed when it comes, and together they are one answer.
import { type Context, formatOf, type OutputFlags } from '../context.ts';
import type { Column, Row } from './column.ts';
import { renderRows } from './table.ts';

export interface RowStream {
  write(row: Row): void;
  /** Completes the answer; calling it again is harmless. */
  end(): void;
}

/** Prints nothing unless a data format is asked for: what people watch goes to stderr. */
export function rowStream({ terminal }: Context, columns: readonly Column[], flags: OutputFlags): RowStream {
  const isAsked = flags.json === true || flags.format !== undefined;
  const format = formatOf(flags, terminal);
  if (!isAsked || format === 'table') return { write: () => {}, end: () => {} };
  let rows = 0;
  let hasEnded = false;
  // The heading of TSV and CSV, or of JSON the bracket that opens the array.
  const heading = format === 'json' ? '[' : renderRows([], columns, { format });
  terminal.out(heading);
  return {
    write(row) {
      const text = renderRows([row], columns, { format });
      if (format === 'json') terminal.out(`${rows > 0 ? ',\n' : ''}${text.trimEnd().slice(1, -1)}`);
      else terminal.out(text.slice(heading.length));
      rows += 1;
    },
    end() {
      if (!hasEnded && format === 'json') terminal.out(']\n');
      hasEnded = true;
    },
  };
}
