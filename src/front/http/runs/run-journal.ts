// The newest lines and events of a monitor's runs in one sequence, so that a reader who lost its connection goes on where it
// was. Bounded: what is older is kept where it came from, and not here.
import type { RunEvent, ShownLine } from '../../../rent/monitor/index.ts';
import { wireText } from './wire-text.ts';

export interface RunJournal {
  /** Of the newest entry; 0 for none. */
  last(): number;
  /** Of the oldest that is kept, less one: who has seen it misses nothing. */
  keptAfter(): number;
  addLines(key: string, lines: readonly ShownLine[]): void;
  addEvent(event: RunEvent): void;
  /** Messages after this number, as many as a piece holds, and the number of the last of them. */
  read(after: number): { readonly text: string; readonly through: number };
}

interface Entry {
  readonly seq: number;
  readonly text: string;
}

/** Of text that is kept for those who come back. */
const KEPT_CHARS_MAX = 4_000_000;
/** What a reader is given at once bounds what waits for it in memory. */
const PIECE_CHARS_MAX = 128_000;
/** In one message; a log's past comes in hundreds. */
const LINES_A_MESSAGE = 100;

/** `source` names the sequence: another process counts anew. */
export function createRunJournal(source: string): RunJournal {
  let entries: Entry[] = [];
  let seq = 0;
  let dropped = 0;
  let chars = 0;

  const add = (message: unknown) => {
    seq += 1;
    const text = `id: ${source}.${seq}\ndata: ${wireText(message)}\n\n`;
    entries.push({ seq, text });
    chars += text.length;
    if (chars <= KEPT_CHARS_MAX) return;
    // A quarter at once: an array shifted at every line is slow.
    let drop = 0;
    while (chars > (KEPT_CHARS_MAX * 3) / 4 && drop < entries.length - 1) {
      chars -= entries[drop]?.text.length ?? 0;
      drop += 1;
    }
    dropped = entries[drop - 1]?.seq ?? dropped;
    entries = entries.slice(drop);
  };

  return {
    last: () => seq,
    keptAfter: () => dropped,
    addLines(key, lines) {
      for (let at = 0; at < lines.length; at += LINES_A_MESSAGE) {
        add({ kind: 'lines', key, lines: lines.slice(at, at + LINES_A_MESSAGE) });
      }
    },
    addEvent: (event) => add({ kind: 'event', event }),
    read(after) {
      let text = '';
      let through = after;
      for (let at = Math.max(0, after - dropped); at < entries.length; at += 1) {
        const entry = entries[at] as Entry;
        if (text !== '' && text.length + entry.text.length > PIECE_CHARS_MAX) break;
        text += entry.text;
        through = entry.seq;
      }
      return { text, through };
    },
  };
}
