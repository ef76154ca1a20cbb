// Sorts rows by a number of each, without a call for each comparison: a tenth of the time of a sort that is given
// a function, for the hundred thousand offers of a year.

const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;
/** By the word they are in, the lower first, and the bits to shift away. */
const PLACES = [
  [0, 0],
  [0, 11],
  [0, 22],
  [1, 0],
  [1, 11],
  [1, 22],
] as const;

/**
 * The rows, smallest key first; equal ones keep their order. `keys` is by row, and no key of `rows` is NaN. -0 and 0
 * are different keys.
 */
export function sortedByKey(rows: Uint32Array, keys: Float64Array): Uint32Array {
  const words = sortableWords(keys);
  let [from, to] = [rows.slice(), new Uint32Array(rows.length)];
  const ends = new Uint32Array(DIGITS);
  for (const [word, shift] of PLACES) {
    ends.fill(0);
    for (let at = 0; at < from.length; at += 1) {
      const digit = digitOf(words, from[at] as number, word, shift);
      ends[digit] = (ends[digit] as number) + 1;
    }
    // Often all are alike: hours and shares have few digits.
    if (from.length === 0 || ends[digitOf(words, from[0] as number, word, shift)] === from.length) continue;
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      const count = ends[digit] as number;
      ends[digit] = sum;
      sum += count;
    }
    for (let at = 0; at < from.length; at += 1) {
      const row = from[at] as number;
      const digit = digitOf(words, row, word, shift);
      const place = ends[digit] as number;
      to[place] = row;
      ends[digit] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

function digitOf(words: Uint32Array, row: number, word: number, shift: number): number {
  return ((words[2 * row + word] as number) >>> shift) & (DIGITS - 1);
}

/** The bits of doubles, changed so that they ascend as whole numbers; lower word first. */
function sortableWords(keys: Float64Array): Uint32Array {
  const words = new Uint32Array(keys.slice().buffer);
  for (let at = 1; at < words.length; at += 2) {
    const high = words[at] as number;
    if (high >>> 31 === 0) {
      words[at] = high | SIGN;
    } else {
      words[at] = ~high;
      words[at - 1] = ~(words[at - 1] as number);
    }
  }
  return words;
}

const SIGN = 0x8000_0000;
