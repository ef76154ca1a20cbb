// The generic reader of figures in a line: every number, with the name that stands before it. It knows no format:
// `Epoch 1/10`, `loss=0.5`, `lm loss: 1.25E+01 |`, `'lr': 2e-05`, `Step 000005): Train loss 1.174` are all the same.
import { addCustom, type Figures } from './figures.ts';
import { type Meaning, meaningOf } from './key-names.ts';
import { putMeant } from './put-figure.ts';

export interface KeyValueOptions {
  /** What to do with names that are none of our figures; default 'drop'. */
  readonly others?: 'drop' | 'keep';
  /** Where to begin. Default 0. */
  readonly from?: number;
}

/** Puts what the line says into `figures`; returns how many of our figures it found. */
export function readKeyValues(line: string, figures: Figures, options: KeyValueOptions = {}): number {
  const { others = 'drop', from = 0 } = options;
  const length = line.length;
  let found = 0;
  let nameFrom = from;
  let before: Meaning | null = null;
  let at = from;
  while (at < length) {
    const code = line.charCodeAt(at);
    if (DELIMITERS[code] === 1) nameFrom = at + 1;
    if (!canBeginNumber(line, at, code, nameFrom)) {
      at += 1;
      continue;
    }
    const end = endOfNumber(line, at);
    if (end === at) {
      at += 1;
      continue;
    }
    const name = nameBefore(line, nameFrom, at);
    nameFrom = end;
    const start = at;
    at = end;
    if (name === null) {
      before = null;
      continue;
    }
    const totalFrom =
      name.meaning === 'step' || name.meaning === 'epoch' || name.isBare ? slash(line, end) : -1;
    const totalEnd = totalFrom < 0 ? -1 : endOfNumber(line, totalFrom);
    if (name.isBare) {
      // `Epoch: [3][ 50/391]`, `Train Epoch: 1 [640/60000]`, `epoch 001:  100 / 1000`: a share without a name, of the epoch
      // before it.
      if (before === 'epoch' && totalEnd > totalFrom) {
        putMeant(figures, 'step', numberIn(line, start, end), numberIn(line, totalFrom, totalEnd));
        figures.stepScope = 'epoch';
        found += 1;
      }
      before = null;
    } else if (name.meaning !== null) {
      const total = totalEnd > totalFrom ? numberIn(line, totalFrom, totalEnd) : undefined;
      putMeant(figures, inUnit(name.meaning, line, end), numberIn(line, start, end), total);
      found += 1;
      before = name.meaning;
    } else if (others === 'keep') {
      addCustom(figures, name.text, numberIn(line, start, end));
    }
    if (totalEnd > totalFrom) {
      at = totalEnd;
      nameFrom = totalEnd;
    }
  }
  return found;
}

/** `{`, `}`, `,`, `;`, `|`, tab: a name does not reach over them. */
const DELIMITERS = new Uint8Array(65_536);
for (const char of '{},;|\t') DELIMITERS[char.charCodeAt(0)] = 1;

function canBeginNumber(line: string, at: number, code: number, nameFrom: number): boolean {
  const isDigit = code >= 48 && code <= 57;
  const isSign = code === 43 || code === 45 || code === 46;
  const isWord = code === 110 || code === 78 || code === 105 || code === 73;
  if (!isDigit && !isSign && !isWord) return false;
  // No name is left to have a value, or it is the tail of a word (`fp16`, `node-03`) or of another number.
  if (at === nameFrom) return false;
  const last = line.charCodeAt(at - 1);
  const isAfterWord =
    (last >= 48 && last <= 57) ||
    (last >= 65 && last <= 90) ||
    (last >= 97 && last <= 122) ||
    last === 95 ||
    last === 46;
  return !isAfterWord;
}

/** Where the number that begins at `at` ends; `at` where none begins. */
function endOfNumber(line: string, at: number): number {
  let end = at;
  let code = line.charCodeAt(end);
  if (code === 43 || code === 45) code = line.charCodeAt(++end);
  const digitsFrom = end;
  while (code >= 48 && code <= 57) code = line.charCodeAt(++end);
  while (code === 44 && isThousand(line, end, digitsFrom)) {
    end += 4;
    code = line.charCodeAt(end);
  }
  const wholeEnd = end;
  if (code === 46) {
    code = line.charCodeAt(++end);
    while (code >= 48 && code <= 57) code = line.charCodeAt(++end);
  }
  if (wholeEnd === digitsFrom && end - wholeEnd < 2) return endOfWord(line, at, digitsFrom);
  if (code === 101 || code === 69) {
    let exponent = end + 1;
    const sign = line.charCodeAt(exponent);
    if (sign === 43 || sign === 45) exponent += 1;
    const exponentFrom = exponent;
    while (line.charCodeAt(exponent) >= 48 && line.charCodeAt(exponent) <= 57) exponent += 1;
    if (exponent > exponentFrom) end = exponent;
  }
  return end;
}

/** `,345` of `12,345`: three digits, and no fourth. */
function isThousand(line: string, comma: number, digitsFrom: number): boolean {
  if (comma === digitsFrom) return false;
  for (let place = 1; place <= 3; place += 1) {
    const code = line.charCodeAt(comma + place);
    if (!(code >= 48 && code <= 57)) return false;
  }
  const after = line.charCodeAt(comma + 4);
  return !(after >= 48 && after <= 57);
}

const ODD_NUMBER = /(?:nan|inf(?:inity)?)(?![a-z0-9_])/iy;

function endOfWord(line: string, at: number, from: number): number {
  ODD_NUMBER.lastIndex = from;
  return ODD_NUMBER.test(line) ? ODD_NUMBER.lastIndex : at;
}

function numberIn(line: string, start: number, end: number): number {
  const text = line.slice(start, end);
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  if (text.includes(',')) return Number(text.replaceAll(',', ''));
  const isInfinite = /inf/i.test(text);
  if (!isInfinite) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Where the number after `/` or ` of ` begins; -1 where there is no such. */
function slash(line: string, end: number): number {
  let at = end;
  while (line.charCodeAt(at) === 32) at += 1;
  if (line.charCodeAt(at) === 47) at += 1;
  else if (at > end && line.startsWith('of ', at)) at += 3;
  else return -1;
  while (line.charCodeAt(at) === 32) at += 1;
  const code = line.charCodeAt(at);
  return code >= 48 && code <= 57 ? at : -1;
}

/** The same figure where the unit stands behind the number. */
function inUnit(meaning: Meaning, line: string, end: number): Meaning {
  const at = line.charCodeAt(end) === 32 ? end + 1 : end;
  switch (meaning) {
    case 'stepMs':
      return line.charCodeAt(at) === 115 ? 'stepS' : 'stepMs';
    case 'stepS':
      return line.startsWith('ms', at) ? 'stepMs' : 'stepS';
    case 'memoryGb':
      return /^M(?:i?B)?\b/.test(line.slice(at, at + 4)) ? 'memoryMb' : 'memoryGb';
    default:
      return meaning;
  }
}

interface SegmentName {
  readonly meaning: Meaning | null;
  readonly text: string;
  /** Nothing but brackets and spaces stands before the number. */
  readonly isBare: boolean;
}

const SEGMENT_MAX = 80;
/** What stands between two numbers is the same in every line of a log. */
const REMEMBERED_MAX = 4_096;
const remembered = new Map<string, SegmentName | null>();

function nameBefore(line: string, from: number, to: number): SegmentName | null {
  const segment = line.slice(Math.max(from, to - SEGMENT_MAX), to);
  const known = remembered.get(segment);
  if (known !== undefined) return known;
  const name = nameOfSegment(segment);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  // A slice would keep its whole line in memory.
  remembered.set(Buffer.from(segment).toString(), name);
  return name;
}

const BARE = /^(?:[\s[\](]*\[[\s[\](]*|\s*:\s+)$/;
const WORDS_MAX = 12;

function nameOfSegment(segment: string): SegmentName | null {
  if (BARE.test(segment)) return { meaning: null, text: '', isBare: true };
  const words = segment.split(/\s+/).filter((word) => /[a-z0-9]/i.test(word));
  for (let first = Math.max(0, words.length - WORDS_MAX); first < words.length; first += 1) {
    const meaning = meaningOf(words.slice(first).join(' '));
    if (meaning !== null) return { meaning, text: '', isBare: false };
  }
  const other = /([A-Za-z_][\w./@ -]*?)['"]?\s*[:=]\s*\[?['"]?$/.exec(segment)?.[1]?.trim();
  if (other === undefined || other.length > 40 || other.endsWith('.py')) return null;
  return { meaning: null, text: other, isBare: false };
}
