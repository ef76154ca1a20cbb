// Reads the JSON of an answer, and recovers the two faults that a whole document can have: a line of other
// text after it, and the number words NaN and Infinity, which JSON does not know but Python writes.

export interface ParsedAnswer {
  readonly value: unknown;
  /** Text that stood after the document; empty nearly always. */
  readonly strayText: string;
  /** How many NaN and Infinity were read, each as the text `NaN`. */
  readonly nonNumbers: number;
}

/** Throws SyntaxError, with a reason for people, when the text does not begin with one whole document. */
export function parseAnswer(text: string): ParsedAnswer {
  try {
    return { value: JSON.parse(text), strayText: '', nonNumbers: 0 };
  } catch {
    // The slow way, which knows what is wrong, is taken only for an answer that is not plain JSON.
    return recover(text);
  }
}

function recover(text: string): ParsedAnswer {
  const start = /\S/.exec(text)?.index ?? -1;
  if (start < 0) throw new SyntaxError('it is empty');
  if (text[start] !== '{' && text[start] !== '[') {
    throw new SyntaxError(`it does not begin as JSON: "${text.slice(start, start + 60)}"`);
  }
  const pieces: string[] = [];
  let nonNumbers = 0;
  let copiedTo = start;
  let depth = 0;
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (char === 'N' || char === 'I') {
      const word = /^(?:NaN|Infinity)/.exec(text.slice(at, at + 8))?.[0];
      if (word !== undefined) {
        const from = text[at - 1] === '-' ? at - 1 : at;
        pieces.push(text.slice(copiedTo, from), '"NaN"');
        copiedTo = at + word.length;
        at = copiedTo - 1;
        nonNumbers += 1;
      }
    }
    if (depth === 0) break;
  }
  if (depth > 0) throw new SyntaxError(`it breaks off after ${text.length} characters`);
  pieces.push(text.slice(copiedTo, at + 1));
  const strayText = text.slice(at + 1).trim();
  // Two documents in one answer: nobody can tell which of them is meant.
  if (/^[[{]/.test(strayText)) throw new SyntaxError('a second JSON document follows the first');
  return { value: JSON.parse(pieces.join('')), strayText, nonNumbers };
}

/** Index of the quote that ends the string beginning at `open`; the last index when nothing ends it. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text[close - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return close;
  }
  return text.length - 1;
}
