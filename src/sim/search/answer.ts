// Puts an answer together as bytes: the kept text of each row and the few fields that are new each time. All text is
// ASCII, so a character is a byte.
import { asciiJson } from '../market/market.ts';
import type { FoundRow } from './run-search.ts';

export interface AnswerChanges {
  /** A field that is missing from every row. */
  readonly vanishedField?: string;
  /** Seconds by which the service's clock is wrong. */
  readonly skewSec?: number;
}

/** What a fault does to a search from inside. */
export interface SearchFault {
  readonly changes: AnswerChanges;
  readonly mostRows: number;
  readonly ignoresFilters: boolean;
  readonly isSpoiled: boolean;
}

const BEGIN = '{"offers":[';
const END = ']}';
const COMMA = 0x2c;

/** The whole answer, in memory of exactly its size. */
export function searchAnswer(
  rows: readonly FoundRow[],
  nowMs: number,
  changes: AnswerChanges = {},
): Uint8Array<ArrayBuffer> {
  const isChanged = changes.vanishedField !== undefined || changes.skewSec !== undefined;
  const nowSec = nowMs / 1_000;
  // A changed row has another text; of the others only the end is new.
  const texts = rows.map((row) => (isChanged ? changedText(row, nowSec, changes) : rowTail(row, nowSec)));
  let size = BEGIN.length + END.length + Math.max(0, rows.length - 1);
  for (let index = 0; index < rows.length; index += 1) {
    if (!isChanged) size += (rows[index] as FoundRow).row.head.length;
    size += (texts[index] as string).length;
  }
  const out = Buffer.allocUnsafeSlow(size);
  let at = out.write(BEGIN, 0, 'latin1');
  for (let index = 0; index < rows.length; index += 1) {
    if (index > 0) {
      out[at] = COMMA;
      at += 1;
    }
    if (!isChanged) {
      const { head } = (rows[index] as FoundRow).row;
      out.set(head, at);
      at += head.length;
    }
    at += out.write(texts[index] as string, at, 'latin1');
  }
  out.write(END, at, 'latin1');
  return out;
}

function rowTail({ row, score, bundled }: FoundRow, nowSec: number): string {
  if (score === undefined) return '}';
  return `,"bundled_results":${bundled ?? null},"duration":${row.endDateSec - nowSec},"score":${score}}`;
}

function changedText(found: FoundRow, nowSec: number, { vanishedField, skewSec }: AnswerChanges): string {
  const head = Buffer.from(found.row.head).toString('latin1');
  const row = JSON.parse(head + rowTail(found, nowSec)) as Record<string, unknown>;
  if (vanishedField !== undefined) delete row[vanishedField];
  if (skewSec !== undefined) {
    for (const name of ['end_date', 'duration']) {
      const value = row[name];
      if (typeof value === 'number') row[name] = value + skewSec;
    }
  }
  return asciiJson(row);
}
