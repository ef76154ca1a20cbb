// Text on a terminal: how wide it is, where it can be cut or broken, and what must not reach the terminal at all.

/** Drawn two columns wide: East Asian scripts, full-width forms, most emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Drawn over the character before them. */
const COMBINING = /^(?:\p{Mark}|\u200b|\u200c|\u200d)$/u;
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns that the text takes on a terminal. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The text in at most `width` columns; what is left out is shown as `…`. */
export function cutText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    cut += character;
  }
  return width > 0 ? `${cut}…` : '';
}

/** Broken between words into lines of at most `width` columns; a longer word has a line of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** As `wrapWords`, and words that are too long are broken as well: no line is wider than `width`. */
export function wrapText(text: string, width: number): string[] {
  return wrapWords(text, width).flatMap((line) => breakLine(line, Math.max(1, width)));
}

function breakLine(line: string, width: number): string[] {
  const pieces: string[] = [''];
  let used = 0;
  for (const character of line) {
    const columns = characterWidth(character);
    if (used + columns > width) {
      pieces.push('');
      used = 0;
    }
    pieces[pieces.length - 1] += character;
    used += columns;
  }
  return pieces;
}

/**
 * Names of hosts come from strangers: what could move a terminal's cursor, or turn the direction of writing, is
 * shown as � instead of being obeyed.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '�');
}
