// Events as text of a stream in the form of Server-Sent Events (WHATWG HTML, section 9.2).
import type { StoredEvent } from '../../../base/store/index.ts';

/** A browser that lost us comes back after so long. */
const RETRY_MS = 3_000;

export const STREAM_START = `retry: ${RETRY_MS}\n: vastdeck events\n\n`;
export const STILL_HERE = ': still here\n\n';

/** What a reader is given at once bounds what waits for it in memory. */
const PIECE_CHARS_MAX = 128_000;

export interface Piece {
  readonly text: string;
  /** The last event that it holds; undefined for none. */
  readonly lastSeq: number | undefined;
  /** Whether all events are in it. */
  readonly isWhole: boolean;
}

/** As many of the events, oldest first, as a piece holds; at least one. */
export function pieceOf(events: readonly StoredEvent[]): Piece {
  let text = '';
  let lastSeq: number | undefined;
  for (const event of events) {
    if (text.length >= PIECE_CHARS_MAX) return { text, lastSeq, isWhole: false };
    // JSON has no line breaks of its own, so one `data:` line holds it all.
    text += `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
    lastSeq = event.seq;
  }
  return { text, lastSeq, isWhole: true };
}
