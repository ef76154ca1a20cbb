// Reads a long list of rows piece by piece: as one document, 25,000 offers stand in memory as text, as JSON and as
// offers at once, and read in pieces the JSON of a piece is garbage before the next one is read.

/** Characters of a piece: some 150 offers. */
const PIECE_LENGTH = 256 * 1024;

export interface ListedRows {
  /** The document with an empty list in the place of its rows. */
  readonly envelope: Readonly<Record<string, unknown>>;
  /** Parses as it goes. Throws SyntaxError when the text is no such document after all. */
  readonly rows: Iterable<unknown>;
}

/**
 * The rows of a text such as `{"offers": [{…}, {…}]}` whose first field is the list; undefined for any other text. A
 * text is cut only where a row may end, and the cuts need not be checked: between two brackets, pieces that are lists
 * by themselves and an envelope that is a document by itself make up that document and no other.
 */
export function splitRows(text: string, field: string): ListedRows | undefined {
  const start = new RegExp(`^\\s*\\{\\s*"${field}"\\s*:\\s*\\[`).exec(text)?.[0].length;
  const end = text.lastIndexOf(']');
  if (start === undefined || end < start || text.length < PIECE_LENGTH) return undefined;
  try {
    const envelope = JSON.parse(`${text.slice(0, start)}${text.slice(end)}`) as Record<string, unknown>;
    // The same field once more, further on, would be the one that counts.
    const list = envelope[field];
    const isFirst = Array.isArray(list) && list.length === 0;
    return isFirst ? { envelope, rows: parsePieces(text, start, end) } : undefined;
  } catch {
    // Not that simple: it is read as a whole, and what is wrong with it is found there.
    return undefined;
  }
}

function* parsePieces(text: string, start: number, end: number): Generator<unknown> {
  for (let from = start; from < end; ) {
    const cut = findCut(text, from + PIECE_LENGTH, end);
    yield* JSON.parse(`[${text.slice(from, cut)}]`) as unknown[];
    from = cut + 1;
  }
}

/** The next comma that may stand between two rows; the end where there is none. */
function findCut(text: string, from: number, end: number): number {
  const between = /\}\s*,\s*\{/g;
  between.lastIndex = Math.min(from, end);
  const found = between.exec(text);
  const comma = found ? text.indexOf(',', found.index) : end;
  return Math.min(comma, end);
}
