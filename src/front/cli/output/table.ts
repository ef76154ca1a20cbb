// Rows for people, for pipes and for programs: one set of columns, four formats.

export const FORMATS = ['table', 'tsv', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export type Cell = string | number | boolean | null | undefined;
export type Row = Readonly<Record<string, unknown>>;

export interface Column {
  /** Key in the row: snake_case. */
  readonly name: string;
  /** Heading in a table; default the name. */
  readonly title?: string | undefined;
  /** How a table shows a number; the other formats always give it whole. */
  readonly format?: ((value: unknown) => string) | undefined;
  readonly align?: 'left' | 'right' | undefined;
}

export interface RenderOptions {
  readonly format: Format;
  /** Width to keep a table within; the widest text column is cut first. */
  readonly width?: number;
}

/** Headings are broken into lines of about this many characters where the figures under them are shorter. */
const HEADING_WIDTH = 8;

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
    case 'table':
      return table(rows, columns, options.width ?? 200);
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
    rows.map((row) => line(columns.map(({ name }) => plain(row[name])))).join('')
  );
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function table(rows: readonly Row[], columns: readonly Column[], width: number): string {
  const cells = rows.map((row) =>
    columns.map((column) => {
      const value = row[column.name];
      if (value === null || value === undefined) return '-';
      return printable(column.format ? column.format(value) : plain(value));
    }),
  );
  const isRight = columns.map(
    (column) =>
      (column.align ?? (rows.some((row) => typeof row[column.name] === 'number') ? 'right' : 'left')) ===
      'right',
  );
  const titles = columns.map((column) => column.title ?? column.name);
  const bodies = columns.map((_, i) => Math.max(0, ...cells.map((row) => row[i]?.length ?? 0)));
  // A heading takes as many lines as it needs at the width of what stands under it.
  const headings = titles.map((title, i) => wrapWords(title, Math.max(HEADING_WIDTH, bodies[i] as number)));
  const widths = bodies.map((body, i) =>
    Math.max(body, ...(headings[i] as string[]).map((line) => line.length)),
  );
  shrink(widths, isRight, width - 2 * (columns.length - 1));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => pad(text, widths[i] as number, isRight[i] === true))
      .join('  ')
      .trimEnd();
  const height = Math.max(1, ...headings.map((lines) => lines.length));
  const heads = Array.from({ length: height }, (_, row) =>
    // Headings stand on the rows, not at the top.
    line(headings.map((lines) => lines[row - (height - lines.length)] ?? '')),
  );
  return `${[...heads, ...cells.map(line)].join('\n')}\n`;
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Takes what is too much from the widest text column, again and again; numbers are never cut. */
function shrink(widths: number[], isRight: readonly boolean[], available: number): void {
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - available; excess > 0; excess -= 1) {
    let widest = -1;
    for (let i = 0; i < widths.length; i += 1) {
      if (
        !isRight[i] &&
        (widths[i] as number) > 8 &&
        (widest < 0 || (widths[i] as number) > (widths[widest] as number))
      )
        widest = i;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}

function pad(text: string, width: number, right: boolean): string {
  const cut = text.length > width && !right ? `${text.slice(0, width - 1)}…` : text;
  return right ? cut.padStart(width) : cut.padEnd(width);
}

/** Names of hosts come from strangers: what could move a terminal's cursor is shown instead of obeyed. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '�');
}
