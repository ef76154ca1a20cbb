// What rows and columns are, whichever form they are printed in.

export type Row = Readonly<Record<string, unknown>>;

export interface Column {
  /** Key in the row: snake_case. */
  readonly name: string;
  /** Heading in a table; default the name. */
  readonly title?: string | undefined;
  /** How a table shows a value; the other formats always give it whole. */
  readonly format?: ((value: unknown) => string) | undefined;
  /** Default right where a value is a number. */
  readonly align?: 'left' | 'right' | undefined;
  /** Text that says nothing when it is cut: times, names out of a short list. */
  readonly isWhole?: boolean | undefined;
  /** Text that is worth several lines where it does not fit; other text is cut. */
  readonly isProse?: boolean | undefined;
  /** A table that is too wide loses its columns of least importance; those without one are always shown. */
  readonly importance?: number | undefined;
}

/** A value as text, whole: what TSV and CSV hold. */
export function valueText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return value === null || value === undefined ? '' : JSON.stringify(value);
  }
}
