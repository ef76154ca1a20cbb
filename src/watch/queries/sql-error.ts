// What is wrong with a query, and where, in one sentence.

export interface SqlPlace {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A query that cannot or may not be run. */
export class SqlError extends Error {
  override name = 'SqlError';
  readonly place: SqlPlace | undefined;

  constructor(sentence: string, place?: SqlPlace, options?: ErrorOptions) {
    super(place ? `Line ${place.line}, column ${place.column}: ${sentence}` : sentence, options);
    this.place = place;
  }
}

/** Line and column of a character. */
export function placeAt(text: string, offset: number): SqlPlace {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines[lines.length - 1] as string).length + 1 };
}

/** The character that the given byte of the text's UTF-8 form belongs to: DuckDB counts in bytes. */
export function charOffset(text: string, byteOffset: number): number {
  return Buffer.from(text).subarray(0, byteOffset).toString().length;
}
