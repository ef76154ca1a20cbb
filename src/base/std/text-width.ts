// How many cells text takes on a terminal, and what must never reach one. Every table, screen and wrapped line counts by
// this alone: a width that is wrong by one moves a whole row.

const ASCII = /^[\x20-\x7e]*$/;
/** Latin, punctuation, arrows, boxes, blocks, braille: one cell each, and the most of what is drawn. */
const NARROW =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25a0\u25b2\u25bc\u2800-\u28ff]*$/;
/** East Asian scripts and full-width forms. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
/** Drawn as a picture, by itself or because of the selector after it. */
const EMOJI = /^\p{Emoji_Presentation}|^\p{Emoji}\ufe0f/u;
/** Drawn over what stands before them, or not at all. */
const INVISIBLE = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

let segmenter: Intl.Segmenter | undefined;

/** Made when it is needed: its tables take longer to load than most commands take for all their work. */
function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** What a person takes for one character each. */
export function graphemes(text: string): string[] {
  return Array.from(segmentsOf(text), ({ segment }) => segment);
}

/** Cells that the text takes. */
export function cellWidth(text: string): number {
  if (ASCII.test(text) || NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme) || WIDE.test(grapheme)) return 2;
  return INVISIBLE.test(grapheme) ? 0 : 1;
}

/** The text in at most `width` cells; what is left out shows as the ellipsis. */
export function cutCells(text: string, width: number, ellipsis = '…'): string {
  if (text.length <= width && ASCII.test(text)) return text;
  if (cellWidth(text) <= width) return text;
  if (width <= 0) return '';
  const room = width - ellipsis.length;
  let cut = '';
  let used = 0;
  for (const { segment } of segmentsOf(text)) {
    used += graphemeWidth(segment);
    if (used > room) break;
    cut += segment;
  }
  return room < 0 ? cut : cut + ellipsis;
}

export function padCells(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const missing = width - cellWidth(text);
  if (missing <= 0) return text;
  return align === 'left' ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

/** The text in pieces of at most `width` cells, broken anywhere; an empty one is one piece. */
export function wrapCells(text: string, width: number): string[] {
  if (text.length <= width && ASCII.test(text)) return [text];
  const pieces: string[] = [''];
  let used = 0;
  for (const { segment } of segmentsOf(text)) {
    const cells = graphemeWidth(segment);
    if (used + cells > width && used > 0) {
      pieces.push('');
      used = 0;
    }
    pieces[pieces.length - 1] += segment;
    used += cells;
  }
  return pieces;
}

/** Broken between words into lines of at most `width` cells; a longer word has a line of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && cellWidth(last) + 1 + cellWidth(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** As `wrapWords`, and words that are too long are broken as well: no line is wider than `width`. */
export function wrapText(text: string, width: number): string[] {
  return wrapWords(text, width).flatMap((line) => wrapCells(line, Math.max(1, width)));
}

/**
 * Names, labels and log lines come from strangers: what could move a terminal's cursor, or turn the direction of writing,
 * shows as � instead of being obeyed.
 */
export function printable(text: string): string {
  if (ASCII.test(text)) return text;
  return text
    .replaceAll('\t', '    ')
    .replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '�');
}
