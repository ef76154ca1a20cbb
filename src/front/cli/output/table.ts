// Rows for people, for pipes and for programs: one set of columns, four formats.
import { type Column, type Row, valueText } from './column.ts';
import { screenTable } from './screen-table.ts';

export const FORMATS = ['table', 'tsv', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderOptions {
  readonly format: Format;
  /** Width to keep a table within; default 200. */
  readonly width?: number;
  /** Told which columns a table had no room for. */
  readonly onHidden?: (columns: readonly Column[]) => void;
}

/** The text to print, ending in a newline. JSON is one array of objects. */
export function renderRows(rows: readonly Row[], columns: readonly Column[], options: RenderOptions): string {
  switch (options.format) {
    case 'json':
      return `${JSON.stringify(rows.map((row) => pick(row, columns)))}\n`;
    case 'tsv':
      return delimited(rows, columns, '\t', (text) => text.replaceAll(/[\t\n\r]/g, ' '));
    case 'csv':
      return delimited(rows, columns, ',', (text) =>
        /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
      );
    case 'table': {
      const { text, hidden } = screenTable(rows, columns, options.width ?? 200);
      if (hidden.length > 0) options.onHidden?.(hidden);
      return text;
    }
  }
}

function pick(row: Row, columns: readonly Column[]): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]));
}

function delimited(
  rows: readonly Row[],
  columns: readonly Column[],
  separator: string,
  quote: (text: string) => string,
): string {
  const line = (cells: readonly string[]) => `${cells.map(quote).join(separator)}\n`;
  return (
    line(columns.map(({ name }) => name)) +
    rows.map((row) => line(columns.map(({ name }) => valueText(row[name])))).join('')
  );
}
