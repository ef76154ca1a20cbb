// Rows that come one after another, over hours or by the hundred thousand: they are printed as they come, and together
// they are one answer.
import { type Context, formatOf, type OutputFlags } from '../context.ts';
import type { Terminal } from '../process.ts';
import type { Column, Row } from './column.ts';
import { type Format, renderRows } from './table.ts';

export interface RowStream {
  write(rows: readonly Row[]): void;
  /** Completes the answer; calling it again is harmless. */
  end(): void;
}

/** Prints nothing unless a data format is asked for: what people watch goes to stderr. */
export function rowStream({ terminal }: Context, columns: readonly Column[], flags: OutputFlags): RowStream {
  const isAsked = flags.json === true || flags.format !== undefined;
  const format = formatOf(flags, terminal);
  if (!isAsked || format === 'table') return { write: () => {}, end: () => {} };
  return dataStream(terminal, columns, format);
}

/** In a format for programs. */
export function dataStream(
  terminal: Pick<Terminal, 'out'>,
  columns: readonly Column[],
  format: Exclude<Format, 'table'>,
): RowStream {
  let isFirst = true;
  let hasEnded = false;
  // The heading of TSV and CSV, or of JSON the bracket that opens the array.
  const heading = format === 'json' ? '[' : renderRows([], columns, { format });
  terminal.out(heading);
  return {
    write(rows) {
      if (rows.length === 0) return;
      const text = renderRows(rows, columns, { format });
      if (format === 'json') terminal.out(`${isFirst ? '' : ',\n'}${text.trimEnd().slice(1, -1)}`);
      else terminal.out(text.slice(heading.length));
      isFirst = false;
    },
    end() {
      if (!hasEnded && format === 'json') terminal.out(']\n');
      hasEnded = true;
    },
  };
}
