// Reads a long list of rows piece by piece, from the bytes as they came: as one document, 25,000 offers would stand in
// memory as text, as JSON and as offers at once. Read in pieces, the text and the JSON of each are garbage before the
// next one is read.
import { isAscii } from 'node:buffer';

/** Bytes of a piece: some 300 offers. */
const PIECE_BYTES = 512 * 1024;
/** Without a place to cut in so many bytes it is another kind of document. */
const MOST_UNCUT_BYTES = 8 * PIECE_BYTES;
/** Where the list begins is found in so many bytes. */
const HEAD_BYTES = 1_024;

const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The rows of a document such as `{"offers": [{…}, {…}]}` whose first field is the list. Throws SyntaxError, maybe
 * after some rows, for a document that is not so plain, or that tells of a failure: read it as a whole, then.
 *
 * It is cut only where a row may end, and whether one does need not be known: pieces that are lists by themselves, and
 * an envelope that is a document by itself around the brackets, make up that document and no other.
 */
export function* readRows(chunks: Iterable<Uint8Array>, field: string): Generator<unknown> {
  let head: string | undefined;
  let waiting: Uint8Array[] = [];
  let length = 0;
  for (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.byteLength;
    if (length < (head === undefined ? HEAD_BYTES : PIECE_BYTES)) continue;
    let rest = Buffer.concat(waiting);
    if (head === undefined) {
      head = readHead(rest, field);
      rest = rest.subarray(Buffer.byteLength(head));
    }
    const cut = rest.length < PIECE_BYTES ? -1 : lastCut(rest);
    if (cut >= 0) {
      yield* parseList(textOf(rest.subarray(0, cut)));
      rest = rest.subarray(cut + 1);
    }
    if (rest.length > MOST_UNCUT_BYTES) throw new SyntaxError('no row ends where one should');
    waiting = [rest];
    length = rest.length;
  }
  let rest = Buffer.concat(waiting);
  if (head === undefined) {
    head = readHead(rest, field);
    rest = rest.subarray(Buffer.byteLength(head));
  }
  const text = textOf(rest);
  const end = text.lastIndexOf(']');
  yield* parseList(text.slice(0, Math.max(0, end)));
  checkEnvelope(`${head}${text.slice(end)}`, field);
}

function readHead(bytes: Buffer, field: string): string {
  const text = bytes.toString('utf8', 0, HEAD_BYTES);
  const head = new RegExp(`^[ \\t\\r\\n]*\\{\\s*"${field}"\\s*:\\s*\\[`).exec(text)?.[0];
  if (head === undefined) throw new SyntaxError(`it does not begin with a list of ${field}`);
  return head;
}

/** Plain ASCII, which most answers are, is copied and not decoded: a tenth of the time. */
function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

function parseList(text: string): readonly unknown[] {
  return JSON.parse(`[${text}]`) as unknown[];
}

/** The last comma that may stand between two rows, or -1. Its neighbours are one byte each, whatever the text. */
function lastCut(bytes: Buffer): number {
  for (let open = bytes.lastIndexOf(OPEN); open > 0; open = bytes.lastIndexOf(OPEN, open - 1)) {
    const comma = beforeWhite(bytes, open - 1);
    if (bytes[comma] === COMMA && bytes[beforeWhite(bytes, comma - 1)] === CLOSE) return comma;
  }
  return -1;
}

function beforeWhite(bytes: Buffer, from: number): number {
  let at = from;
  while (at >= 0 && WHITE.has(bytes[at] as number)) at -= 1;
  return at;
}

function checkEnvelope(text: string, field: string): void {
  const envelope = JSON.parse(text) as Readonly<Record<string, unknown>>;
  // The same field once more, further on, would be the one that counts.
  const list = envelope[field];
  const isPlain = Array.isArray(list) && list.length === 0 && envelope.success !== false;
  if (!isPlain) throw new SyntaxError('there is more in it than a list');
}
