// Puts an answer together as bytes: the kept text of each row and the few fields that are new each time.
// All text is ASCII, so a character is a byte and nothing is encoded twice.
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

/** Room for the fields that are added to a row's kept text. */
const TAIL_BYTES = 160;

export function searchAnswer(
  rows: readonly FoundRow[],
  nowMs: number,
  changes: AnswerChanges = {},
): Uint8Array {
  const isChanged = changes.vanishedField !== undefined || changes.skewSec !== undefined;
  const texts = isChanged ? rows.map((row) => changedText(rowText(row, nowMs), changes)) : undefined;
  let room = 32;
  if (texts) for (const text of texts) room += text.length + 1;
  else for (const { row } of rows) room += row.head.length + TAIL_BYTES;
  const out = Buffer.allocUnsafeSlow(room);
  let at = out.write('{"offers":[', 0, 'latin1');
  rows.forEach((found, index) => {
    if (index > 0) at += out.write(',', at, 'latin1');
    if (texts) at += out.write(texts[index] as string, at, 'latin1');
    else {
      at += out.write(found.row.head, at, 'latin1');
      at += out.write(rowTail(found, nowMs), at, 'latin1');
    }
  });
  at += out.write(']}', at, 'latin1');
  return out.subarray(0, at);
}

function rowText(found: FoundRow, nowMs: number): string {
  return found.row.head + rowTail(found, nowMs);
}

function rowTail({ row, score, bundled }: FoundRow, nowMs: number): string {
  if (score === undefined) return '}';
  return `,"bundled_results":${bundled ?? null},"duration":${row.endDateSec - nowMs / 1_000},"score":${score}}`;
}

function changedText(text: string, { vanishedField, skewSec }: AnswerChanges): string {
  const row = JSON.parse(text) as Record<string, unknown>;
  if (vanishedField !== undefined) delete row[vanishedField];
  if (skewSec !== undefined) {
    for (const name of ['end_date', 'duration']) {
      const value = row[name];
      if (typeof value === 'number') row[name] = value + skewSec;
    }
  }
  return asciiJson(row);
}
