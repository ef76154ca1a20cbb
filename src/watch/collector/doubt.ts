// Reasons not to believe an answer that came whole and parsed: it is then asked for once more.
import type { Answer } from './answer.ts';

/** Below this share of the usual rows an answer has shrunk suspiciously. */
const SHRUNK_SHARE = 0.5;
/** A slice with fewer usual rows than these may halve, or empty, by chance. */
const LEAST_ROWS_TO_HALVE = 20;
const LEAST_ROWS_TO_EMPTY = 5;
/** An answer of fewer rows may lack a field by chance. */
const LEAST_ROWS_FOR_FIELDS = 10;
/** More unreadable rows than this share and the answer does not show what is listed. */
const UNREADABLE_SHARE = 0.01;

export interface DoubtInput {
  readonly answer: Answer;
  /** Rows that the last sweep saw of this slice; 0 when nothing is known. */
  readonly expected: number;
  /** Whether that sweep is too long ago to wonder at a smaller number; an empty answer is doubted for ever. */
  readonly isStale: boolean;
  /** Fields that every answer so far has had. */
  readonly usualFields: ReadonlySet<string>;
  /** A filter makes small numbers that halve by themselves; then only an empty answer is doubted. */
  readonly isFiltered: boolean;
}

export interface Doubt {
  readonly reason: string;
  /** Whether the answer, if it comes like this again, can still be taken for whole. */
  readonly isHarmless: boolean;
}

export function doubtAbout(input: DoubtInput): Doubt | undefined {
  const { answer, expected, isStale, usualFields, isFiltered } = input;
  const { rows, unreadable } = answer;
  if (unreadable > Math.max(1, UNREADABLE_SHARE * rows)) {
    return { reason: `${unreadable} of ${rows} rows could not be read`, isHarmless: false };
  }
  const hasHalved =
    !isFiltered && !isStale && expected >= LEAST_ROWS_TO_HALVE && rows < SHRUNK_SHARE * expected;
  const hasEmptied = expected >= LEAST_ROWS_TO_EMPTY && rows === 0;
  if (hasHalved || hasEmptied) {
    const count = (n: number) => n.toLocaleString('en-US');
    return { reason: `answer shrank from ${count(expected)} to ${count(rows)} rows`, isHarmless: false };
  }
  if (rows >= LEAST_ROWS_FOR_FIELDS) {
    const present = new Set(answer.fieldNames);
    const lacking = [...usualFields].filter((name) => !present.has(name));
    if (lacking.length > 0) return { reason: `answer lacks ${lacking.join(', ')}`, isHarmless: true };
  }
  return undefined;
}
